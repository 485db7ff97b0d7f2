import type { GroupMetadata } from '../../client/group-metadata.ts'
import type { Coordinator } from '../../client/coordinator.ts'
import { commitOffsets } from '../../client/offsets.ts'
import type { Producer } from '../../client/producer.ts'
import { applyAll, type CommittableTask, type Committer, type PendingRecords } from './committer.ts'

/** What at-least-once commits with. */
export interface AtLeastOnceParts {
  readonly producer: Producer
  readonly collector: PendingRecords
  readonly coordinator: Coordinator
  readonly group: () => GroupMetadata
  /** How long one commit may take. */
  readonly timeoutMs: number
}

/** Everything that was written is acknowledged before the offsets of the records that caused it are committed. */
export class AtLeastOnceCommitter implements Committer {
  readonly #parts: AtLeastOnceParts

  constructor(parts: AtLeastOnceParts) {
    this.#parts = parts
  }

  async commit(tasks: readonly CommittableTask[]): Promise<boolean> {
    const { producer, collector, coordinator, group, timeoutMs } = this.#parts
    for (const task of tasks) task.flushCaches()
    const offsets = tasks.flatMap((task) => task.offsetsToCommit())
    await collector.settle()
    await producer.flush()
    for (const task of tasks) task.applyUnlogged()
    if (offsets.length > 0) await commitOffsets(coordinator, group, offsets, { timeoutMs })
    applyAll(tasks, offsets.length > 0)
    return offsets.length > 0
  }

  /** What was written stays: the changelogs are replayed, and the inputs processed again. */
  async abort(): Promise<void> {
    this.#parts.collector.drop()
    await this.#parts.producer.flush()
  }
}
