import type { ByteSlice } from './byte-slice.ts'

/**
 * Where the changes of one store go: the partition of its changelog topic that belongs to the task. Implemented by the runtime. The
 * records have no headers: only header stores write them (P§6.3).
 */
export interface ChangelogWriter {
  /** Appends a record. The slices are copied before it returns. `null` = a tombstone. */
  write(key: ByteSlice, value: ByteSlice | null, timestamp: number): void
}
