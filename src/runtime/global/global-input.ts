import type { TopicPartition } from '../../protocol/topic-partition.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { OpenSource, type OpenSourceOptions, type SourceHead } from '../task/source-node.ts'
import type { TaskScope } from '../task/task-scope.ts'

/** One partition of the topic of a global store: its records go straight to the processor, in the order in which they come. */
export class GlobalInput implements SourceHead {
  readonly topic: string
  readonly partition: number
  readonly input: number
  readonly cursor: RecordCursor = new RecordCursor()
  readonly source: OpenSource
  readonly partitionTime = -1
  timestamp = -1

  constructor({ topic, partition }: TopicPartition, source: OpenSourceOptions, scope: TaskScope) {
    this.topic = topic
    this.partition = partition
    if (!scope.inputTopics.includes(topic)) scope.inputTopics.push(topic)
    this.input = scope.inputTopics.indexOf(topic) + 1
    this.source = new OpenSource(source, scope)
  }

  /** Gives the records from offset `from` on to the children of the source. `skipsNullKeys`: those without a key are passed over. How many it gave. */
  feed(batches: readonly BatchView[], from: number, skipsNullKeys: boolean): number {
    const { cursor, source } = this
    let count = 0
    for (const batch of batches) {
      cursor.open(batch)
      while (cursor.next()) {
        if (cursor.offset < from || (skipsNullKeys && cursor.keyStart < 0)) continue
        this.timestamp = source.timestampOf(this)
        const record = source.read(this)
        if (record === null) continue
        source.forward(record)
        count++
      }
    }
    source.forget()
    return count
  }
}
