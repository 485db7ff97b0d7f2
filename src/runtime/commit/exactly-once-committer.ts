import type { GroupMetadata } from '../../client/group-metadata.ts'
import type { Producer } from '../../client/producer.ts'
import type { CommittableTask, Committer } from './committer.ts'

/**
 * One transaction per thread for all its tasks (KIP-447). The group metadata is read at the commit: it is what fences a thread that lost
 * its tasks, because every process has transactional ids of its own (N§3.1).
 */
export class ExactlyOnceCommitter implements Committer {
  readonly #producer: Producer
  readonly #group: () => GroupMetadata

  constructor(producer: Producer, group: () => GroupMetadata) {
    this.#producer = producer
    this.#group = group
  }

  async commit(tasks: readonly CommittableTask[]): Promise<void> {
    for (const task of tasks) task.flushCaches()
    const offsets = tasks.flatMap((task) => task.offsetsToCommit())
    if (offsets.length === 0 && !this.#producer.hasTransaction) return
    await this.#producer.commitTransaction(offsets, this.#group())
    // Not before the coordinator has answered: an overlay that was applied cannot be taken back.
    for (const task of tasks) task.applyCommit()
  }

  async abort(): Promise<void> {
    if (this.#producer.hasTransaction) await this.#producer.abortTransaction()
  }
}
