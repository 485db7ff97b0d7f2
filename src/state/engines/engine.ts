import type { ChangeCursor, SortedBytesStore } from '../sorted-bytes-store.ts'
import type { StoreMeta } from '../store-meta.ts'

/** The changes of one store in a batch. */
export interface StoreBatch {
  readonly store: string
  /** Each key at most once, in any order. The engine reads it once, during `apply`. */
  readonly rows: ChangeCursor
  /** The new meta row; `null` keeps the one that is there. */
  readonly meta: StoreMeta | null
  /**
   * The mark of expiry: from this batch on, until the store is wiped, no row with a lower key exists, whether it was there before, is in this
   * batch or comes in a later one. `null` = the mark stays as it is; so it does where it would become lower. Not changed by anybody.
   */
  readonly expiredBelow: Buffer | null
}

/**
 * The committed state of one task: the rows and the meta row of each of its stores. It knows nothing of overlays, caches or changelogs.
 *
 * Callers guarantee: one user at a time, nothing after `close`. Engines guarantee: what is found when the task is opened again, after a
 * crash or power loss at any point as well, is what the first so many calls of `apply` and `wipe` made, each whole: at least those before the
 * last `flush` or `close`. Not checked: the format of rows.
 *
 * Any call may throw the error of the disk, or `StoreError` `STORE_CORRUPTED` when what is read is not what was written; a wrong row is
 * never given. After `apply`, `wipe`, `flush` or `maintain` has thrown the engine can only be closed, or be read at the caller's risk.
 */
export interface TaskEngine {
  /** For the meta row: which kind of engine wrote the rows. */
  readonly kind: string
  /** The committed rows of a store, which is empty if nobody has written to it. The object stays valid over `apply` and `wipe`. */
  store(name: string): SortedBytesStore
  /** `null` if the store was never committed, or wiped since. */
  readMeta(store: string): StoreMeta | null
  /**
   * Applies all batches at once. `isDurable`: they, and with them all that was applied before, survive a power loss when the call returns
   * (for stores that no changelog can restore). Default false.
   */
  apply(batches: readonly StoreBatch[], isDurable?: boolean): void
  /** Of an engine that is made of several: the kind of the one that has the rows of `store`. */
  kindOf?(store: string): string
  /** Removes rows, meta row and mark of expiry of a store. */
  wipe(store: string): void
  /** Wipes all stores but `stores`, which are those that the task has now. Gives the names of those that were there. Absent: they are kept. */
  retain?(stores: ReadonlySet<string>): readonly string[]
  /** What was applied survives a power loss when it returns. */
  flush(): void
  /**
   * Lets the engine do what is due by now: write what has waited too long, take in what was merged in the background. Called between
   * records, often: cheap when nothing is due. `nowMs`: of the monotonic clock.
   */
  maintain(nowMs: number): void
  /** Flushes and frees what is open, also when it throws. May be called again. */
  close(): void
}

/** Opens the committed state of tasks. One per application instance. */
export interface EngineFactory {
  /**
   * A task is opened by one owner at a time: close the engine before it is opened again. What cannot be read is gone with a line in the log,
   * or, where that is found later, when it is read, thrown as `StoreError` `STORE_CORRUPTED`.
   */
  open(taskId: string): TaskEngine
  /** Removes all that is kept of a task, which is not open; nothing happens if there is nothing. */
  remove(taskId: string): void
  /** The tasks of which anything is kept, open ones included, in no order. */
  taskIds(): readonly string[]
  /** Changes what all engines together may keep in memory, in bytes. Absent: that is not limited. */
  resize?(memoryBytesMax: number): void
  /** Closes the engines that are open, and what they share. May be called again. */
  close(): void
}
