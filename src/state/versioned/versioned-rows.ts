import { assert } from '../../base/assert.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { VersionedRecord } from '../../model/versioned-record.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import type { VersionedBytes } from './versioned-bytes.ts'
import { IS_LATEST, NOT_PUT } from './versioned-key-value-store.ts'

/** What rows of versions are made of. */
export interface VersionedRowsParts<K, V> {
  readonly bytes: VersionedBytes
  readonly codec: RowCodec<K, V>
  /** `null`: logging is off. */
  readonly changelog: ChangelogWriter | null
  /** Told of a version that was too old to be put. */
  readonly onExpired: (timestamp: number) => void
}

/**
 * The versions of a store as values, for the operator that owns it: `get` finds the latest one, `getAsOf` looks into the past. There is
 * no cache and no scan, as in Java. What is too old to be put is in the changelog all the same, as in Java.
 */
export class VersionedRows<K, V> implements TypedRows<K, V> {
  readonly isCached = false
  /** Versions are not counted. */
  readonly rowCount = 0
  readonly #bytes: VersionedBytes
  readonly #codec: RowCodec<K, V>
  readonly #changelog: ChangelogWriter | null
  readonly #onExpired: (timestamp: number) => void
  readonly #found = new ByteSlice()

  constructor({ bytes, codec, changelog, onExpired }: VersionedRowsParts<K, V>) {
    this.#bytes = bytes
    this.#codec = codec
    this.#changelog = changelog
    this.#onExpired = onExpired
  }

  get foundTimestamp(): number {
    return this.#bytes.foundTimestamp
  }

  /** The end of the version that was found last, -1 of a latest one. */
  get foundValidTo(): number {
    return this.#bytes.foundValidTo
  }

  get(key: K): V | null {
    return this.#bytes.getLatest(this.#codec.writeKey(key), this.#found) ? this.#codec.readValue(this.#found) : null
  }

  peek(key: K): V | null {
    return this.get(key)
  }

  /** The value that held at `asOf`. */
  getAsOf(key: K, asOf: number): V | null {
    return this.#bytes.getAsOf(this.#codec.writeKey(key), asOf, this.#found) ? this.#codec.readValue(this.#found) : null
  }

  /** The versions that held at any time from `from` to `to`, both included, newest first. */
  between(key: K, from: number, to: number): VersionedRecord<V>[] {
    const found: VersionedRecord<V>[] = []
    this.#bytes.between(this.#codec.writeKey(key), from, to, (bytes, timestamp, validTo) => {
      // A version without a value is not given.
      const value = this.#codec.readValue(bytes) as V
      found.push({ value, timestamp, validTo: validTo === IS_LATEST ? null : validTo })
    })
    return found
  }

  /** Whether a version that starts at `timestamp` is too old to be put. */
  isExpired(timestamp: number): boolean {
    return this.#bytes.isExpired(timestamp)
  }

  put(key: K, value: V | null, timestamp: number): number {
    // Both are written before anything happens: a value that cannot be written leaves the store as it was.
    const row = value === null ? null : this.#codec.writeRow(value, timestamp)
    const keySlice = this.#codec.writeKey(key)
    const validTo = this.#bytes.put(keySlice, row, timestamp)
    if (validTo === NOT_PUT) this.#onExpired(timestamp)
    this.#changelog?.write(keySlice, row, timestamp, null)
    return validTo
  }

  scan(): RowCursor {
    assert(false, 'A versioned store has no scans')
  }

  setFlushListener(): void {
    assert(false, 'Only a cached store has a flush listener')
  }

  flush(): void {}

  drop(): void {
    this.#bytes.reset()
  }
}
