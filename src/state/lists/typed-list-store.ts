import type { RecordContext } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import { allKeys } from '../key-range.ts'
import type { LoggedBytesStore } from '../layers/change-logged.ts'
import type { RowCodec } from '../row-codec.ts'
import type { ScanCount } from '../scan-iterator.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { StoreGuard } from '../store-guard.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import { ListItems, ListRowWriter } from './list-row.ts'

/** What a typed list store is made of. */
export interface TypedListStoreParts<K, V> {
  readonly name: string
  readonly rows: LoggedBytesStore
  readonly codec: RowCodec<K, V>
  readonly times: WindowTimes
  readonly record: Readonly<RecordContext>
  readonly scans: ScanCount
}

/**
 * A store with a list of values under each key: what left and outer joins of streams keep until it is known that nothing joins (P§6.6).
 * Each change writes the whole list to the store and its changelog. `times.operatorTime` is for the operator that owns the store.
 */
export class TypedListStore<K, V> {
  readonly times: WindowTimes
  readonly #parts: TypedListStoreParts<K, V>
  readonly #writer = new ListRowWriter()
  readonly #found = new ByteSlice()
  readonly #row = new ByteSlice()
  readonly #guard: StoreGuard

  constructor(parts: TypedListStoreParts<K, V>) {
    this.#parts = parts
    this.times = parts.times
    this.#guard = new StoreGuard(parts.name)
  }

  /** Adds `value` to the end of the list of `key`. */
  append(key: K, value: V): void {
    this.#guard.checkOpen()
    const { rows, codec, record } = this.#parts
    // Both are written before anything happens: what cannot be written leaves the store as it was.
    const item = codec.writeRow(value, -1)
    const keySlice = codec.writeKey(key)
    const found = rows.get(keySlice, this.#found) ? this.#found : null
    this.#writer.append(found, item, this.#row)
    rows.put(keySlice, this.#row, record.timestamp)
  }

  /** Removes the list of `key`. Writes a tombstone even if there is none. */
  delete(key: K): void {
    this.#guard.checkOpen()
    const { rows, codec, record } = this.#parts
    rows.put(codec.writeKey(key), null, record.timestamp)
  }

  /** Removes the list of `key` if there is one. */
  deleteIfPresent(key: K): void {
    this.#guard.checkOpen()
    const { rows, codec, record } = this.#parts
    const keySlice = codec.writeKey(key)
    if (rows.get(keySlice, this.#found)) rows.put(keySlice, null, record.timestamp)
  }

  /** All lists as they are now, in order of their keys. Close it. */
  lists(): ListCursor<K, V> {
    this.#guard.checkOpen()
    const { rows, codec, scans } = this.#parts
    return new ListCursor(rows.scan(allKeys, false), codec, scans)
  }

  /** Every value with its key, in order of the keys, and within a key in order of adding: for tests and tools. */
  *all(): IterableIterator<readonly [key: K, value: V]> {
    const lists = this.lists()
    try {
      while (lists.next()) {
        for (let value = lists.nextValue(); value !== null; value = lists.nextValue()) yield [lists.key, value]
      }
    } finally {
      lists.close()
    }
  }

  /** The number of keys. */
  get approximateNumEntries(): number {
    this.#guard.checkOpen()
    return this.#parts.rows.rowCount
  }

  /** From now on every call throws `STORE_CLOSED`. */
  close(): void {
    this.#guard.close()
  }
}

/** Walks the lists of a store, and the values of each. It sees them as they were when it was made, whatever is written meanwhile. */
export class ListCursor<K, V> {
  readonly #cursor: RowCursor
  readonly #codec: RowCodec<K, V>
  readonly #scans: ScanCount
  readonly #items: ListItems
  readonly #item = new ByteSlice()
  #key: K | null = null
  #isOpen = true

  constructor(cursor: RowCursor, codec: RowCodec<K, V>, scans: ScanCount) {
    this.#cursor = cursor
    this.#codec = codec
    this.#scans = scans
    this.#row = new ByteSlice()
    this.#items = new ListItems(this.#row)
    scans.openScans++
  }

  readonly #row: ByteSlice

  /** Moves to the next key; false if there is none left. */
  next(): boolean {
    if (!this.#isOpen || !this.#cursor.next()) return false
    const { key, value } = this.#cursor
    this.#key = this.#codec.readKey(key)
    this.#row.set(value.buffer, value.start, value.end)
    this.#items.begin()
    return true
  }

  /** The current key. */
  get key(): K {
    return this.#key as K
  }

  /** How many values of the current key `nextValue` has not given yet. */
  get valuesLeft(): number {
    return this.#items.left
  }

  /** Moves to the next value of the current key; `null` if there is none left. */
  nextValue(): V | null {
    return this.#items.next(this.#item) ? this.#codec.readValue(this.#item) : null
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#scans.openScans--
    this.#cursor.close()
  }
}
