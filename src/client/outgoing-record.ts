import type { RecordHeaders } from '../record/record-headers.ts'

/** ONE mutable object, reused by the caller for every record. */
export interface OutgoingRecord {
  timestamp: number
  bytes: Buffer
  /** The key is `[keyStart, keyEnd)` of `bytes`; both -1: no key. */
  keyStart: number
  keyEnd: number
  /** The value is `[valueStart, valueEnd)` of `bytes`; both -1: no value. */
  valueStart: number
  valueEnd: number
  headers: RecordHeaders | null
  /** Kept per record while the batch is open or in flight; given back in `FailedBatch`. */
  node: number
  sourcePartition: number
  sourceOffset: number
}
