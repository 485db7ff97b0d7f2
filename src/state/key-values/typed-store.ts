import type { RecordContext } from '../../record/record-context.ts'
import { type FastSerde, fastSerdeOf } from '../../serdes/fast-serde.ts'
import type { Serde } from '../../serdes/serde.ts'
import { allKeys, type KeyRange, prefixRange } from '../key-range.ts'
import type { ByteSlice } from '../byte-slice.ts'
import type { Entries, KeyValueStore, ScanOptions } from '../key-value-store.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import { storeBehind } from '../read-only-store.ts'
import { type ScanCount, ScanIterator } from '../scan-iterator.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { StoreGuard } from '../store-guard.ts'

/** What a store shows of a row: the value alone, or with its timestamp, or with its headers as well. */
export interface RowFace<V, X> {
  /** What is shown of a value. `row`: where it is read from, in a scan. */
  readonly show: (value: V, timestamp: number, row?: ByteSlice) => X
  /** The value in what was given. */
  readonly valueOf: (given: X) => V
  /** The timestamp to write with what was given. */
  readonly timestampOf: (given: X, record: Readonly<RecordContext>) => number
}

/** What a typed store is made of. */
export interface TypedStoreParts<K, V, X> {
  readonly name: string
  readonly rows: TypedRows<K, V>
  readonly codec: RowCodec<K, V>
  readonly face: RowFace<V, X>
  readonly record: Readonly<RecordContext>
  readonly scans: ScanCount
}

let rowsBehind: (store: TypedStore<unknown, unknown, unknown>) => TypedRows<unknown, unknown>
let peek: <K, X>(store: TypedStore<K, unknown, X>, key: K) => X | null

/** A key-value store as processors and queries see it: checks what it is given, and shows rows by its face. */
export class TypedStore<K, V, X> implements KeyValueStore<K, X> {
  static {
    rowsBehind = (store) => store.#rows
    peek = (store, key) => store.#peek(key)
  }

  readonly #rows: TypedRows<K, V>
  readonly #codec: RowCodec<K, V>
  readonly #face: RowFace<V, X>
  readonly #record: Readonly<RecordContext>
  readonly #scans: ScanCount
  readonly #guard: StoreGuard

  constructor({ name, rows, codec, face, record, scans }: TypedStoreParts<K, V, X>) {
    this.#guard = new StoreGuard(name)
    this.#rows = rows
    this.#codec = codec
    this.#face = face
    this.#record = record
    this.#scans = scans
  }

  get approximateNumEntries(): number {
    this.#guard.checkOpen()
    return this.#rows.rowCount
  }

  get(key: K): X | null {
    this.#guard.checkKey(key, 'get')
    const value = this.#rows.get(key)
    return value === null ? null : this.#face.show(value, this.#rows.foundTimestamp)
  }

  put(key: K, value: X | null): void {
    this.#guard.checkKey(key, 'put')
    this.#guard.checkValue(value)
    if (value === null) this.#rows.put(key, null, this.#record.timestamp)
    else this.#rows.put(key, this.#face.valueOf(value), this.#face.timestampOf(value, this.#record))
  }

  putIfAbsent(key: K, value: X): X | null {
    const present = this.get(key)
    if (present === null) this.put(key, value)
    return present
  }

  putAll(entries: Iterable<readonly [key: K, value: X | null]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): X | null {
    const present = this.get(key)
    this.put(key, null)
    return present
  }

  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, X> {
    const { key } = this.#codec
    return this.#scan(
      {
        from: from === null ? null : this.#codec.keyBytes(from, key),
        to: to === null ? null : this.#codec.keyBytes(to, key),
        includesTo: true,
      },
      options,
    )
  }

  all(options?: ScanOptions): Entries<K, X> {
    return this.#scan(allKeys, options)
  }

  prefixScan<P>(prefix: P, serde?: Serde<P>): Entries<K, X> {
    this.#guard.checkKey(prefix, 'scan')
    const writer = serde === undefined ? (this.#codec.key as unknown as FastSerde<P>) : fastSerdeOf(serde)
    return this.#scan(prefixRange(this.#codec.keyBytes(prefix, writer)))
  }

  /** From now on every call throws `STORE_CLOSED`. Iterators stay usable. */
  close(): void {
    this.#guard.close()
  }

  #peek(key: K): X | null {
    this.#guard.checkKey(key, 'get')
    const value = this.#rows.peek(key)
    return value === null ? null : this.#face.show(value, this.#rows.foundTimestamp)
  }

  #scan(range: KeyRange, options: ScanOptions = {}): Entries<K, X> {
    this.#guard.checkOpen()
    const codec = this.#codec
    const face = this.#face
    const read = ({ key, value }: RowCursor): readonly [K, X] => {
      // Nothing but a nullable serde gives null here.
      const shown = face.show(codec.readValue(value) as V, codec.readTimestamp(value), value)
      return [codec.readKey(key), shown]
    }
    return new ScanIterator(this.#rows.scan(range, options.reverse === true), read, this.#scans)
  }
}

/**
 * The rows beneath a store that a task opened, or that is global: operators use them without the checks. `null` for any other object.
 */
export function rowsOf<K, V>(given: unknown): TypedRows<K, V> | null {
  const store = storeBehind(given)
  if (!(store instanceof TypedStore)) return null
  return rowsBehind(store as TypedStore<unknown, unknown, unknown>) as unknown as TypedRows<K, V>
}

/** A row of `store`, looked at from outside of its task: the cache stays as it is. */
export function peekIn<K, X>(store: TypedStore<K, unknown, X>, key: K): X | null {
  return peek(store, key)
}
