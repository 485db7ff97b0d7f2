import type { RecordHeaders } from '../record/record-headers.ts'
import type { ByteSlice } from './byte-slice.ts'

/**
 * Where the changes of one store go: the partition of its changelog topic that belongs to the task. Implemented by the runtime. Only
 * the records of stores that keep headers, or could, have some (P§6.3).
 */
export interface ChangelogWriter {
  /** Appends a record. The slices and headers are copied before it returns. `value` `null` = a tombstone; `headers` `null` = none. */
  write(key: ByteSlice, value: ByteSlice | null, timestamp: number, headers: RecordHeaders | null): void
}
