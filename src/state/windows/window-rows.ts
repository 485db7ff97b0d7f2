import type { Windowed } from '../../model/windowed.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import type { CachedRows } from '../layers/cached.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { rowsOfKey } from './rows-of-key.ts'
import { segmentStart, startIn } from './window-key.ts'
import type { WindowLayout } from './window-layout.ts'
import type { WindowTimes } from './window-times.ts'

/** A window that a store has. */
export interface FoundWindow<out V> {
  readonly start: number
  /** `null` only where the serde is nullable. */
  readonly value: V | null
  /** The greatest timestamp of its records. */
  readonly timestamp: number
}

/** What the rows of an operator's window store are read from. */
export interface WindowRowsParts<K, V> {
  readonly rows: TypedRows<Windowed<K>, V>
  /** The same rows where they have a cache. */
  readonly cached: CachedRows<Windowed<K>, V> | null
  readonly codec: RowCodec<Windowed<K>, V>
  readonly key: FastSerde<K>
  readonly layout: WindowLayout
  readonly times: WindowTimes
  /** The rows of all keys whose window begins in a range of time, in Java's order. */
  readonly scanAll: (from: number, to: number) => RowCursor
}

/** What an operator sees of the window store that it owns: rows without checks, and the times that are kept with them. */
export class WindowRows<K, V> {
  readonly rows: TypedRows<Windowed<K>, V>
  readonly times: WindowTimes
  readonly #parts: WindowRowsParts<K, V>

  constructor(parts: WindowRowsParts<K, V>) {
    this.rows = parts.rows
    this.times = parts.times
    this.#parts = parts
  }

  /**
   * The windows of `key` that begin from `from` to `to`, both included, as they are now: what is written while they are walked does not
   * change them. `from` is not negative.
   */
  windowsOf(key: K, range: { readonly from: number; readonly to: number; readonly isReverse: boolean }): FoundWindows<V> {
    const { rows, codec, layout, key: serde, cached } = this.#parts
    const windows = { layout, key: codec.keyBytes(key, serde), from: range.from, to: range.to }
    const cursor = rowsOfKey((scanned) => rows.scan(scanned, false), windows, range.isReverse)
    const found: FoundWindow<V>[] = []
    while (cursor.next()) {
      found.push({ start: startIn(cursor.key), value: codec.readValue(cursor.value), timestamp: codec.readTimestamp(cursor.value) })
    }
    return new FoundWindows(found, cached === null ? null : (start) => cached.use({ key, window: { start, end: start + layout.sizeMs } }))
  }

  /** Calls `visit` for the windows of all keys that begin from `from` to `to`, both included, in Java's order. */
  visitAll(from: number, to: number, visit: (key: Windowed<K>, value: V | null, timestamp: number) => void): void {
    const { codec, scanAll } = this.#parts
    this.#useCached(from, to)
    const cursor = scanAll(from, to)
    while (cursor.next()) visit(codec.readKey(cursor.key), codec.readValue(cursor.value), codec.readTimestamp(cursor.value))
    cursor.close()
  }

  /** Java's iterators use the entries of the cache that they come by: by time up to the first one that is too late, else all of them. */
  #useCached(from: number, to: number): void {
    const { cached, layout } = this.#parts
    if (cached === null) return
    if (layout.timeOrdered === 'no') {
      cached.useRange({ from: null, to: null, includesTo: true }, () => false)
      return
    }
    const segmentEnd = (Math.trunc(to / layout.segmentMs) + 1) * layout.segmentMs
    cached.useRange({ from: segmentStart(from), to: segmentStart(segmentEnd), includesTo: false }, (key) => startIn(key) > to)
  }
}

/** Windows of one key, to be walked once. */
export class FoundWindows<V> {
  readonly #windows: readonly FoundWindow<V>[]
  /** Counts a use of the window that begins there; whether the cache has it. `null`: there is no cache. */
  readonly #use: ((start: number) => boolean) | null
  #next = 0
  #nextUse = 0

  constructor(windows: readonly FoundWindow<V>[], use: ((start: number) => boolean) | null) {
    this.#windows = windows
    this.#use = use
  }

  /** The next window, `null` after the last one. */
  next(): FoundWindow<V> | null {
    if (this.#use !== null) this.#useNext(this.#use)
    return this.#windows[this.#next++] ?? null
  }

  /** Java looks at the next entry of the cache before it gives a row of the store. */
  #useNext(use: (start: number) => boolean): void {
    if (this.#nextUse > this.#next) return
    this.#nextUse = this.#next
    while (this.#nextUse < this.#windows.length) if (use(this.#windows[this.#nextUse++]!.start)) return
  }
}
