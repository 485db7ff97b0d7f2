import { StoreError } from '../../base/errors.ts'
import type { VersionedRecord } from '../../model/versioned-record.ts'
import { IS_LATEST, type ReadOnlyVersionedKeyValueStore, type VersionedKeyValueStore } from './versioned-key-value-store.ts'
import type { VersionedRows } from './versioned-rows.ts'

let rowsBehind: (store: TypedVersionedStore<unknown, unknown>) => VersionedRows<unknown, unknown>

/** A versioned store as processors see it: checks what it is given. */
export class TypedVersionedStore<K, V> implements VersionedKeyValueStore<K, V> {
  static {
    rowsBehind = (store) => store.#rows
  }

  readonly #name: string
  readonly #rows: VersionedRows<K, V>
  #isOpen = true

  constructor(name: string, rows: VersionedRows<K, V>) {
    this.#name = name
    this.#rows = rows
  }

  get(key: K, asOf?: number): VersionedRecord<V> | null {
    this.#check(key, 'get')
    if (asOf === undefined) return this.#found(this.#rows.get(key))
    if (typeof asOf !== 'number' || Number.isNaN(asOf)) {
      throw new TypeError(`Cannot get from store "${this.#name}" as of ${asOf}: required is a number of milliseconds since 1970`)
    }
    return this.#found(this.#rows.getAsOf(key, asOf))
  }

  put(key: K, value: V | null, timestamp: number): number {
    this.#check(key, 'put')
    if (value === undefined) throw new TypeError(`Cannot put undefined into store "${this.#name}": give a value, or null to delete`)
    this.#checkTimestamp(timestamp)
    return this.#rows.put(key, value, timestamp)
  }

  delete(key: K, timestamp: number): VersionedRecord<V> | null {
    this.#check(key, 'delete')
    this.#checkTimestamp(timestamp)
    const present = this.#rows.isExpired(timestamp) ? null : this.#found(this.#rows.getAsOf(key, timestamp))
    this.#rows.put(key, null, timestamp)
    return present
  }

  /** From now on every call throws `STORE_CLOSED`. */
  close(): void {
    this.#isOpen = false
  }

  #found(value: V | null): VersionedRecord<V> | null {
    if (value === null) return null
    const { foundTimestamp: timestamp, foundValidTo: validTo } = this.#rows
    return { value, timestamp, validTo: validTo === IS_LATEST ? null : validTo }
  }

  #check(key: unknown, action: string): void {
    if (!this.#isOpen) {
      throw new StoreError(
        'STORE_CLOSED',
        `Cannot use store "${this.#name}": it is closed, use it only while the processor that it was given to is open`,
        { store: this.#name },
      )
    }
    if (key === null || key === undefined) {
      throw new TypeError(`Cannot ${action} in store "${this.#name}": the key is ${key}, a key is required`)
    }
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
}

/** The rows beneath a versioned store that a task opened: operators use them without the checks. `null` for any other object. */
export function versionedRowsOf<K, V>(store: unknown): VersionedRows<K, V> | null {
  if (!(store instanceof TypedVersionedStore)) return null
  return rowsBehind(store as TypedVersionedStore<unknown, unknown>) as unknown as VersionedRows<K, V>
}
