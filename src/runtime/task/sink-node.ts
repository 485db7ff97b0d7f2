import type { BytesWriter } from '../../base/bytes-writer.ts'
import { ClusterError, SerdeError, TopologyError } from '../../base/errors.ts'
import type { OutgoingRecord } from '../../client/outgoing-record.ts'
import type { Partitioner } from '../../model/partitioner.ts'
import { headersOrNull, type StreamRecord } from '../../model/stream-record.ts'
import { type FastWriter, fastWriterOf } from '../../serdes/fast-serde.ts'
import type { Serializer } from '../../serdes/serde.ts'
import { fullTopicName, type SinkNode, type TopicChooser } from '../../topology/physical-topology.ts'
import type { FailedSide } from './failures.ts'
import { NodeSerdeContext } from './node-serde-context.ts'
import { defaultPartition, type OutgoingTopic, type RecordCollector } from './record-collector.ts'
import type { OpenNode } from './open-node.ts'
import type { TaskScope } from './task-scope.ts'
import type { TopicCounts } from './topic-counts.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- nodes are untyped among themselves: the DSL has checked what flows where
type AnyRecord = StreamRecord<any, any>

/** Keys and values of a sink without serde are bytes. */
const bytesWriter: FastWriter<unknown> = {
  write: (value, out) => {
    if (!(value instanceof Uint8Array))
      throw new SerdeError('VALUE_INVALID', `Cannot write a ${typeof value}: the sink has no serde, bytes are required`)
    out.bytes(value)
  },
  windowBytes: 0,
}

function writerOf(serializer: Serializer<unknown> | null): FastWriter<unknown> {
  return serializer === null ? bytesWriter : fastWriterOf(serializer)
}

/** A topic that a sink writes to, with what it has written. */
interface SinkTopic {
  readonly topic: OutgoingTopic
  readonly counts: TopicCounts
}

/**
 * A sink of an open task: serialises into the scratch memory of the thread, chooses the partition (P§15) and hands the bytes to the
 * collector, which copies them once. A serializer that throws leaves nothing behind.
 */
export class OpenSink implements OpenNode {
  readonly name: string
  readonly #scope: TaskScope
  readonly #collector: RecordCollector
  readonly #scratch: BytesWriter
  readonly #out: OutgoingRecord
  readonly #key: FastWriter<unknown>
  readonly #value: FastWriter<unknown>
  readonly #keyContext: NodeSerdeContext
  readonly #valueContext: NodeSerdeContext
  // oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
  readonly #partitioner: Partitioner<any, any> | null
  readonly #chooser: TopicChooser | null
  /** How many bytes at the end of a key do not count for its partition. */
  readonly #windowBytes: number
  /** By number of the input topic; made when first needed. */
  readonly #origins: number[] = []
  /** The only topic; of a sink with a chooser the topic of the last record. */
  #target: SinkTopic | null = null
  readonly #targets = new Map<string, SinkTopic>()

  constructor(node: SinkNode, scope: TaskScope) {
    const role = typeof node.topic === 'object' && node.topic.internal ? 'repartition' : 'sink'
    this.name = node.name
    this.#scope = scope
    this.#collector = scope.collector
    this.#scratch = scope.scratch
    this.#out = scope.out
    this.#key = writerOf(node.key)
    this.#value = writerOf(node.value)
    this.#keyContext = new NodeSerdeContext('', true, role, scope.record)
    this.#valueContext = new NodeSerdeContext('', false, role, scope.record)
    this.#partitioner = node.partitioner
    this.#windowBytes = node.ignoresWindows === true && node.partitioner === null ? this.#key.windowBytes : 0
    this.#chooser = typeof node.topic === 'function' ? node.topic : null
    if (typeof node.topic === 'object') this.#useTopic(fullTopicName(node.topic, scope.applicationId))
  }

  process(record: AnyRecord): void {
    if (this.#chooser !== null) this.#chooseTopic(record)
    const target = this.#target!
    if (target.topic.partitionCount === 0) {
      this.#sendLater(target, record)
    } else if (this.#partitioner === null) {
      this.#send(target, record, -1)
    } else {
      this.#sendByPartitioner(target, record)
    }
  }

  #useTopic(name: string): void {
    this.#keyContext.topic = name
    this.#valueContext.topic = name
    let target = this.#targets.get(name)
    if (target === undefined) {
      target = { topic: this.#collector.topic(name), counts: this.#scope.metrics.producedBy(this.name, name) }
      this.#targets.set(name, target)
    }
    this.#target = target
  }

  #chooseTopic(record: AnyRecord): void {
    const scope = this.#scope.record
    const { topic, partition, offset } = scope
    const name = this.#chooser!(record.key, record.value, {
      topic: topic ?? '',
      partition,
      offset,
      timestamp: record.timestamp,
      headers: record.headers,
    })
    if (typeof name !== 'string' || name === '') {
      throw new TopologyError(
        'TOPIC_CHOICE',
        `Cannot write to the topic that "${this.name}" chose: it chose ${String(name)}, a name is required`,
        {
          processor: this.name,
        },
      )
    }
    if (this.#target?.topic.name !== name) this.#useTopic(name)
  }

  #sendByPartitioner(target: SinkTopic, record: AnyRecord): void {
    const { topic } = target
    const count = topic.partitionCount
    const choice = this.#partitioner!(record.key, record.value, count, { topic: topic.name, headers: record.headers })
    if (choice === null) {
      this.#send(target, record, -1)
    } else if (typeof choice === 'number') {
      this.#send(target, record, this.#checked(choice, topic))
    } else if (!Array.isArray(choice)) {
      throw this.#noPartition(choice, topic)
    } else if (choice.length === 0) {
      this.#scope.dropped(this.name, `the partitioner chose no partition of topic "${topic.name}"`)
    } else {
      for (const partition of new Set(choice)) this.#checked(partition, topic)
      for (const partition of new Set(choice)) this.#send(target, record, partition)
    }
  }

  #checked(partition: number, topic: OutgoingTopic): number {
    if (Number.isInteger(partition) && partition >= 0 && partition < topic.partitionCount) return partition
    throw this.#noPartition(partition, topic)
  }

  #noPartition(choice: unknown, topic: OutgoingTopic): TopologyError {
    return new TopologyError(
      'PARTITION_CHOICE',
      `Cannot write to partition ${String(choice)} of topic "${topic.name}": the partitioner of "${this.name}" chose it, the topic has partitions 0 to ${topic.partitionCount - 1}`,
      { processor: this.name, topic: topic.name },
    )
  }

  /** `partition` -1: the default one. */
  #send(target: SinkTopic, record: AnyRecord, partition: number): void {
    const { topic } = target
    const scratch = this.#scratch
    const out = this.#out
    let side: FailedSide = 'key'
    try {
      scratch.reset()
      if (record.key === null) {
        out.keyStart = out.keyEnd = -1
      } else {
        this.#key.write(record.key, scratch, this.#keyContext)
        out.keyStart = 0
        out.keyEnd = scratch.position
      }
      side = 'value'
      if (record.value === null) {
        out.valueStart = out.valueEnd = -1
      } else {
        out.valueStart = scratch.position
        this.#value.write(record.value, scratch, this.#valueContext)
        out.valueEnd = scratch.position
      }
    } catch (error) {
      this.#scope.failures.production(this.name, side, error)
      return
    }
    out.bytes = scratch.buffer
    out.timestamp = record.timestamp
    out.headers = headersOrNull(record)
    const scope = this.#scope.record
    out.node = this.#origins[scope.input] ??= this.#originOf(scope.input)
    out.sourcePartition = scope.partition
    out.sourceOffset = scope.offset
    const chosen = partition < 0 ? defaultPartition(this.#collector, topic, out, this.#windowBytes) : partition
    try {
      this.#collector.send(topic, chosen, out)
    } catch (error) {
      if (!(error instanceof ClusterError && error.code === 'RECORD_TOO_LARGE')) throw error
      this.#scope.failures.production(this.name, null, error)
      return
    }
    target.counts.produced(out)
  }

  #originOf(input: number): number {
    const { taskId, inputTopics } = this.#scope
    return this.#collector.originNumber({ taskId, node: this.name, topic: input === 0 ? null : inputTopics[input - 1]! })
  }

  /** Keeps the record until the partition count is known: only the first records for a topic get here. */
  #sendLater(target: SinkTopic, record: AnyRecord): void {
    const { topic } = target
    const { topic: source, partition, offset, timestamp, input } = this.#scope.record
    const context = { topic: source, partition, offset, timestamp, headers: record.headers }
    this.#collector.whenKnown(topic, () => {
      this.#scope.record.runWith(context, () => {
        this.#scope.record.input = input
        this.#keyContext.topic = topic.name
        this.#valueContext.topic = topic.name
        if (this.#partitioner === null) this.#send(target, record, -1)
        else this.#sendByPartitioner(target, record)
        if (this.#target !== null) this.#useTopic(this.#target.topic.name)
      })
    })
  }
}
