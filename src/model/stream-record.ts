import { hasNoHeaders, type RecordHeaders, recordHeaders } from '../record/record-headers.ts'

/**
 * A record whose key is fixed: what `processValues` sees. Made by the runtime only, so that what is forwarded has the key of a record
 * that came in.
 */
export interface FixedKeyRecord<out K, out V> {
  readonly key: K
  readonly value: V
  /** Milliseconds since 1970, not negative. */
  readonly timestamp: number
  readonly headers: RecordHeaders
  withValue<W>(value: W): FixedKeyRecord<K, W>
  withTimestamp(timestamp: number): FixedKeyRecord<K, V>
}

let adopt: (record: StreamRecord<unknown, unknown>, headers: RecordHeaders | null) => void
let peek: (record: StreamRecord<unknown, unknown>) => RecordHeaders | null

/**
 * A record as processors see it. Key, value and timestamp never change; the headers are mutable and belong to the record: the
 * constructor and the `with` methods copy them, and all children to which the same record is forwarded share them (P§15).
 *
 * ```ts
 * forward(new StreamRecord(record.key, record.value.length, record.timestamp))
 * ```
 */
export class StreamRecord<out K, out V> {
  static {
    adopt = (record, headers) => {
      record.#headers = headers
    }
    peek = (record) => record.#headers
  }

  readonly key: K
  readonly value: V
  /** Milliseconds since 1970, not negative. */
  readonly timestamp: number
  // Made when first asked for: most records have none, and nobody looks.
  #headers: RecordHeaders | null

  /** Throws `RangeError` for a negative timestamp. `headers` are copied; default none. */
  constructor(key: K, value: V, timestamp: number, headers?: RecordHeaders) {
    checkTimestamp(timestamp)
    this.key = key
    this.value = value
    this.timestamp = timestamp
    this.#headers = headers === undefined ? null : copied(headers)
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= recordHeaders())
  }

  withKey<L>(key: L): StreamRecord<L, V> {
    return streamRecord(key, this.value, this.timestamp, copied(this.#headers))
  }

  withValue<W>(value: W): StreamRecord<K, W> {
    return streamRecord(this.key, value, this.timestamp, copied(this.#headers))
  }

  /** Throws `RangeError` for a negative timestamp. */
  withTimestamp(timestamp: number): StreamRecord<K, V> {
    return streamRecord(this.key, this.value, timestamp, copied(this.#headers))
  }

  withHeaders(headers: RecordHeaders): StreamRecord<K, V> {
    return streamRecord(this.key, this.value, this.timestamp, copied(headers))
  }
}

/** Throws `RangeError` for a timestamp that no record can have. */
export function checkTimestamp(timestamp: number): void {
  if (!(timestamp >= 0)) throw new RangeError(`Cannot make a record: the timestamp is ${timestamp}, it may not be negative`)
}

/** As the constructor of `StreamRecord`, but the record takes `headers` over instead of copying them; `null` = none. */
export function streamRecord<K, V>(key: K, value: V, timestamp: number, headers: RecordHeaders | null): StreamRecord<K, V> {
  const record = new StreamRecord(key, value, timestamp)
  if (headers !== null) adopt(record, headers)
  return record
}

/** `record` with headers of its own. */
export function withOwnHeaders<K, V>(record: StreamRecord<K, V>): StreamRecord<K, V> {
  return streamRecord(record.key, record.value, record.timestamp, copied(peek(record)))
}

/** The record's headers object, or `null` while it has none: looking does not make one. */
export function headersOrNull(record: StreamRecord<unknown, unknown>): RecordHeaders | null {
  return peek(record)
}

/** `headers` copied, `null` where there are none to copy. */
export function copied(headers: RecordHeaders | null): RecordHeaders | null {
  if (headers === null || hasNoHeaders(headers)) return null
  let copy: RecordHeaders | null = null
  for (const { key, value } of headers) (copy ??= recordHeaders()).add(key, value)
  return copy
}
