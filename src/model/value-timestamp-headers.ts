import type { RecordHeaders } from '../record/record-headers.ts'
import type { ValueAndTimestamp } from './value-and-timestamp.ts'

/** A value of a store together with the time from which it holds and the headers that it came with (KIP-1271). */
export interface ValueTimestampHeaders<out V> extends ValueAndTimestamp<V> {
  readonly headers: RecordHeaders
}
