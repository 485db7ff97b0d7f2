import { assert } from '../../base/assert.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { IS_LATEST } from '../versioned/versioned-key-value-store.ts'
import type { LoggedBytesStore } from './change-logged.ts'
import type { TypedRows } from './typed-rows.ts'

/** Rows as values over rows as bytes. */
export function withSerdes<K, V>(store: LoggedBytesStore, codec: RowCodec<K, V>): TypedRows<K, V> {
  return new Serialized(store, codec)
}

class Serialized<K, V> implements TypedRows<K, V> {
  readonly isCached = false
  foundTimestamp = -1
  readonly #store: LoggedBytesStore
  readonly #codec: RowCodec<K, V>
  readonly #found = new ByteSlice()

  constructor(store: LoggedBytesStore, codec: RowCodec<K, V>) {
    this.#store = store
    this.#codec = codec
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  get(key: K): V | null {
    const found = this.#found
    if (!this.#store.get(this.#codec.writeKey(key), found)) return null
    this.foundTimestamp = this.#codec.readTimestamp(found)
    return this.#codec.readValue(found)
  }

  peek(key: K): V | null {
    return this.get(key)
  }

  put(key: K, value: V | null, timestamp: number): number {
    // Both are written before anything happens: a value that cannot be written leaves the store as it was.
    const row = value === null ? null : this.#codec.writeRow(value, timestamp)
    this.#store.put(this.#codec.writeKey(key), row, timestamp)
    return IS_LATEST
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    return this.#store.scan(range, isReverse)
  }

  setFlushListener(): void {
    assert(false, 'Only a cached store has a flush listener')
  }

  flush(): void {}

  drop(): void {}
}
