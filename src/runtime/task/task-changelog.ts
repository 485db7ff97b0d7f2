import type { RecordHeaders } from '../../record/record-headers.ts'
import type { ByteSlice } from '../../state/byte-slice.ts'
import type { ChangelogWriter } from '../../state/changelog-writer.ts'
import type { OutgoingTopic, RecordCollector } from './record-collector.ts'
import type { OutgoingScratch } from './task-scope.ts'

/** What a {@link TaskChangelog} writes, and how. */
export interface TaskChangelogOptions {
  readonly collector: RecordCollector
  readonly scratch: OutgoingScratch
  readonly taskId: string
  readonly store: string
  /** The full name of the topic. */
  readonly topic: string
  readonly partition: number
}

/** The changelog partition of one store of a task: always the partition of the task (P§15). */
export class TaskChangelog implements ChangelogWriter {
  readonly topic: OutgoingTopic
  readonly partition: number
  readonly #collector: RecordCollector
  readonly #scratch: OutgoingScratch
  readonly #origin: number

  constructor(options: TaskChangelogOptions) {
    const { collector, scratch, taskId, store, topic, partition } = options
    this.topic = collector.topic(topic)
    this.partition = partition
    this.#collector = collector
    this.#scratch = scratch
    this.#origin = collector.originNumber({ taskId, node: store, topic: null })
  }

  write(key: ByteSlice, value: ByteSlice | null, timestamp: number, headers: RecordHeaders | null): void {
    const { writer, record } = this.#scratch
    writer.reset()
    writer.range(key.buffer, key.start, key.end)
    record.keyStart = 0
    record.keyEnd = writer.position
    if (value === null) {
      record.valueStart = record.valueEnd = -1
    } else {
      record.valueStart = writer.position
      writer.range(value.buffer, value.start, value.end)
      record.valueEnd = writer.position
    }
    record.bytes = writer.buffer
    record.timestamp = timestamp
    record.headers = headers
    record.node = this.#origin
    record.sourcePartition = -1
    record.sourceOffset = -1
    this.#collector.send(this.topic, this.partition, record)
  }

  /** Highest offset that is acknowledged since the producer began; -1: none. */
  acknowledgedOffset(): number {
    return this.#collector.acknowledgedOffset(this.topic, this.partition)
  }
}
