import { partitionOf } from '../../base/murmur2.ts'
import type { OutgoingRecord } from '../../client/outgoing-record.ts'

/** A topic that is written to: looked up once by a sink, kept by it. */
export interface OutgoingTopic {
  readonly name: string
  /** 0: not known yet; see `RecordCollector.whenKnown`. May grow between records. */
  readonly partitionCount: number
}

/** Where a record of a task came from, for the production handler: what `OutgoingRecord.node` stands for. */
export interface RecordOrigin {
  readonly taskId: string
  /** Name of the sink. */
  readonly node: string
  /** The input topic, `null` for records of punctuators and caches. */
  readonly topic: string | null
}

/**
 * Where sinks, changelogs and dead letters of the tasks of a thread go. Implemented over the producer of the thread, and in memory by the
 * test driver. Sending is synchronous: the record is copied before the call returns.
 */
export interface RecordCollector {
  /** The topic of that name. Asks for its metadata if it is not known. Give the result back in the other calls. */
  topic(name: string): OutgoingTopic
  /**
   * Writes `record`, whose object stays the caller's, to `partition`. Throws `ClusterError`: `RECORD_TOO_LARGE` with nothing written, or
   * what ended the transaction or the producer.
   */
  send(topic: OutgoingTopic, partition: number, record: OutgoingRecord): void
  /** Highest acknowledged offset of the partition since the producer began; -1: none. */
  acknowledgedOffset(topic: OutgoingTopic, partition: number): number
  /** Partition for the next record without a key: stays the same for a while, so that batches fill up. The partition count must be known. */
  stickyPartition(topic: OutgoingTopic): number
  /** Calls `send` once the partition count of `topic` is known, in the order of the calls; `flush` waits for it, and fails if there is no such topic. */
  whenKnown(topic: OutgoingTopic, send: () => void): void
  /** The number by which records of `origin` are marked. The same origin gives the same number. */
  originNumber(origin: RecordOrigin): number
}

/**
 * The partition that a record goes to when nobody chose one (P§15): by murmur2 of the key's bytes but the last `windowBytes`, or, without
 * a key, the sticky one. The partition count of `topic` must be known.
 */
export function defaultPartition(collector: RecordCollector, topic: OutgoingTopic, record: OutgoingRecord, windowBytes: number): number {
  if (topic.partitionCount === 1) return 0
  if (record.keyStart < 0) return collector.stickyPartition(topic)
  return partitionOf(record.bytes, record.keyStart, record.keyEnd - windowBytes, topic.partitionCount)
}
