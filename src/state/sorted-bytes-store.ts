import type { RecordContext } from '../record/record-context.ts'
import type { ByteSlice, CopiedBytes } from './byte-slice.ts'
import type { KeyRange } from './key-range.ts'

/**
 * The rows of a scan, one at a time.
 *
 * It sees the rows as they were when it was opened, whatever is put, committed, wiped or closed since. `key` and `value` are valid until
 * the next call of `next` and must not be changed.
 */
export interface RowCursor {
  readonly key: ByteSlice
  readonly value: ByteSlice
  /** Moves to the next row; before the first call there is none. False when there is none left, and from then on. */
  next(): boolean
  /** Frees what the cursor holds. May be called again. */
  close(): void
}

/** A cursor over changes: a row may also say that its key is deleted. */
export interface ChangeCursor extends RowCursor {
  /** Whether the current row deletes its key; `value` means nothing then. */
  readonly isTombstone: boolean
  /** The same bytes as `value`, where reading that would put them together: who copies them anyway saves one copy. */
  readonly copied?: CopiedBytes | undefined
}

/**
 * The one contract underneath every store (design 4): rows of bytes, ordered by key as unsigned bytes.
 *
 * Slices that are given stay the caller's: what is kept is copied. A slice that `get` has set is valid until the next change of the store.
 */
export interface SortedBytesStore {
  /** Sets `into` to the value of `key`; false, with `into` untouched, if there is none. */
  get(key: ByteSlice, into: ByteSlice): boolean
  /** The rows in `range`, in ascending or descending order of their keys. */
  scan(range: KeyRange, isReverse: boolean): RowCursor
  /** The number of rows: exact in memory, an estimate in other engines. */
  readonly rowCount: number
}

/** A `SortedBytesStore` that can be written to. */
export interface WritableBytesStore extends SortedBytesStore {
  /** `null` deletes; deleting what is not there does nothing. `context`: of the record that made the change, for those who log. */
  put(key: ByteSlice, value: ByteSlice | null, context?: Readonly<RecordContext>): void
}
