import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { ValueTimestampHeaders } from '../../model/value-timestamp-headers.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowFace } from './typed-store.ts'

/** Shows values alone. What is written gets the timestamp of the record in hand; in a punctuator, of the punctuation (design 7). */
export function valueFace<V>(): RowFace<V, V> {
  return {
    show: (value) => value,
    valueOf: (given) => given,
    timestampOf: (_given, record) => record.timestamp,
  }
}

/** Shows values with their timestamps. */
export function timestampedFace<V>(): RowFace<V, ValueAndTimestamp<V>> {
  return {
    show: (value, timestamp) => ({ value, timestamp }),
    valueOf: ({ value }) => value,
    timestampOf: ({ timestamp }) => timestamp,
  }
}

/** Shows values with their timestamps and headers, which go through `codec`: it has those of the row that was read last or is written next. */
export function headersFace<V>(codec: RowCodec<unknown, unknown>): RowFace<V, ValueTimestampHeaders<V>> {
  return {
    show: (value, timestamp, row) => {
      const headers = row === undefined ? codec.foundHeaders : codec.readHeaders(row)
      return { value, timestamp, headers: headers ?? recordHeaders() }
    },
    valueOf: ({ value, headers }) => {
      codec.headers = headers
      return value
    },
    timestampOf: ({ timestamp }) => timestamp,
  }
}
