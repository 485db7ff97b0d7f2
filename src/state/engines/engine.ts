import type { ChangeCursor, SortedBytesStore } from '../sorted-bytes-store.ts'
import type { StoreMeta } from '../store-meta.ts'

/** The changes of one store in a batch. */
export interface StoreBatch {
  readonly store: string
  /** Each key at most once, in any order. The engine reads it once, during `apply`. */
  readonly rows: ChangeCursor
  /** The new meta row; `null` keeps the one that is there. */
  readonly meta: StoreMeta | null
}

/**
 * The committed state of one task: the rows and the meta row of each of its stores. It knows nothing of overlays, caches or changelogs.
 *
 * Callers guarantee: one user at a time, nothing after `close`. Engines guarantee: after a crash at any point either all of a batch is
 * there or nothing of it, and then also nothing of any later batch. Not checked: the format of rows.
 */
export interface TaskEngine {
  /** For the meta row: which kind of engine wrote the rows. */
  readonly kind: string
  /** The committed rows of a store, which is empty if nobody has written to it. The object stays valid over `apply` and `wipe`. */
  store(name: string): SortedBytesStore
  /** `null` if the store was never committed, or wiped since. */
  readMeta(store: string): StoreMeta | null
  /** Applies all batches at once, or throws and has applied none of them or is unusable (`STORE_CORRUPTED`). */
  apply(batches: readonly StoreBatch[]): void
  /** Removes rows and meta row of a store. */
  wipe(store: string): void
  /** Frees what is open. What was applied stays where the engine keeps state. */
  close(): void
}

/** Opens the committed state of tasks. One per application instance. */
export interface EngineFactory {
  /** A task is opened by one owner at a time: close the engine before it is opened again. */
  open(taskId: string): TaskEngine
}
