import assert from 'node:assert/strict'
import test from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import { Admin } from '../../client/admin.ts'
import { Client } from '../../client/client.ts'
import { Producer } from '../../client/producer.ts'
import { ProducerCollector } from './producer-collector.ts'
import { defaultPartition } from './record-collector.ts'
import { OutgoingScratch } from './task-scope.ts'

interface Scene {
  readonly admin: Admin
  readonly client: Client
  readonly producer: Producer
  readonly collector: ProducerCollector
  /** Writes a record with this key. */
  readonly send: (topic: string, partition: number, key: string) => void
}

/** Runs `body` with a collector on a cluster of its own, until it is done. */
async function withCollector(body: (scene: Scene) => Promise<void>): Promise<void> {
  const world = new VirtualWorld({ seed: 1 })
  const cluster = new EmbeddedCluster({ environment: world.environment('cluster') })
  const environment = world.environment('client')
  const client = new Client({
    clientId: 'client',
    bootstrap: cluster.bootstrap,
    transport: cluster.transport({ clientId: 'client', environment }),
    environment,
    requestTimeoutMs: 5_000,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000,
    metadataMaxAgeMs: 300_000,
  })
  const producer = new Producer(client, {
    transactionalId: null,
    transactionTimeoutMs: 10_000,
    lingerMs: 5,
    batchBytesMax: 16_384,
    bufferBytesMax: 1024 * 1024,
    requestBytesMax: 1024 * 1024,
    deliveryTimeoutMs: 10_000,
    compression: 'none',
    maxInFlight: 5,
    maxBlockMs: 5_000,
    onFailedBatch: () => 'fail',
  })
  const { metadata } = client
  const collector = new ProducerCollector({ producer, metadata, environment, maxBlockMs: 1_000, retryBackoffMs: 100, stickyBytes: 100 })
  const { writer, record } = new OutgoingScratch()
  const send = (topic: string, partition: number, key: string): void => {
    writer.reset()
    writer.bytes(Buffer.from(key))
    Object.assign(record, { bytes: writer.buffer, keyStart: 0, keyEnd: writer.position, timestamp: 1 })
    collector.send(collector.topic(topic), partition, record)
  }
  let isDone = false
  const run = async (): Promise<void> => {
    try {
      await body({ admin: new Admin(client), client, producer, collector, send })
    } finally {
      await producer.close({ timeoutMs: 0 })
      collector.close()
      client.close()
      cluster.close()
      isDone = true
    }
  }
  const done = run()
  done.catch(() => undefined)
  await world.run(() => isDone, { maxTimeMs: 600_000 })
  await done
}

function create(admin: Admin, name: string, partitions: number): Promise<unknown> {
  return admin.createTopics([{ name, partitions, replicationFactor: -1 }])
}

test('ProducerCollector gives the offsets that the cluster acknowledged', async () => {
  await withCollector(async ({ admin, client, producer, collector, send }) => {
    await create(admin, 'out', 2)
    await client.metadata.fetchTopics(['out'])
    const topic = collector.topic('out')
    assert.equal(topic.partitionCount, 2)
    assert.equal(collector.topic('out'), topic)
    assert.equal(collector.acknowledgedOffset(topic, 1), -1)
    for (const key of ['a', 'b', 'c']) send('out', 1, key)
    await collector.settle()
    await producer.flush()
    assert.equal(collector.acknowledgedOffset(topic, 1), 2)
    assert.equal(collector.acknowledgedOffset(topic, 0), -1)
  })
})

test('ProducerCollector keeps records for a topic that it does not know yet, in order', async () => {
  await withCollector(async ({ admin, producer, collector, send }) => {
    await create(admin, 'late', 3)
    const topic = collector.topic('late')
    assert.equal(topic.partitionCount, 0)
    const sent: string[] = []
    for (const key of ['a', 'b']) {
      collector.whenKnown(topic, () => {
        sent.push(`${key} of ${topic.partitionCount}`)
        send('late', 0, key)
      })
    }
    assert.equal(collector.isWaiting, true)
    await collector.settle()
    assert.equal(collector.isWaiting, false)
    assert.deepEqual(sent, ['a of 3', 'b of 3'])
    await producer.flush()
    assert.equal(collector.acknowledgedOffset(topic, 0), 1)
  })
})

test('ProducerCollector waits for a topic that comes to exist', async () => {
  await withCollector(async ({ admin, producer, collector, send }) => {
    const topic = collector.topic('soon')
    collector.whenKnown(topic, () => send('soon', 0, 'a'))
    const settled = collector.settle()
    await create(admin, 'soon', 1)
    await settled
    await producer.flush()
    assert.equal(collector.acknowledgedOffset(topic, 0), 0)
  })
})

test('ProducerCollector fails once for a topic that does not exist', async () => {
  await withCollector(async ({ collector }) => {
    collector.whenKnown(collector.topic('nowhere'), () => assert.fail('nothing is sent'))
    await assert.rejects(
      collector.settle(),
      (error: unknown) => isMillraceError(error) && error.code === 'UNKNOWN_TOPIC' && error.topic === 'nowhere',
    )
    await collector.settle()
  })
})

test('ProducerCollector drops what waits when it is told to', async () => {
  await withCollector(async ({ collector }) => {
    collector.whenKnown(collector.topic('nowhere'), () => assert.fail('nothing is sent'))
    collector.drop()
    await collector.settle()
  })
})

test('ProducerCollector keeps records without a key in one partition until a batch is full', async () => {
  await withCollector(async ({ admin, client, collector }) => {
    await create(admin, 'out', 50)
    await client.metadata.fetchTopics(['out'])
    const topic = collector.topic('out')
    const { writer, record } = new OutgoingScratch()
    writer.bytes(Buffer.alloc(30))
    Object.assign(record, { bytes: writer.buffer, valueStart: 0, valueEnd: 30 })
    const partitions = Array.from({ length: 40 }, () => {
      const partition = defaultPartition(collector, topic, record, 0)
      collector.send(topic, partition, record)
      return partition
    })
    // 100 bytes to a batch: four records each.
    for (let start = 0; start < 40; start += 4) assert.equal(new Set(partitions.slice(start, start + 4)).size, 1)
    assert.ok(new Set(partitions).size > 3)
  })
})

test('ProducerCollector gives the same number to the same origin', async () => {
  await withCollector(async ({ collector }) => {
    const origin = { taskId: '0_1', node: 'sink', topic: 'in' }
    const number = collector.originNumber(origin)
    assert.equal(collector.originNumber({ ...origin }), number)
    assert.notEqual(collector.originNumber({ ...origin, topic: null }), number)
    assert.deepEqual(collector.origin(number), origin)
    await Promise.resolve()
  })
})
