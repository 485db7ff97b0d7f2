import type { OffsetToCommit } from '../../client/offset-to-commit.ts'

/** A task as a commit sees it. `Task` is one. */
export interface CommittableTask {
  /** Flushes its caches in topological order of the stores; a flush may dirty later ones and forward records. */
  flushCaches(): void
  /** The input positions that moved since the last commit. */
  offsetsToCommit(): readonly OffsetToCommit[]
  /** The commit holds: puts the overlays into the engine, in one batch with the acknowledged changelog offsets. */
  applyCommit(): void
}

/** Records that wait for the metadata of their topic before they reach the producer. `ProducerCollector` has them. */
export interface PendingRecords {
  /** Resolves when none waits any more; rejects when one cannot be written. */
  settle(): Promise<void>
  /** Forgets those that wait. */
  drop(): void
}

/**
 * Commits the tasks of a thread: caches, producer, offsets or transaction, and only then the stores (design 4, the commit point). While a
 * commit runs no record, punctuator or assignment change of the thread does.
 *
 * Resolves with whether there was anything to commit. Rejects with the error of what failed; nothing was applied then. What to do about it: `decideRecovery`.
 */
export interface Committer {
  commit(tasks: readonly CommittableTask[]): Promise<boolean>
  /** Drops what was written since the last commit, as far as the cluster can: before the tasks are rolled back. Rejects only on a fatal error. */
  abort(): Promise<void>
}
