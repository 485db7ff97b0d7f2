import type { RecordHeaders } from '../record/record-headers.ts'
import type { ByteSlice } from './byte-slice.ts'

/** Where the changes of one store go: the partition of its changelog topic that belongs to the task. Implemented by the runtime. */
export interface ChangelogWriter {
  /** Appends a record. The slices are copied before it returns. `value` `null` = a tombstone; `headers` `null` = none. */
  write(key: ByteSlice, value: ByteSlice | null, timestamp: number, headers: RecordHeaders | null): void
}
