import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isMillraceError, TaskError } from '../../base/errors.ts'
import { partitionOf } from '../../base/murmur2.ts'
import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
} from '../../model/timestamp-extractor.ts'
import type { NodeContext, ProcessorFactory } from '../../processor/node-context.ts'
import type { ProcessorSupplier } from '../../processor/processor.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import { BatchBuilder } from '../../record/batch-builder.ts'
import { readBatches } from '../../record/batch-reader.ts'
import type { Compression } from '../../record/compression.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { memoryEngines } from '../../state/engines/memory/memory-engine.ts'
import { keyValueStore } from '../../state/store-spec.ts'
import { TaskState } from '../../state/task-state.ts'
import { type BuiltRecord, builtChunk } from '../../testing/built-chunk.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCollector } from '../../testing/memory-collector.ts'
import { inHashOrder } from '../../base/java-order.ts'
import type { SubTopology } from '../../topology/physical-topology.ts'
import { Topology } from '../../topology/topology.ts'
import { metricsOfNodes, metricsOfTopics } from './metrics-of-task.ts'
import { decodeOffsetMetadata, encodeOffsetMetadata } from './offset-metadata.ts'
import type { RecordCollector } from './record-collector.ts'
import { OutgoingScratch } from './task-scope.ts'
import { Task, type TaskOptions } from './task.ts'

const left = topic('left', { key: serdes.string, value: serdes.string })
const right = topic('right', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.string })
const totals = keyValueStore('totals', { key: serdes.string, value: serdes.int32 })

const p0: TopicPartition = { topic: 'left', partition: 0 }
const p1: TopicPartition = { topic: 'right', partition: 0 }

function record(key: string, value: string, timestamp: number): BuiltRecord {
  return { key: Buffer.from(key), value: Buffer.from(value), timestamp, headers: null }
}

type Supplier = ProcessorSupplier<string, string, string, string, { totals: typeof totals }>

/** Passes records on. */
const forwarding: Supplier =
  ({ forward }) =>
  (given) =>
    forward(given)

interface World {
  readonly task: Task
  readonly clock: ManualClock
  readonly collector: MemoryCollector
  /** Chunks that were released, as "topic@offset". */
  readonly released: string[]
  readonly feed: (input: TopicPartition, offset: number, records: readonly BuiltRecord[]) => void
  /** What was written since the last call, as "key=value@timestamp" or, for other topics than `out`, "topic:key@timestamp". */
  readonly written: () => string[]
}

/** The sub-topology with `factory` in place of that of its processor. */
function withFactory(subtopology: SubTopology, factory: ProcessorFactory | undefined): SubTopology {
  if (factory === undefined) return subtopology
  return { ...subtopology, processors: subtopology.processors.map((node) => ({ ...node, factory })) }
}

function world(
  supplier: Supplier = forwarding,
  options: Partial<TaskOptions> & { committed?: TopicPartitionMap<CommittedOffset>; factory?: ProcessorFactory } = {},
): World {
  const topology = new Topology()
  const sources = [topology.addSource('left-source', left), topology.addSource('right-source', right)]
  const processor = topology.addProcessor('processor', supplier, {
    parents: sources,
    stores: { totals },
    key: serdes.string,
    value: serdes.string,
  })
  topology.addSink('sink', out, { parents: [processor] })
  const { factory, ...taskOptions } = options
  const subtopology = withFactory(topology.physical().subtopologies[0]!, factory)
  const clock = new ManualClock(1_000_000)
  const collector = new MemoryCollector()
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const unused = (): never => assert.fail('the task touches no file')
  const task = new Task({
    id: { subtopology: 0, partition: 0 },
    applicationId: 'app',
    subtopology,
    inputs: [p0, p1],
    openStores: (input) =>
      new TaskState({
        ...input,
        applicationId: 'app',
        taskId: '0_0',
        stores: subtopology.stores,
        engines: memoryEngines,
        expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
        cache: null,
        clock,
        logger,
      }),
    globalStore: () => undefined,
    emitIntervals: { windows: 1000, outerJoins: 1000 },
    collector,
    scratch: new OutgoingScratch(),
    handlers: { deserialization: 'fail', processing: 'fail', production: 'fail', deadLetterTopic: null },
    defaultTimestampExtractor: failOnInvalidTimestamp,
    maxTaskIdleMs: -1,
    bufferedRecordsMax: 1000,
    clock,
    logger,
    output: { write: () => {} },
    files: { read: unused, write: unused, append: unused, remove: unused, lock: unused },
    ...taskOptions,
  })
  task.begin(options.committed ?? new TopicPartitionMap())
  const released: string[] = []
  return {
    task,
    clock,
    collector,
    released,
    feed: (input, offset, records) => task.add(builtChunk({ ...input, offset }, records, () => released.push(`${input.topic}@${offset}`))),
    written: () =>
      collector.take().map((written) => {
        const text = `${String(written.key)}=${String(written.value)}@${written.timestamp}`
        return written.topic === 'out' ? text : `${written.topic}:${String(written.key)}@${written.timestamp}`
      }),
  }
}

function processAll(task: Task): number {
  let count = 0
  for (let done = task.process(64); done > 0; done = task.process(64)) count += done
  return count
}

test('Task processes the record with the smallest timestamp among the heads of its inputs', () => {
  const { task, feed, written } = world()
  feed(p0, 0, [record('a', 'l', 10), record('b', 'l', 40), record('c', 'l', 20)])
  feed(p1, 0, [record('d', 'r', 5), record('e', 'r', 30), record('f', 'r', 50)])
  assert.equal(processAll(task), 6)
  // c is behind b in its partition: it waits for it.
  assert.deepEqual(written(), ['d=r@5', 'a=l@10', 'e=r@30', 'b=l@40', 'c=l@20', 'f=r@50'])
  assert.equal(task.streamTime, 50)
})

test('Task gives records of equal timestamps in the order of Java', () => {
  const { task, feed, written } = world()
  feed(p0, 0, [record('a', '', 1), record('b', '', 1), record('c', '', 1)])
  feed(p1, 0, [record('d', '', 1), record('e', '', 1)])
  processAll(task)
  assert.deepEqual(
    written().map((text) => text[0]),
    ['a', 'd', 'b', 'e', 'c'],
  )
})

test('Task does not process more than it is asked to, and stops early for a requested commit', () => {
  const { task, feed } = world(({ forward, commit }) => (given) => {
    forward(given)
    if (given.key === 'commit') commit()
  })
  feed(
    p0,
    0,
    ['a', 'b', 'commit', 'c', 'd'].map((key, index) => record(key, '', index)),
  )
  assert.equal(task.process(2), 2)
  assert.equal(task.isCommitRequested, false)
  assert.equal(task.process(64), 1)
  assert.equal(task.isCommitRequested, true)
  task.flushCaches()
  task.applyCommit()
  assert.equal(task.isCommitRequested, false)
  assert.equal(task.process(64), 2)
})

test('Task skips records below the offset that was asked for, and goes over gaps', () => {
  const { task, feed, written } = world()
  const chunk = builtChunk({ ...p0, offset: 10 }, [record('a', '', 1), record('b', '', 2), record('c', '', 3)])
  task.add({ ...chunk, from: 11 })
  feed(p0, 20, [record('d', '', 4)])
  assert.equal(processAll(task), 3)
  assert.deepEqual(written(), ['b=@2', 'c=@3', 'd=@4'])
})

test('Task releases a chunk when its last record is done, and an empty one at once', () => {
  const { task, feed, released } = world()
  feed(p0, 0, [record('a', '', 1), record('b', '', 2)])
  feed(p0, 2, [record('c', '', 3)])
  task.add({ ...builtChunk({ ...p0, offset: 3 }, [record('x', '', 1)], () => released.push('empty')), batches: [], nextOffset: 5 })
  assert.deepEqual(released, ['empty'])
  task.process(1)
  assert.deepEqual(released, ['empty'])
  task.process(1)
  assert.deepEqual(released, ['empty', 'left@0'])
  task.rollBack()
  assert.deepEqual(released, ['empty', 'left@0', 'left@2'])
})

test('Task says which inputs are full, and which have room again', () => {
  const { task, feed } = world(forwarding, { bufferedRecordsMax: 3 })
  feed(
    p0,
    0,
    [1, 2, 3].map((time) => record('a', '', time)),
  )
  assert.deepEqual(task.takePauses(), { pause: [], resume: [] })
  feed(p0, 3, [record('a', '', 4)])
  assert.deepEqual(task.takePauses(), { pause: [p0], resume: [] })
  assert.deepEqual(task.takePauses(), { pause: [], resume: [] })
  task.process(1)
  assert.deepEqual(task.takePauses(), { pause: [], resume: [p0] })
})

test('Task commits the offset of the head, else the position after what was fetched, with the partition time', () => {
  const { task, feed } = world()
  feed(p0, 5, [record('a', '', 70), record('b', '', 60), record('c', '', 80)])
  task.process(2)
  const time = (partitionTime: number): string => encodeOffsetMetadata({ partitionTime, processorTimes: new Map() })
  assert.deepEqual(task.offsetsToCommit(), [{ ...p0, offset: 7, leaderEpoch: -1, metadata: time(70) }])
  assert.equal(decodeOffsetMetadata(time(70))?.partitionTime, 70)
  task.applyCommit()
  assert.equal(task.isCommitNeeded, false)
  assert.deepEqual(task.offsetsToCommit(), [])
  processAll(task)
  task.add({ ...builtChunk({ ...p0, offset: 8 }, [record('x', '', 1)]), batches: [], nextOffset: 10, leaderEpoch: 4 })
  // A transaction marker of a later leader follows the last record.
  assert.deepEqual(task.offsetsToCommit(), [{ ...p0, offset: 10, leaderEpoch: 4, metadata: time(80) }])
})

test('Task commits a position that has not moved when punctuators alone have worked', () => {
  const committed = new TopicPartitionMap<CommittedOffset>().set('left', 0, { offset: 7, leaderEpoch: 3, metadata: '' })
  const { task, clock } = world(
    ({ schedule, forward }) => {
      schedule(50, 'wall-clock', () => undefined)
      return (given) => forward(given)
    },
    { committed },
  )
  assert.deepEqual(task.offsetsToCommit(), [])
  clock.advance(50)
  task.punctuate()
  assert.deepEqual(
    task.offsetsToCommit().map(({ topic, offset, leaderEpoch }) => [topic, offset, leaderEpoch]),
    [['left', 7, 3]],
  )
  task.applyCommit()
  assert.deepEqual(task.offsetsToCommit(), [])
})

test('Task goes on with the partition times and the processor times that the last owner committed', () => {
  const metadata = encodeOffsetMetadata({ partitionTime: 500, processorTimes: new Map([['window', 400]]) })
  const committed = new TopicPartitionMap<CommittedOffset>().set('left', 0, { offset: 7, leaderEpoch: 3, metadata })
  const { task, feed } = world(forwarding, { committed })
  assert.equal(task.streamTime, 500)
  feed(p0, 7, [record('a', '', 100)])
  processAll(task)
  assert.equal(task.streamTime, 500)
  assert.deepEqual(decodeOffsetMetadata(task.offsetsToCommit()[0]!.metadata), {
    partitionTime: 500,
    processorTimes: new Map([['window', 400]]),
  })
})

test('Task commits the times that its nodes keep with all inputs, and a roll-back takes them back', () => {
  let node: NodeContext
  const factory: ProcessorFactory = (context) => {
    node = context
    return { process: ({ key, timestamp }) => node.setProcessorTime(String(key), timestamp) }
  }
  const committedAt = (offset: number, times: readonly (readonly [string, number])[]): CommittedOffset => {
    return { offset, leaderEpoch: -1, metadata: encodeOffsetMetadata({ partitionTime: -1, processorTimes: new Map(times) }) }
  }
  const committed = new TopicPartitionMap<CommittedOffset>()
    .set('left', 0, committedAt(5, [['window', 400]]))
    .set('right', 0, committedAt(7, [['window', 300]]))
  const { task, feed } = world(forwarding, { factory, committed })
  const times = (): unknown => task.offsetsToCommit().map(({ topic, offset, metadata }) => [topic, offset, decodeOffsetMetadata(metadata)])
  assert.equal(node!.processorTime('window'), 400)
  assert.equal(node!.processorTime('b'), null)
  assert.deepEqual(times(), [])
  feed(p0, 5, [record('b', '', 6), record('a', '', 8)])
  processAll(task)
  // As in Java's HashMap, 'a' comes before 'b'; the other input has not moved.
  const processorTimes = new Map([
    ['a', 8],
    ['b', 6],
    ['window', 400],
  ])
  assert.deepEqual(times(), [
    ['left', 7, { partitionTime: 8, processorTimes }],
    ['right', 7, { partitionTime: -1, processorTimes }],
  ])
  const first = decodeOffsetMetadata(task.offsetsToCommit()[0]!.metadata)!
  assert.deepEqual([...first.processorTimes.keys()], inHashOrder(['window', 'b', 'a']))
  task.applyCommit()
  assert.deepEqual(times(), [])
  task.rollBack()
  task.begin(committed)
  assert.equal(node!.processorTime('a'), null)
  assert.equal(node!.processorTime('window'), 400)
})

test('Task has the metrics of its nodes while they are open', () => {
  let emitted = 0
  const { task } = world(forwarding, {
    factory: (node) => {
      node.addMetrics([{ name: 'some-total', help: 'Some', read: () => emitted }])
      return { process: () => undefined }
    },
  })
  const read = (): unknown => metricsOfNodes(task, { 'task-id': '0_0' }).map((metric) => [metric.labels, metric.kind, metric.read()])
  emitted = 3
  assert.deepEqual(read(), [
    [{ 'task-id': '0_0', 'processor-node-id': 'left-source' }, 'counter', 0],
    [{ 'task-id': '0_0', 'processor-node-id': 'right-source' }, 'counter', 0],
    [{ 'task-id': '0_0', 'processor-node-id': 'processor' }, 'counter', 3],
  ])
})

test('Task counts what each source forwards and reads, and what each sink writes, across roll-backs', () => {
  const { task, feed } = world(
    () => (given) => {
      if (given.value === 'fails') throw new Error('no')
    },
    { handlers: { deserialization: 'skip', processing: 'skip', production: 'fail', deadLetterTopic: null } },
  )
  feed(p0, 0, [record('a', 'one', 1), record('b', 'fails', 2)])
  feed(p1, 0, [record('c', '', 3)])
  assert.equal(task.process(64), 3)
  const read = (): unknown =>
    metricsOfTopics(task.metrics, {})
      .filter(({ name }) => name.endsWith('consumed-total'))
      .map((metric) => [metric.name, metric.labels['topic'], metric.read()])
  const counted = [
    ['records-consumed-total', 'left', 2],
    ['bytes-consumed-total', 'left', 2 * (20 + 4) + 4 + 6],
    ['records-consumed-total', 'right', 1],
    ['bytes-consumed-total', 'right', 20 + 5 + 1],
  ]
  assert.deepEqual(read(), counted)
  assert.deepEqual(
    task.metrics.sources.map(({ node, processed }) => [node, processed]),
    [
      ['left-source', 2],
      ['right-source', 1],
    ],
  )
  task.rollBack()
  assert.deepEqual(read(), counted)
  assert.equal(task.metrics.processedRecords, 3)
})

test('Task counts a record that is skipped without bytes, if nothing was queued behind it', () => {
  const { task, feed } = world(forwarding, {
    handlers: { deserialization: 'skip', processing: 'fail', production: 'fail', deadLetterTopic: null },
  })
  const broken: BuiltRecord = { ...record('a', '', 1), value: null }
  const counts = (): unknown => task.metrics.consumed.map(({ records, bytes }) => [records, bytes])
  feed(p0, 0, [broken, record('a', 'one', 2)])
  assert.equal(task.process(64), 2)
  assert.deepEqual(counts(), [
    [1, 28],
    [0, 0],
  ])
  feed(p0, 2, [broken])
  assert.equal(task.process(64), 1)
  assert.deepEqual(counts(), [
    [2, 28],
    [0, 0],
  ])
})

test('Task waits for an empty input as long as max.task.idle.ms says, and not at all when it is negative', () => {
  const waiting = world(forwarding, { maxTaskIdleMs: 100 })
  waiting.feed(p0, 0, [record('a', '', 1)])
  assert.equal(waiting.task.process(64), 0, 'the lag of the other input is unknown')
  waiting.task.setLag(p1, 5)
  assert.equal(waiting.task.process(64), 0, 'the other input has records that are on their way')
  waiting.task.setLag(p1, 0)
  assert.equal(waiting.task.process(64), 0)
  assert.equal(waiting.task.nextDueMs(), 1_000_100)
  waiting.clock.advance(99)
  assert.equal(waiting.task.process(64), 0)
  waiting.clock.advance(1)
  assert.equal(waiting.task.process(64), 1)
  assert.equal(waiting.task.metrics.enforcedProcessing, 1)

  const eager = world(forwarding, { maxTaskIdleMs: -1 })
  eager.feed(p0, 0, [record('a', '', 1)])
  assert.equal(eager.task.process(64), 1)
})

test('Task waits anew for an input that has had records in between', () => {
  const { task, feed, clock } = world(forwarding, { maxTaskIdleMs: 100 })
  for (const input of [p0, p1]) task.setLag(input, 0)
  feed(p0, 0, [record('a', '', 1), record('c', '', 3)])
  assert.equal(task.process(64), 0)
  clock.advance(100)
  assert.equal(task.process(1), 1)
  feed(p1, 0, [record('b', '', 2)])
  assert.equal(task.process(64), 1, 'the input is empty again')
  clock.advance(99)
  assert.equal(task.process(64), 0)
  clock.advance(1)
  assert.equal(task.process(64), 1)
})

test('Task does not wait for the clock when every input has records', () => {
  const { task, feed, written } = world(forwarding, { maxTaskIdleMs: 100 })
  feed(p0, 0, [record('a', '', 1), record('b', '', 3)])
  feed(p1, 0, [record('c', '', 2)])
  task.setLag(p0, 0)
  task.setLag(p1, 0)
  assert.equal(task.process(64), 2)
  assert.deepEqual(written(), ['a=@1', 'c=@2'])
})

test('Task runs stream-time punctuators as records move stream time on, and wall-clock punctuators by the clock', () => {
  const fired: string[] = []
  const { task, feed, clock } = world(({ schedule, forward }) => {
    schedule(10, 'stream-time', (timestamp) => void fired.push(`stream ${timestamp}`))
    schedule(50, 'wall-clock', (timestamp) => void fired.push(`wall ${timestamp}`))
    return (given) => forward(given)
  })
  assert.equal(task.punctuate(), false)
  feed(
    p0,
    0,
    [3, 5, 10, 47].map((time) => record('a', '', time)),
  )
  processAll(task)
  assert.deepEqual(fired, ['stream 3', 'stream 10', 'stream 47'])
  assert.equal(task.nextDueMs(), 1_000_050)
  clock.advance(49)
  assert.equal(task.punctuate(), false)
  clock.advance(1)
  assert.equal(task.punctuate(), true)
  assert.equal(fired.at(-1), 'wall 1000050')
})

test('Task shows processors no record in suppliers and punctuators, and the source record while it is processed', () => {
  const seen: unknown[] = []
  const { task, feed, clock } = world((context) => {
    seen.push(context.recordMetadata)
    context.schedule(1, 'wall-clock', () => void seen.push(context.recordMetadata))
    return () => void seen.push(context.recordMetadata, context.streamTime, context.systemTime)
  })
  feed(p1, 7, [record('a', '', 42)])
  processAll(task)
  clock.advance(1)
  task.punctuate()
  assert.deepEqual(seen, [null, { topic: 'right', partition: 0, offset: 7 }, 42, 1_000_000, null])
})

test('Task writes its stores to the changelog partition of its own and applies them with the acknowledged offset', () => {
  const { task, feed, written } = world(
    ({ stores }) =>
      (given) =>
        stores.totals.put(given.key, given.value.length),
  )
  feed(p0, 0, [record('a', 'xyz', 10), record('b', '', 20)])
  processAll(task)
  assert.deepEqual(written(), ['app-totals-changelog:a@10', 'app-totals-changelog:b@20'])
  assert.ok(task.uncommittedBytes > 0)
  task.flushCaches()
  task.offsetsToCommit()
  task.applyCommit()
  assert.equal(task.uncommittedBytes, 0)
  assert.equal((task.stores as TaskState).storedOffset('totals'), 1)
})

test('Task drops queues, overlays and processors when it is rolled back, and begins anew', () => {
  let opened = 0
  const closed: number[] = []
  const { task, feed } = world(({ stores }) => {
    const number = ++opened
    return {
      process: (given) => stores.totals.put(given.key, given.value.length),
      close: () => void closed.push(number),
    }
  })
  feed(p0, 0, [record('a', 'xyz', 10), record('b', 'x', 11)])
  task.process(1)
  task.rollBack()
  assert.deepEqual(closed, [1])
  assert.equal(task.uncommittedBytes, 0)
  assert.equal(task.bufferedRecords, 0)
  task.begin(new TopicPartitionMap())
  assert.equal(opened, 2)
  assert.equal(task.streamTime, -1)
  feed(p0, 0, [record('a', 'xy', 10)])
  processAll(task)
  assert.equal((task.store('totals') as { get(key: string): number }).get('a'), 2)
  task.close()
  task.close()
  assert.deepEqual(closed, [1, 2])
})

test('Task closes the other processors when one throws, and logs it', () => {
  const errors: object[] = []
  const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (fields: object) => void errors.push(fields) }
  const { task } = world(
    () => ({
      process: () => {},
      close: () => {
        throw new Error('cannot close')
      },
    }),
    { logger },
  )
  task.close()
  assert.equal(errors.length, 1)
})

test('Task names processor, topic, partition and offset of what user code threw, with the cause', () => {
  const cause = new RangeError('no')
  const { task, feed } = world(() => (given) => {
    if (given.key === 'b') throw cause
  })
  feed(p0, 5, [record('a', '', 1), record('b', '', 2)])
  const thrown = assert.throws(
    () => processAll(task),
    (error: unknown) => {
      assert.ok(isMillraceError(error) && error instanceof TaskError)
      assert.equal(error.code, 'PROCESSING_FAILED')
      assert.equal(error.message, 'Cannot process the record at left-0 offset 6 in "processor" of task 0_0: no')
      const { processor, topic: name, partition, offset, taskId } = error
      assert.deepEqual([processor, name, partition, offset, taskId], ['processor', 'left', 0, 6, '0_0'])
      assert.equal(error.cause, cause)
      return true
    },
  )
  assert.equal(thrown, undefined)
})

test('Task copies out what is left of a chunk that waits, and gives the same records', () => {
  const { task, feed, released, written } = world()
  const records = Array.from({ length: 40 }, (_, index) => record(`k${index}`, 'v'.repeat(50), index))
  // In four batches, of which the last one is waiting.
  const chunks = [0, 10, 20, 30].map((start) => builtChunk({ ...p0, offset: start }, records.slice(start, start + 10)))
  task.add({
    ...chunks[0]!,
    batches: chunks.flatMap(({ batches }) => batches),
    nextOffset: 40,
    byteLength: chunks.reduce((sum, { byteLength }) => sum + byteLength, 0) + 100,
    release: () => released.push('all'),
  })
  feed(p1, 0, [record('r', '', 1000)])
  assert.equal(task.process(35), 35)
  task.compact()
  assert.deepEqual(released, [], 'it may just be being consumed')
  task.compact()
  assert.deepEqual(released, ['all'])
  const before = task.bufferedBytes
  assert.ok(before < chunks[3]!.byteLength + 200)
  for (const { batches } of chunks) batches[0]!.buffer.fill(0)
  processAll(task)
  assert.deepEqual(written().slice(30), [
    ...records.slice(30).map(({ key, timestamp }) => `${String(key)}=${'v'.repeat(50)}@${timestamp}`),
    'r=@1000',
  ])
  assert.equal(task.bufferedBytes, 0)
  assert.equal(task.bufferedRecords, 0)
})

test('Task skips records without a valid time, and goes on behind them at the next commit', () => {
  const { task, feed, written } = world(forwarding, { defaultTimestampExtractor: logAndSkipOnInvalidTimestamp })
  feed(p0, 0, [record('a', '', 5), record('b', '', -1), record('c', '', -1)])
  assert.equal(processAll(task), 1)
  assert.deepEqual(written(), ['a=@5'])
  assert.equal(task.metrics.droppedRecords, 2)
  assert.deepEqual(
    task.offsetsToCommit().map(({ offset }) => offset),
    [3],
  )
  assert.equal(task.streamTime, 5)
})

test('Task takes the partition time where a record has none, if the extractor says so', () => {
  const { task, feed, written } = world(forwarding, { defaultTimestampExtractor: usePartitionTimeOnInvalidTimestamp })
  feed(p0, 0, [record('a', '', 5), record('b', '', -1)])
  processAll(task)
  assert.deepEqual(written(), ['a=@5', 'b=@5'])
  assert.throws(() => feed(p1, 0, [record('c', '', -1)]), { code: 'INVALID_TIMESTAMP' })
})

test('Task names the processor whose supplier throws', () => {
  const broken: Supplier = () => {
    throw new Error('no connection')
  }
  assert.throws(
    () => world(broken),
    (error: unknown) => {
      assert.ok(isMillraceError(error))
      assert.deepEqual([error.code, error.processor, error.taskId], ['PROCESSING_FAILED', 'processor', '0_0'])
      assert.equal(error.message, 'Cannot open processor "processor" of task 0_0: no connection')
      return true
    },
  )
})

/** Knows the partition counts of topics only after `learn`. */
function lateCollector(inner: MemoryCollector): { readonly collector: RecordCollector; readonly learn: () => void } {
  const waiting: (() => void)[] = []
  let isKnown = false
  const collector: RecordCollector = {
    topic: (name) => ({
      name,
      get partitionCount(): number {
        return isKnown ? inner.topic(name).partitionCount : 0
      },
    }),
    send: ({ name }, partition, sent) => inner.send(inner.topic(name), partition, sent),
    acknowledgedOffset: ({ name }, partition) => inner.acknowledgedOffset(inner.topic(name), partition),
    stickyPartition: ({ name }) => inner.stickyPartition(inner.topic(name)),
    whenKnown: (_topic, send) => void waiting.push(send),
    originNumber: (origin) => inner.originNumber(origin),
  }
  return {
    collector,
    learn: () => {
      isKnown = true
      for (const send of waiting) send()
    },
  }
}

test('Task writes to a topic that is not known yet as soon as it is, in order and with the record context of then', () => {
  const inner = new MemoryCollector(() => 3)
  const { collector, learn } = lateCollector(inner)
  const { task, feed } = world(forwarding, { collector })
  feed(p0, 5, [record('a', 'x', 1), record('b', 'y', 2)])
  processAll(task)
  assert.deepEqual(inner.take(), [])
  learn()
  const written = inner.take().map(({ topic: name, partition, key, timestamp }) => [name, partition, String(key), timestamp])
  // murmur2 of "a" and "b", over three partitions.
  assert.deepEqual(written, [
    ['out', partitionOf(Buffer.from('a'), 0, 1, 3), 'a', 1],
    ['out', partitionOf(Buffer.from('b'), 0, 1, 3), 'b', 2],
  ])
})

test('Task gives every record once and in order, however chunks are cut, compressed, skipped into and copied out', () => {
  const batchSizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
  const chunk = fc.record({
    batchSizes,
    gap: fc.nat(3),
    skipped: fc.nat(4),
    compression: fc.constantFrom('none' as const, 'gzip' as const, 'zstd' as const),
  })
  const step = fc.oneof(chunk, fc.record({ process: fc.integer({ min: 1, max: 8 }) }), fc.constant('compact' as const))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const { task, written } = world()
      const expected: string[] = []
      let offset = 0
      let held = 0
      for (const given of steps) {
        if (given === 'compact') task.compact()
        else if ('process' in given) task.process(given.process)
        else {
          const from = offset + given.skipped
          const batches = given.batchSizes.map((size) => {
            const bytes = builtBytes(offset, size, given.compression)
            for (let index = 0; index < size; index++) if (offset + index >= from) expected.push(`k${offset + index}=@${offset + index}`)
            offset += size + given.gap
            return readBatches(bytes, 0, bytes.length)[0]!
          })
          held++
          const byteLength = batches.reduce((sum, batch) => sum + batch.end, 0)
          // The bytes are gone once the chunk is released.
          const release = (): void => {
            held--
            for (const { buffer } of batches) buffer.fill(0xee)
          }
          task.add({ ...p0, batches, from, nextOffset: offset, leaderEpoch: -1, byteLength, release })
        }
      }
      processAll(task)
      assert.deepEqual(written(), expected)
      assert.equal(held, 0)
      assert.equal(task.bufferedRecords, 0)
      assert.equal(task.bufferedBytes, 0)
      if (offset > 0) assert.equal(task.offsetsToCommit()[0]?.offset, offset)
    }),
  )
})

function builtBytes(baseOffset: number, count: number, compression: Compression): Buffer {
  const builder = new BatchBuilder()
  for (let offset = baseOffset; offset < baseOffset + count; offset++) {
    const bytes = Buffer.from(`k${offset}`)
    builder.append({ timestamp: offset, bytes, keyStart: 0, keyEnd: bytes.length, valueStart: 0, valueEnd: 0, headers: null })
  }
  return builder.seal({ baseOffset, compression })
}
