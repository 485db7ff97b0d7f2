import type { OutgoingRecord } from '../client/outgoing-record.ts'
import { copied } from '../model/stream-record.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import type { OutgoingTopic, RecordCollector, RecordOrigin } from '../runtime/task/record-collector.ts'

/** A record that a task wrote, as bytes of its own. */
export interface WrittenRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  /** `null`: none. */
  readonly headers: RecordHeaders | null
}

class MemoryTopic implements OutgoingTopic {
  readonly name: string
  readonly partitionCount: number
  /** By partition. */
  readonly endOffsets: number[]

  constructor(name: string, partitionCount: number) {
    this.name = name
    this.partitionCount = partitionCount
    this.endOffsets = Array.from({ length: partitionCount }, () => 0)
  }
}

/** Keeps what a task writes. Every topic exists, and has as many partitions as `partitionsOf` says. */
export class MemoryCollector implements RecordCollector {
  readonly #partitionsOf: (topic: string) => number
  readonly #topics = new Map<string, MemoryTopic>()
  readonly #origins: RecordOrigin[] = []
  #written: WrittenRecord[] = []
  #sticky = 0

  constructor(partitionsOf: (topic: string) => number = () => 1) {
    this.#partitionsOf = partitionsOf
  }

  topic(name: string): OutgoingTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) this.#topics.set(name, (topic = new MemoryTopic(name, this.#partitionsOf(name))))
    return topic
  }

  send(topic: OutgoingTopic, partition: number, record: OutgoingRecord): void {
    const { endOffsets } = topic as MemoryTopic
    const offset = endOffsets[partition]!
    endOffsets[partition] = offset + 1
    const { bytes, keyStart, keyEnd, valueStart, valueEnd, timestamp, headers } = record
    const key = keyStart < 0 ? null : Buffer.from(bytes.subarray(keyStart, keyEnd))
    const value = valueStart < 0 ? null : Buffer.from(bytes.subarray(valueStart, valueEnd))
    this.#written.push({ topic: topic.name, partition, offset, timestamp, key, value, headers: copied(headers) })
  }

  acknowledgedOffset(topic: OutgoingTopic, partition: number): number {
    return (topic as MemoryTopic).endOffsets[partition]! - 1
  }

  stickyPartition(topic: OutgoingTopic): number {
    return this.#sticky++ % topic.partitionCount
  }

  whenKnown(_topic: OutgoingTopic, send: () => void): void {
    send()
  }

  originNumber(origin: RecordOrigin): number {
    return this.#origins.push(origin) - 1
  }

  /** What was written since the last call, in order. */
  take(): readonly WrittenRecord[] {
    const written = this.#written
    this.#written = []
    return written
  }
}
