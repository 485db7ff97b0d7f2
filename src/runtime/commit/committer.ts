import type { OffsetToCommit } from '../../client/offset-to-commit.ts'

/** A task as a commit sees it. `Task` is one. */
export interface CommittableTask {
  /** Flushes its caches in topological order of the stores; a flush may dirty later ones and forward records. */
  flushCaches(): void
  /** The input positions that moved since the last commit. */
  offsetsToCommit(): readonly OffsetToCommit[]
  /** Puts what no changelog can restore into the engine: at-least-once does it before the offsets are committed. */
  applyUnlogged(): void
  /**
   * The commit holds: puts the overlays into the engine, in one batch with the acknowledged changelog offsets. `isConfirmed`: the cluster
   * has taken something of the thread, which therefore owns its tasks.
   */
  applyCommit(isConfirmed: boolean): void
}

/** Applies the commit of all tasks. An engine that fails does not keep the others from it: what they have to apply is committed. Throws the first failure. */
export function applyAll(tasks: readonly CommittableTask[], isConfirmed: boolean): void {
  const failures: unknown[] = []
  for (const task of tasks) {
    try {
      task.applyCommit(isConfirmed)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
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
