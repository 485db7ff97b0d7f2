import { StoreError } from '../../base/errors.ts'
import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { Entries, KeyValueStore, ReadOnlyKeyValueStore, ScanOptions, StoreIterator } from '../key-value-store.ts'
import type { ReadOnlyVersionedKeyValueStore, VersionedKeyValueStore } from '../versioned/versioned-key-value-store.ts'
import type { StoreKind } from '../store-spec.ts'

/**
 * What the handle of a table shows of the table's store: values alone, also where the store was described to show their timestamps, or
 * keeps versions (design 7). `now`: the time of what is written. Stores of other kinds are given back as they are.
 */
export function tableFace(kind: StoreKind | undefined, store: unknown, now: () => number): unknown {
  if (kind === 'timestamped') return new TableFace(store as KeyValueStore<unknown, ValueAndTimestamp<unknown>>, now)
  if (kind === 'versioned') return new VersionedTableFace(store as VersionedKeyValueStore<unknown, unknown>, now)
  return store
}

/** As `tableFace` for a store that is only read. */
export function tableView(kind: StoreKind | undefined, store: unknown): unknown {
  return tableFace(kind, store, () => 0)
}

/** A store whose values have timestamps, without them. */
class TableFace<K, V> implements KeyValueStore<K, V> {
  readonly #store: KeyValueStore<K, ValueAndTimestamp<V>>
  readonly #now: () => number

  constructor(store: KeyValueStore<K, ValueAndTimestamp<V>>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  get approximateNumEntries(): number {
    return this.#store.approximateNumEntries
  }

  get(key: K): V | null {
    return valueIn(this.#store.get(key))
  }

  put(key: K, value: V | null): void {
    this.#store.put(key, value === null ? null : { value, timestamp: this.#now() })
  }

  putIfAbsent(key: K, value: V): V | null {
    return valueIn(this.#store.putIfAbsent(key, { value, timestamp: this.#now() }))
  }

  putAll(entries: Iterable<readonly [key: K, value: V | null]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): V | null {
    return valueIn(this.#store.delete(key))
  }

  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, V> {
    return new Values(this.#store.range(from, to, options))
  }

  all(options?: ScanOptions): Entries<K, V> {
    return new Values(this.#store.all(options))
  }

  prefixScan<P>(prefix: P | K, serde?: Serde<P>): Entries<K, V> {
    // One of two overloads: with a serde the prefix is a P, without one a key.
    const store: ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>> = this.#store
    return new Values(serde === undefined ? store.prefixScan(prefix as K) : store.prefixScan(prefix as P, serde))
  }
}

/** A store of versions as a table: the latest values. It cannot be scanned, as the store. */
class VersionedTableFace<K, V> implements KeyValueStore<K, V> {
  readonly #store: VersionedKeyValueStore<K, V> & ReadOnlyVersionedKeyValueStore<K, V>
  readonly #now: () => number

  constructor(store: VersionedKeyValueStore<K, V>, now: () => number) {
    this.#store = store
    this.#now = now
  }

  get approximateNumEntries(): number {
    throw noScan('count')
  }

  get(key: K): V | null {
    return this.#store.get(key)?.value ?? null
  }

  put(key: K, value: V | null): void {
    this.#store.put(key, value, this.#now())
  }

  putIfAbsent(key: K, value: V): V | null {
    const present = this.get(key)
    if (present === null) this.put(key, value)
    return present
  }

  putAll(entries: Iterable<readonly [key: K, value: V | null]>): void {
    for (const [key, value] of entries) this.put(key, value)
  }

  delete(key: K): V | null {
    const present = this.get(key)
    this.put(key, null)
    return present
  }

  range(): Entries<K, V> {
    throw noScan('scan')
  }

  all(): Entries<K, V> {
    throw noScan('scan')
  }

  prefixScan(): Entries<K, V> {
    throw noScan('scan')
  }
}

function noScan(action: string): StoreError {
  return new StoreError(
    'STORE_NOT_SCANNABLE',
    `Cannot ${action} the rows of a table: its store keeps versions, of which only single keys can be read; keep a mapped table in a key-value store to scan it`,
  )
}

function valueIn<V>(found: ValueAndTimestamp<V> | null): V | null {
  return found === null ? null : found.value
}

/** A scan without timestamps. */
class Values<K, V> implements StoreIterator<readonly [key: K, value: V]> {
  readonly #scan: Entries<K, ValueAndTimestamp<V>>

  constructor(scan: Entries<K, ValueAndTimestamp<V>>) {
    this.#scan = scan
  }

  next(): IteratorResult<readonly [key: K, value: V], undefined> {
    const step = this.#scan.next()
    return step.done === true ? step : { done: false, value: [step.value[0], step.value[1].value] }
  }

  close(): void {
    this.#scan.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  *[Symbol.iterator](): Iterator<readonly [key: K, value: V]> {
    try {
      for (let step = this.next(); step.done !== true; step = this.next()) yield step.value
    } finally {
      this.close()
    }
  }
}
