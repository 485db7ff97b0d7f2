// Plays the heartbeat scripts to a broker and prints its answers, as an entry of test/golden/streams-heartbeats.json:
//
//   node --conditions=ours-src test/oracle/record-heartbeats.ts HOST PORT RELEASE KAFKA_VERSION
//
// The broker is one node, new, with group.streams.assignment.interval.ms=0 and group.streams.assignor.offload.enable=false (from 4.3 on),
// group.streams.min.session.timeout.ms=6000, offsets.topic.replication.factor=1.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type HeartbeatScript, groupOf, heartbeatScripts, playHeartbeats, topicsOf } from '../golden/heartbeat-script.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import type { Api, RequestOf, ResponseOf } from '../../src/protocol/messages.ts'

const GROUP_RESOURCE = 32

/** One request at a time over a socket. */
class Line {
  readonly #socket: Socket
  #received: Buffer = Buffer.alloc(0)
  #correlationId = 0

  constructor(host: string, port: number) {
    this.#socket = connect(port, host)
  }

  async ask<A extends Api>(api: A, version: number, request: RequestOf<A>): Promise<ResponseOf<A>> {
    const correlationId = ++this.#correlationId
    for (const chunk of encodeRequestFrame({ api, version, correlationId, clientId: 'script' }, request)) this.#socket.write(chunk)
    return decodeResponseFrame({ api, version, correlationId }, await this.#frame())
  }

  end(): void {
    this.#socket.end()
  }

  async #frame(): Promise<Buffer> {
    for (;;) {
      if (this.#received.length >= 4) {
        const end = 4 + this.#received.readInt32BE(0)
        if (this.#received.length >= end) {
          const frame = this.#received.subarray(4, end)
          this.#received = this.#received.subarray(end)
          return frame
        }
      }
      const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
      this.#received = Buffer.concat([this.#received, chunk])
    }
  }
}

async function prepare(line: Line, script: HeartbeatScript): Promise<void> {
  const topics = topicsOf(script).map((name) => ({ name, numPartitions: 4, replicationFactor: 1, assignments: [], configs: [] }))
  await line.ask('CreateTopics', 7, { topics, timeoutMs: 10_000, validateOnly: false })
  const entries = { 'streams.num.standby.replicas': script.standbyReplicas, 'streams.initial.rebalance.delay.ms': 0 }
  const configs = Object.entries(entries).map(([name, value]) => ({ name, configOperation: 0, value: String(value) }))
  const resources = [{ resourceType: GROUP_RESOURCE, resourceName: groupOf(script), configs }]
  await line.ask('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
  await line.ask('FindCoordinator', 6, { key: '', keyType: 0, coordinatorKeys: [groupOf(script)] })
}

const [host, port, release, kafka] = process.argv.slice(2)
const line = new Line(host!, Number(port))
for (const script of heartbeatScripts) await prepare(line, script)
// The coordinator is made with the first group, and topics take a while to be known everywhere.
await sleep(5_000)
const answers: Record<string, string[]> = {}
for (const script of heartbeatScripts) {
  answers[script.seed] = await playHeartbeats(script, (request) => line.ask('StreamsGroupHeartbeat', 0, request))
}
line.end()
process.stdout.write(`${JSON.stringify({ release, kafka, answers })}\n`)
