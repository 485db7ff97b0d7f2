import type { VersionedRecord } from '../../model/versioned-record.ts'
import { StoreGuard } from '../store-guard.ts'
import { IS_LATEST, type ReadOnlyVersionedKeyValueStore, type VersionedKeyValueStore } from './versioned-key-value-store.ts'
import type { VersionedRows } from './versioned-rows.ts'

let versionsIn: <K, V>(store: TypedVersionedStore<K, V>, key: K, from: number, to: number) => VersionedRecord<V>[]
let rowsBehind: (store: TypedVersionedStore<unknown, unknown>) => VersionedRows<unknown, unknown>

/** A versioned store as processors see it: checks what it is given. */
export class TypedVersionedStore<K, V> implements VersionedKeyValueStore<K, V> {
  static {
    rowsBehind = (store) => store.#rows
    versionsIn = (store, key, from, to) => store.#versions(key, from, to)
  }

  readonly #name: string
  readonly #rows: VersionedRows<K, V>
  readonly #guard: StoreGuard

  constructor(name: string, rows: VersionedRows<K, V>) {
    this.#name = name
    this.#rows = rows
    this.#guard = new StoreGuard(name)
  }

  get(key: K, asOf?: number): VersionedRecord<V> | null {
    this.#guard.checkKey(key, 'get')
    if (asOf === undefined) return this.#found(this.#rows.get(key))
    if (typeof asOf !== 'number' || Number.isNaN(asOf)) {
      throw new TypeError(`Cannot get from store "${this.#name}" as of ${asOf}: required is a number of milliseconds since 1970`)
    }
    return this.#found(this.#rows.getAsOf(key, asOf))
  }

  put(key: K, value: V | null, timestamp: number): number {
    this.#guard.checkKey(key, 'put')
    this.#guard.checkValue(value)
    this.#checkTimestamp(timestamp)
    return this.#rows.put(key, value, timestamp)
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | null {
    this.#guard.checkKey(key, 'delete')
    this.#checkTimestamp(timestamp)
    const present = this.#rows.isExpired(timestamp) ? null : this.#found(this.#rows.getAsOf(key, timestamp))
    this.#rows.put(key, null, timestamp)
    return present
  }

  /** From now on every call throws `STORE_CLOSED`. */
  close(): void {
    this.#guard.close()
  }

  #versions(key: K, from: number, to: number): VersionedRecord<V>[] {
    this.#guard.checkKey(key, 'get')
    this.#guard.checkTime(from)
    this.#guard.checkTime(to)
    return this.#rows.between(key, from, to)
  }

  #found(value: V | null): VersionedRecord<V> | null {
    if (value === null) return null
    const { foundTimestamp: timestamp, foundValidTo: validTo } = this.#rows
    return { value, timestamp, validTo: validTo === IS_LATEST ? null : validTo }
  }

  #checkTimestamp(timestamp: number): void {
    const given: unknown = timestamp
    if (typeof given !== 'number') {
      throw new TypeError(`Cannot write to store "${this.#name}" at ${String(given)}: required is a number of milliseconds since 1970`)
    }
    if (!Number.isSafeInteger(timestamp) || timestamp < 0) {
      throw new RangeError(`Cannot write to store "${this.#name}" at ${timestamp}: required are whole milliseconds since 1970`)
    }
  }
}

/** A versioned store as those see it who are not part of its task (see `StoreView`). */
export class VersionedStoreView<K, V> implements ReadOnlyVersionedKeyValueStore<K, V> {
  readonly #store: TypedVersionedStore<K, V>

  constructor(store: TypedVersionedStore<K, V>) {
    this.#store = store
  }

  get(key: K, asOf?: number): VersionedRecord<V> | null {
    return this.#store.get(key, asOf)
  }

  /** The versions of a key that held at any time from `from` to `to`, both included, newest first. */
  versions(key: K, from: number, to: number): readonly VersionedRecord<V>[] {
    return versionsIn(this.#store, key, from, to)
  }
}

/** The rows beneath a versioned store that a task opened: operators use them without the checks. `null` for any other object. */
export function versionedRowsOf<K, V>(store: unknown): VersionedRows<K, V> | null {
  if (!(store instanceof TypedVersionedStore)) return null
  return rowsBehind(store as TypedVersionedStore<unknown, unknown>) as unknown as VersionedRows<K, V>
}
