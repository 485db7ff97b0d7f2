import type { RecordContext } from '../../record/record-context.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'

/** What a cache gave up: the last update of a key since the last flush. One object, used again: take what is needed during the call. */
export interface FlushedUpdate<out K, out V> {
  readonly key: K
  /** `null` = the row was deleted. */
  readonly newValue: V | null
  /** What the store held before; `null` unless old values were asked for, or if there was none. */
  readonly oldValue: V | null
  /** That of the new value; of a deletion that of the record which deleted. */
  readonly timestamp: number
  /** The context of the record that made the update. */
  readonly context: Readonly<RecordContext>
}

/** Called for each update that a cache gives up. */
export type FlushListener<K, V> = (update: FlushedUpdate<K, V>) => void

/**
 * Rows as values: what a store is, beneath its public face. A value of a plain store has no timestamp of its own; -1 is found in its
 * place. Keys and values are checked by the face.
 */
export interface TypedRows<K, V> {
  /** The timestamp of the value that `get` or `peek` found last. */
  readonly foundTimestamp: number
  /** `null` if there is no such row. A cache counts it as a use of the row. */
  get(key: K): V | null
  /** As `get`, but nothing moves: no cache takes the row in or gives another one up for it. For those who look from outside of the task. */
  peek(key: K): V | null
  /**
   * Writes a row; `null` deletes it. `timestamp` is that of the value, or of the deletion. Returns `IS_LATEST`; of a versioned store also
   * what its `put` returns: the end of the version, or `NOT_PUT`.
   */
  put(key: K, value: V | null, timestamp: number): number
  /** The rows in `range` as bytes, in the format of the store. */
  scan(range: KeyRange, isReverse: boolean): RowCursor
  /** Whether updates are held back until a flush. */
  readonly isCached: boolean
  /** Sets who is told of updates that a cache gives up. Only where `isCached`. */
  setFlushListener(listener: FlushListener<K, V>, sendsOldValues: boolean): void
  /** Gives up all updates that are held back, in the order in which they were made. */
  flush(): void
  /** Forgets what is held back: there was an abort. */
  drop(): void
  /** See `ReadOnlyKeyValueStore`. */
  readonly rowCount: number
}
