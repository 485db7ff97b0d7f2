import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { ValueTimestampHeaders } from '../../model/value-timestamp-headers.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { RecordContext } from '../../record/record-context.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import type { ByteSlice } from '../byte-slice.ts'
import type { Entries, ScanOptions, StoreIterator } from '../key-value-store.ts'
import type { CachedRows } from '../layers/cached.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { StoreGuard } from '../store-guard.ts'
import { type ScanCount, ScanIterator } from '../scan-iterator.ts'
import { filteredCursor } from './filtered-cursor.ts'
import { noRows, rowsByTime, rowsOfKey } from './rows-of-key.ts'
import { compareKeyIn, segmentStart, startIn } from './window-key.ts'
import { segmentOf, type WindowLayout } from './window-layout.ts'
import type { RangeQuery, ReadOnlyWindowStore, WindowStore } from './window-store.ts'
import { WindowFetch } from './window-fetch.ts'
import { WindowRows } from './window-rows.ts'
import type { WindowTimes } from './window-times.ts'

/** What a typed window store is made of. */
export interface TypedWindowStoreParts<K, V> {
  readonly name: string
  readonly rows: TypedRows<Windowed<K>, V>
  /** The same rows where they have a cache. */
  readonly cached: CachedRows<Windowed<K>, V> | null
  readonly codec: RowCodec<Windowed<K>, V>
  /** The serde of the keys without their windows. */
  readonly key: FastSerde<K>
  readonly layout: WindowLayout
  readonly times: WindowTimes
  readonly record: Readonly<RecordContext>
  readonly scans: ScanCount
  /** Whether values are shown with their timestamps, as `ValueAndTimestamp`, in scans with headers where rows have some. Only for what reads. Default false. */
  readonly isStamped?: boolean | undefined
}

let windowRows: (store: TypedWindowStore<unknown, unknown>) => WindowRows<unknown, unknown>
let windowFetch: (store: TypedWindowStore<unknown, unknown>) => WindowFetch<unknown, unknown>
let peek: <K, V>(store: TypedWindowStore<K, V>, key: K, windowStart: number) => V | null

/** A window store as processors see it: checks what it is given. */
export class TypedWindowStore<K, V> implements WindowStore<K, V> {
  static {
    windowRows = (store) => new WindowRows({ ...store.#parts, scanAll: (from, to) => store.#cursor(from, to, false, null) })
    windowFetch = (store) => new WindowFetch(store.#parts)
    peek = (store, key, windowStart) => store.#fetchOne(key, windowStart, true)
  }

  readonly #parts: TypedWindowStoreParts<K, V>
  readonly #guard: StoreGuard
  #lastSequence = 0

  constructor(parts: TypedWindowStoreParts<K, V>) {
    this.#parts = parts
    this.#guard = new StoreGuard(parts.name)
  }

  put(key: K, value: V | null, windowStart: number): void {
    const { name, rows, layout, times, record } = this.#parts
    this.#guard.checkKey(key, 'put')
    this.#guard.checkValue(value)
    if (!Number.isSafeInteger(windowStart) || windowStart < 0) {
      throw new RangeError(
        `Cannot put a window that starts at ${windowStart} into store "${name}": required are whole milliseconds since 1970`,
      )
    }
    if (layout.retainsDuplicates) {
      // As in Java, `null` takes a number, too, and deletes nothing but is in the changelog.
      times.sequence = (times.sequence + 1) & 0x7fff_ffff
      times.writtenSequence = times.sequence
      if (value !== null) this.#lastSequence = times.sequence
    }
    rows.put(this.#windowed(key, windowStart), value, record.timestamp)
  }

  fetch(key: K, windowStart: number): V | null
  fetch(key: K, from: number, to: number, options?: ScanOptions): StoreIterator<readonly [windowStart: number, value: V]>
  fetch(key: K, from: number, to?: number, options?: ScanOptions): V | null | StoreIterator<readonly [windowStart: number, value: V]> {
    return to === undefined ? this.#fetchOne(key, from, false) : this.#fetchWindows(key, from, to, options?.reverse === true)
  }

  fetchRange(...[keyFrom, keyTo, from, to, options]: RangeQuery<K>): Entries<Windowed<K>, V> {
    const { codec, key } = this.#parts
    const first = keyFrom === null ? null : codec.keyBytes(keyFrom, key)
    const last = keyTo === null ? null : codec.keyBytes(keyTo, key)
    return this.#scan(from, to, options, (row) => {
      return (first === null || compareKeyIn(row, first) >= 0) && (last === null || compareKeyIn(row, last) <= 0)
    })
  }

  fetchAll(from: number, to: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.#scan(from, to, options, null)
  }

  /** From now on every call throws `STORE_CLOSED`. Iterators stay usable. */
  close(): void {
    this.#guard.close()
  }

  #fetchOne(key: K, windowStart: number, isPeeking: boolean): V | null {
    this.#guard.checkKey(key, 'fetch')
    this.#guard.checkTime(windowStart)
    // No window begins there, and none can be looked for.
    if (!Number.isSafeInteger(windowStart) || windowStart < 0) return null
    const { rows, times, layout } = this.#parts
    // Java's in-memory store looks for a row without a number, and there is none.
    if (layout.retainsDuplicates && layout.isExact) return null
    // Of several rows only the one that was put last can be found, as in Java.
    times.writtenSequence = this.#lastSequence
    const windowed = this.#windowed(key, windowStart)
    const value = isPeeking ? rows.peek(windowed) : rows.get(windowed)
    return value === null || this.#parts.isStamped !== true ? value : stamped(value, rows.foundTimestamp, null)
  }

  #fetchWindows(key: K, from: number, to: number, isReverse: boolean): StoreIterator<readonly [windowStart: number, value: V]> {
    this.#guard.checkKey(key, 'fetch')
    this.#guard.checkTime(from)
    this.#guard.checkTime(to)
    const { rows, codec, layout, scans, key: keySerde } = this.#parts
    const windows = { layout, key: codec.keyBytes(key, keySerde), from: Math.max(0, from), to }
    const cursor = windows.from > to ? noRows() : rowsOfKey((range) => rows.scan(range, false), windows, isReverse)
    return new ScanIterator(cursor, (row) => [startIn(row.key), this.#shown(row)], scans)
  }

  #scan(from: number, to: number, options: ScanOptions = {}, accepts: ((row: ByteSlice) => boolean) | null): Entries<Windowed<K>, V> {
    this.#guard.checkOpen()
    this.#guard.checkTime(from)
    this.#guard.checkTime(to)
    const { codec, scans } = this.#parts
    const cursor = this.#cursor(from, to, options.reverse === true, accepts)
    return new ScanIterator(cursor, (row) => [codec.readKey(row.key), this.#shown(row)], scans)
  }

  #shown({ value: row }: RowCursor): V {
    const { codec, isStamped } = this.#parts
    // Nothing but a nullable serde gives null here.
    const value = codec.readValue(row) as V
    return isStamped === true ? stamped(value, codec.readTimestamp(row), codec.readHeaders(row)) : value
  }

  /** `accepts` null: the rows of all keys, which time-ordered stores have in the order of time. */
  #cursor(from: number, to: number, isReverse: boolean, accepts: ((row: ByteSlice) => boolean) | null): RowCursor {
    const { rows, layout } = this.#parts
    const first = Math.max(0, from)
    const range = {
      from: segmentStart(segmentOf(layout, first)),
      to: to === Infinity ? null : segmentStart(segmentOf(layout, Math.max(0, to)) + 1),
      includesTo: to === Infinity,
    }
    const all = first > to ? noRows() : rows.scan(range, isReverse)
    const cursor = filteredCursor(all, (row) => {
      const start = startIn(row.key)
      return start >= first && start <= to && (accepts === null || accepts(row.key))
    })
    return layout.timeOrdered === 'index' && accepts === null ? rowsByTime(cursor, isReverse) : cursor
  }

  #windowed(key: K, start: number): Windowed<K> {
    return { key, window: { start, end: start + this.#parts.layout.sizeMs } }
  }
}

/** The store says that its values are shown so. */
function stamped<V>(value: V, timestamp: number, headers: RecordHeaders | null): V {
  const shown: ValueAndTimestamp<V> | ValueTimestampHeaders<V> = headers === null ? { value, timestamp } : { value, timestamp, headers }
  return shown as V
}

/**
 * A window store as those see it who are not part of its task: it shows what is not committed, too, and reading it moves nothing (see
 * `StoreView`).
 */
export class WindowStoreView<K, V> implements ReadOnlyWindowStore<K, V> {
  readonly #store: TypedWindowStore<K, V>

  constructor(store: TypedWindowStore<K, V>) {
    this.#store = store
  }

  fetch(key: K, windowStart: number): V | null
  fetch(key: K, from: number, to: number, options?: ScanOptions): StoreIterator<readonly [windowStart: number, value: V]>
  fetch(key: K, from: number, to?: number, options?: ScanOptions): V | null | StoreIterator<readonly [windowStart: number, value: V]> {
    return to === undefined ? peek(this.#store, key, from) : this.#store.fetch(key, from, to, options)
  }

  fetchRange(...query: RangeQuery<K>): Entries<Windowed<K>, V> {
    return this.#store.fetchRange(...query)
  }

  fetchAll(from: number, to: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.#store.fetchAll(from, to, options)
  }
}

/** What is behind a window store that a task opened; `null` for any other object. */
export function windowRowsOf<K, V>(store: unknown): WindowRows<K, V> | null {
  if (!(store instanceof TypedWindowStore)) return null
  return windowRows(store as TypedWindowStore<unknown, unknown>) as unknown as WindowRows<K, V>
}

/** Walks the windows of single keys in a window store that a task opened; `null` for any other object. */
export function windowFetchOf<K, V>(store: unknown): WindowFetch<K, V> | null {
  if (!(store instanceof TypedWindowStore)) return null
  return windowFetch(store as TypedWindowStore<unknown, unknown>) as unknown as WindowFetch<K, V>
}
