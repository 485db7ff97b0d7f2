import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { VirtualWorld } from '../../src/base/virtual-environment.ts'
import { EmbeddedCluster } from '../../src/broker/embedded-cluster.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { type HeartbeatScript, groupOf, heartbeatScripts, playHeartbeats, topicsOf } from './heartbeat-script.ts'

// Goal: the group coordinator of the embedded cluster answers as that of Kafka does, epoch by epoch.
// Method: `test/oracle/record-heartbeats.ts` played the scripts to brokers of two releases and kept their answers; here the embedded
// cluster plays against the recording.

interface Recording {
  readonly release: '4.2' | '4.3'
  readonly kafka: string
  readonly answers: Readonly<Record<string, readonly string[]>>
}

const recordings = JSON.parse(readFileSync(new URL('streams-heartbeats.json', import.meta.url), 'utf8')) as readonly Recording[]

for (const { release, kafka, answers } of recordings) {
  test(`the embedded cluster ${release} answers heartbeats as Kafka ${kafka} does`, async () => {
    for (const script of heartbeatScripts) {
      assert.deepEqual(await playEmbedded(script, release), answers[script.seed], `seed ${script.seed}`)
    }
  })
}

async function playEmbedded(script: HeartbeatScript, release: Recording['release']): Promise<string[]> {
  const world = new VirtualWorld({ seed: script.seed })
  const options = { initialRebalanceDelayMs: 0, assignmentIntervalMs: 0, sessionTimeoutMs: 60_000, standbyReplicas: script.standbyReplicas }
  await using cluster = new EmbeddedCluster({ environment: world.environment('cluster'), release, codec: 'encode', ...options })
  for (const topic of topicsOf(script)) cluster.createTopic(topic, { partitions: 4 })
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false
    const settled = promise.finally(() => (isSettled = true))
    await world.run(() => isSettled)
    return await settled
  }
  const client = { clientId: 'script', environment: world.environment('client') }
  const connection: Connection = await settle(cluster.transport(client).connect(cluster.bootstrap[0]!, 'coordinator'))
  return await settle(playHeartbeats(script, (request) => connection.send('StreamsGroupHeartbeat', 0, request, 10_000)))
}

test('the recorded scripts cover what they are for', () => {
  const lines = recordings.flatMap(({ answers }) => Object.values(answers).flat())
  assert.equal(lines.length, recordings.length * heartbeatScripts.length * 50)
  for (const code of [0, 25, 110])
    assert.equal(
      lines.some((line) => line.startsWith(`${code} `)),
      true,
      `error ${code}`,
    )
  assert.equal(
    heartbeatScripts.every((script) => groupOf(script) === `script-${script.seed}`),
    true,
  )
})
