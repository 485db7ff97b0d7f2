import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
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
