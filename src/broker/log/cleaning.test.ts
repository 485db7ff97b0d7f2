import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readBatches, verifyCrc } from '../../record/batch-reader.ts'
import { batchOf, describeRecords, Harness } from '../cluster-harness.test.ts'

const HOUR_MS = 3_600_000

function stored(harness: Harness, topic: string): readonly string[] {
  return harness.cluster.read(topic, 0).map((record) => `${record.offset}:${record.key!.toString()}=${record.value?.toString() ?? 'null'}`)
}

function put(harness: Harness, topic: string, ...pairs: readonly (readonly [string, string | null])[]): void {
  for (const [key, value] of pairs) {
    harness.cluster.append(topic, 0, [{ key: Buffer.from(key), value: value === null ? null : Buffer.from(value) }])
  }
}

test('EmbeddedCluster.compact() keeps the last record of each key, and its offset', () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
  put(harness, 't', ['a', '1'], ['b', '1'], ['a', '2'], ['c', '1'], ['a', '3'])
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['1:b=1', '3:c=1', '4:a=3'])
  assert.deepEqual(harness.cluster.offsets('t', 0), { logStart: 0, lastStable: 5, end: 5 })
  put(harness, 't', ['b', '2'])
  assert.deepEqual(stored(harness, 't'), ['1:b=1', '3:c=1', '4:a=3', '5:b=2'])
})

test('EmbeddedCluster.compact() leaves the open segment alone when asked to', () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
  put(harness, 't', ['a', '1'], ['a', '2'])
  harness.cluster.compact('t', { keepsOpenSegment: true })
  assert.deepEqual(stored(harness, 't'), ['0:a=1', '1:a=2'])
})

test('EmbeddedCluster.compact() leaves gaps inside batches and keeps their checksums right', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
  const client = harness.client()
  await client.produce(
    't',
    batchOf(
      [
        ['a', '1'],
        ['b', '1'],
        ['a', '2'],
        ['c', '1'],
      ],
      { compression: 'gzip' },
    ),
  )
  await client.produce('t', batchOf([['c', '2']]))
  harness.cluster.compact('t')
  const { records } = await client.fetch('t', { offset: 0 })
  const batches = readBatches(records!, 0, records!.length)
  for (const batch of batches) verifyCrc(batch)
  assert.deepEqual(
    batches.map((batch) => [batch.baseOffset, batch.lastOffset, batch.recordCount, batch.compression]),
    [
      [0, 3, 2, 'gzip'],
      [4, 4, 1, 'none'],
    ],
  )
  assert.deepEqual(describeRecords(records), ['1:1', '2:2', '4:2'])
})

test('EmbeddedCluster.compact() drops tombstones delete.retention.ms after it first met them', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' } })
  put(harness, 't', ['a', '1'], ['a', null], ['b', '1'])
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['1:a=null', '2:b=1'])
  await harness.world.advance(999)
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['1:a=null', '2:b=1'])
  await harness.world.advance(1)
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['2:b=1'])
})

test('EmbeddedCluster.compact() respects min.compaction.lag.ms', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '1000' } })
  put(harness, 't', ['a', '1'], ['a', '2'])
  harness.cluster.compact('t')
  assert.equal(stored(harness, 't').length, 2)
  await harness.world.advance(1_000)
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['1:a=2'])
})

test('EmbeddedCluster.compact() removes aborted records, keeps the last batch of their producer, then the markers', async () => {
  const harness = new Harness({ transactionVersion: 1 })
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact', 'delete.retention.ms': '1000' } })
  const client = harness.client()
  const { producerId, producerEpoch } = await client.initProducerId('x')
  const stamp = { producerId, producerEpoch, isTransactional: true }
  put(harness, 't', ['a', 'kept'])
  const add = {
    transactions: [],
    v3AndBelowTransactionalId: 'x',
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: producerEpoch,
    v3AndBelowTopics: [{ name: 't', partitions: [0] }],
  }
  await client.call('AddPartitionsToTxn', add, { version: 3 })
  await client.produce('t', batchOf([['a', 'gone']], { ...stamp, baseSequence: 0 }), { version: 11, transactionalId: 'x' })
  await client.produce('t', batchOf([['b', 'gone']], { ...stamp, baseSequence: 1 }), { version: 11, transactionalId: 'x' })
  harness.cluster.compact('t')
  assert.equal(harness.cluster.read('t', 0).length, 3, 'an open transaction is not touched')
  await client.call('EndTxn', { transactionalId: 'x', producerId, producerEpoch, committed: false }, { version: 4 })
  await harness.world.advance(10)
  harness.cluster.compact('t')
  assert.deepEqual(stored(harness, 't'), ['0:a=kept'])
  const first = await client.fetch('t', { isCommittedOnly: true })
  assert.deepEqual(
    readBatches(first.records!, 0, first.records!.length).map((batch) => [batch.baseOffset, batch.recordCount]),
    [
      [0, 1],
      [2, 0],
    ],
  )
  assert.deepEqual(describeRecords((await client.fetch('t', { offset: 3 })).records), ['3:abort'])
  assert.deepEqual(first.abortedTransactions, [{ producerId, firstOffset: 1 }])
  await harness.world.advance(1_000)
  harness.cluster.compact('t')
  const later = await client.fetch('t', { isCommittedOnly: true })
  assert.deepEqual(describeRecords(later.records), ['0:kept'])
  assert.deepEqual(later.abortedTransactions, [])
})

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.option(fc.string({ maxLength: 3 })) }) },
  { weight: 1, arbitrary: fc.constant('compact' as const) },
)

test('EmbeddedCluster.compact() changes no table that is read from the start', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, keepsOpenSegment) => {
      const { cluster } = new Harness()
      cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact', 'segment.bytes': '400' } })
      const table = new Map<string, string>()
      let count = 0
      for (const next of steps) {
        if (next === 'compact') {
          cluster.compact('t', { keepsOpenSegment })
          continue
        }
        const value = next.value === null ? null : Buffer.from(next.value)
        assert.equal(cluster.append('t', 0, [{ key: Buffer.from(next.key), value }]), count++)
        if (value === null) table.delete(next.key)
        else table.set(next.key, value.toString())
      }
      cluster.compact('t', { keepsOpenSegment })
      const found = new Map<string, string>()
      let last = -1
      for (const { offset, key, value } of cluster.read('t', 0)) {
        assert.ok(offset > last)
        last = offset
        if (value === null) found.delete(key!.toString())
        else found.set(key!.toString(), value.toString())
      }
      assert.deepEqual([...found].sort(byKey), [...table].sort(byKey))
      assert.equal(cluster.logEndOffset('t', 0), count)
      if (!keepsOpenSegment) assert.ok(cluster.read('t', 0).length <= 4)
    }),
  )
})

function byKey(left: readonly [string, string], right: readonly [string, string]): number {
  return left[0] < right[0] ? -1 : 1
}

test('EmbeddedCluster.enforceRetention() removes whole segments by time', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'retention.ms': String(2 * HOUR_MS), 'segment.ms': String(HOUR_MS) } })
  for (let hour = 0; hour < 5; hour++) {
    put(harness, 't', [`${hour}`, 'x'])
    await harness.world.advance(HOUR_MS)
  }
  harness.cluster.enforceRetention('t')
  const { logStart, end } = harness.cluster.offsets('t', 0)
  assert.equal(end, 5)
  assert.equal(logStart, 2)
  await harness.world.advance(10 * HOUR_MS)
  harness.cluster.enforceRetention('t')
  assert.equal(harness.cluster.offsets('t', 0).logStart, 5)
  put(harness, 't', ['new', 'x'])
  assert.deepEqual(stored(harness, 't'), ['5:new=x'])
})

test('EmbeddedCluster.enforceRetention() removes the oldest segments above retention.bytes', () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'segment.bytes': '100', 'retention.bytes': '200' } })
  put(harness, 't', ['a', '1'], ['b', '1'], ['c', '1'], ['d', '1'], ['e', '1'])
  harness.cluster.enforceRetention('t')
  assert.deepEqual(stored(harness, 't'), ['2:c=1', '3:d=1', '4:e=1'])
})

test('EmbeddedCluster.enforceRetention() leaves a topic alone that is only compacted', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact', 'retention.ms': '1' } })
  put(harness, 't', ['a', '1'])
  await harness.world.advance(HOUR_MS)
  harness.cluster.enforceRetention('t')
  assert.equal(stored(harness, 't').length, 1)
})
