import type { GroupMetadata } from '../../client/group-metadata.ts'
import type { Producer } from '../../client/producer.ts'
import { applyAll, type CommittableTask, type Committer, type PendingRecords } from './committer.ts'

/** What exactly-once commits with. */
export interface ExactlyOnceParts {
  readonly producer: Producer
  readonly collector: PendingRecords
  /** The current identity of the thread in its group. */
  readonly group: () => GroupMetadata
}

/**
 * One transaction per thread for all its tasks (KIP-447). The group metadata is read at the commit: it is what fences a thread that lost
 * its tasks, because every process has transactional ids of its own (N§3.1).
 */
export class ExactlyOnceCommitter implements Committer {
  readonly #parts: ExactlyOnceParts

  constructor(parts: ExactlyOnceParts) {
    this.#parts = parts
  }

  async commit(tasks: readonly CommittableTask[]): Promise<boolean> {
    const { producer, collector, group } = this.#parts
    for (const task of tasks) task.flushCaches()
    await collector.settle()
    const offsets = tasks.flatMap((task) => task.offsetsToCommit())
    if (offsets.length === 0 && !producer.hasTransaction) return false
    await producer.commitTransaction(offsets, group())
    // Not before the coordinator has answered: an overlay that was applied cannot be taken back.
    applyAll(tasks, offsets.length > 0)
    return true
  }

  async abort(): Promise<void> {
    const { producer, collector } = this.#parts
    collector.drop()
    if (producer.hasTransaction) await producer.abortTransaction()
  }
}
