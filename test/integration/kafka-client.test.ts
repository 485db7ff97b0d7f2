// Goal: what tools and examples are told about a group is true at any moment, also while a transaction is being decided.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { serdes, StreamsBuilder, topic } from 'millrace'
import { EmbeddedCluster, listen, type ListeningCluster } from 'millrace/broker'
import { Instance, TIMEOUTS } from '../../examples/instance.ts'
import { KafkaClient } from '../../tools/kafka/kafka-client.ts'

const input = topic('input', { value: serdes.string })
const output = topic('output', { value: serdes.string })
const MARKERS_MS = 500

describe('KafkaClient', () => {
  let cluster: EmbeddedCluster
  let listening: ListeningCluster
  before(async () => {
    cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
    listening = await listen(cluster)
  })
  after(async () => {
    await listening.close()
    cluster.close()
  })

  test('progress() counts records whose transaction is not decided in every partition yet', async () => {
    for (const { name } of [input, output]) cluster.createTopic(name, { partitions: 1 })
    cluster.faults.slowMarkersMs = MARKERS_MS
    cluster.append(input.name, 0, [{ value: Buffer.from('a') }])
    const builder = new StreamsBuilder()
    builder.stream(input).to(output)
    const instance = new Instance('copy', { applicationId: 'copy', builder, bootstrapServers: listening.bootstrapServers })
    await instance.start()
    while (cluster.offsets(output.name, 0).end === 0) await sleep(5)

    const [host, port] = listening.bootstrapServers.split(':')
    const client = new KafkaClient([{ host: host!, port: Number(port) }])
    const [undecided] = await client.progress('copy', output.name)
    const { lastStable } = cluster.offsets(output.name, 0)
    client.close()
    await instance.close()
    assert.equal(lastStable, 0, 'the transaction was undecided while progress was asked for')
    assert.deepEqual(undecided, { committed: 0, end: 1 })
  })
})
