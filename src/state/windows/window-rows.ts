import type { Windowed } from '../../model/windowed.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import { type ByteSlice, compareSlices } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { CachedRows } from '../layers/cached.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { type KeyWindows, rowsOfKey } from './rows-of-key.ts'
import { compareKeyIn, compareTimes, firstRow, lastRow, segmentStart, startIn } from './window-key.ts'
import { segmentOf, type WindowLayout } from './window-layout.ts'
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
      found.push({ start: startIn(cursor.key), value: codec.readValue(cursor.value), timestamp: this.#timestampOf(cursor) })
    }
    cursor.close()
    if (cached === null) return new FoundWindows(found, null)
    return new FoundWindows(found, useNextOf(cached, windows, found, range.isReverse))
  }

  /** Calls `visit` for the windows of all keys that begin from `from` to `to`, both included, in Java's order. */
  visitAll(from: number, to: number, visit: (key: Windowed<K>, value: V | null, timestamp: number) => void): void {
    const { codec, scanAll, cached, layout } = this.#parts
    const passed = cached === null ? null : new PassedEntries({ cached, codec, layout, from, to })
    const cursor = scanAll(from, to)
    while (cursor.next()) {
      passed?.comeTo(cursor.key)
      visit(codec.readKey(cursor.key), codec.readValue(cursor.value), this.#timestampOf(cursor))
    }
    passed?.comeTo(null)
    cursor.close()
  }

  /** Where rows have no timestamps a cache still knows those of its own, as Java's does. */
  #timestampOf(cursor: RowCursor): number {
    const { codec, cached } = this.#parts
    if (cached === null || codec.hasTimestamps) return codec.readTimestamp(cursor.value)
    cached.peek(codec.readKey(cursor.key))
    return cached.foundTimestamp
  }
}

/**
 * The entries of a cache that a Java iterator over the windows of all keys comes by. It uses them as it goes: up to the next one that is in
 * the range, before it gives a row; in order of time up to the first one that is too late, else all of them.
 */
class PassedEntries<K, V> {
  readonly #times: TimesInCache<K, V>
  readonly #walk: () => ByteSlice | null
  /** The entry that was used last, until the rows have come to it. */
  #next: ByteSlice | null = null
  #isAtEnd = false

  constructor(times: TimesInCache<K, V>) {
    this.#times = times
    // By segment and key, as an index is read, the rows are not in the order of time.
    this.#walk = times.layout.timeOrdered === 'index' ? walkByTime(times) : times.cached.walk(rangeOfTimes(times), false)
  }

  /** The row of that key is given next; `null`: none is any more. */
  comeTo(key: ByteSlice | null): void {
    for (;;) {
      this.#next ??= this.#useNext()
      if (this.#next === null) return
      const order = key === null ? -1 : this.#compare(this.#next, key)
      if (order > 0) return
      this.#next = null
      if (order === 0) return
      // A deletion: no row is given.
    }
  }

  #useNext(): ByteSlice | null {
    const { from, to, layout } = this.#times
    while (!this.#isAtEnd) {
      const key = this.#walk()
      const start = key === null ? Infinity : startIn(key)
      this.#isAtEnd = key === null || (start > to && layout.timeOrdered !== 'no')
      if (start >= from && start <= to && !this.#isAtEnd) return key
    }
    return null
  }

  #compare(left: ByteSlice, right: ByteSlice): number {
    return this.#times.layout.timeOrdered === 'index' ? compareTimes(left, right) : compareSlices(left, right)
  }
}

/** The windows of a cache that begin from `from` to `to`, both included. */
interface TimesInCache<K, V> {
  readonly cached: CachedRows<Windowed<K>, V>
  readonly codec: RowCodec<Windowed<K>, V>
  readonly layout: WindowLayout
  readonly from: number
  readonly to: number
}

/** Where Java looks in the cache for the windows of all keys: everywhere, but in the segments of the times where rows are ordered by time. */
function rangeOfTimes({ layout, from, to }: Pick<TimesInCache<unknown, unknown>, 'layout' | 'from' | 'to'>): KeyRange {
  if (layout.timeOrdered === 'no') return { from: null, to: null, includesTo: true }
  const segmentEnd = (Math.trunc(to / layout.segmentMs) + 1) * layout.segmentMs
  return { from: segmentStart(segmentOf(layout, from)), to: segmentStart(segmentOf(layout, segmentEnd)), includesTo: false }
}

function walkByTime<K, V>(times: TimesInCache<K, V>): () => ByteSlice | null {
  const { cached, codec, from } = times
  const keys = cached.keysIn(rangeOfTimes(times)).filter((key) => startIn(key) >= from)
  keys.sort(compareTimes)
  let next = 0
  return () => {
    while (next < keys.length) {
      const key = keys[next++]!
      if (cached.use(codec.readKey(key))) return key
    }
    return null
  }
}

/** What `useNextOf` needs of a cache. */
type Walkable = Pick<CachedRows<unknown, unknown>, 'walk'>

/** Uses entries of a cache as a Java iterator does, up to the next one that is a window of the key. Returns its start, `null` after the last. */
type UseNext = () => number | null

function useNextOf(cached: Walkable, windows: KeyWindows, found: readonly FoundWindow<unknown>[], isReverse: boolean): UseNext {
  const { key } = windows
  const ranges = windows.layout.isExact ? [rangeOfAll(windows)] : rangesOfSegments(windows, isReverse)
  // The iterator passes over entries of deleted windows and of other keys, and those that are too early.
  const starts = new Set(found.map(({ start }) => start))
  let next = 0
  let walk: (() => ByteSlice | null) | null = null
  return () => {
    for (;;) {
      if (walk === null && next === ranges.length) return null
      walk ??= cached.walk(ranges[next++]!, isReverse)
      for (let row = walk(); row !== null; row = walk()) {
        const start = startIn(row)
        if (starts.has(start) && compareKeyIn(row, key) === 0) return start
      }
      walk = null
    }
  }
}

/** Of an in-memory store the iterator comes by all entries that are not later than the range. */
function rangeOfAll({ layout, key, to }: KeyWindows): KeyRange {
  return { from: firstRow(0, key, 0), to: lastRow(segmentOf(layout, to), key, to), includesTo: true }
}

/** Of a persistent store it comes by those of the key, segment by segment; backwards to where the segment begins. */
function rangesOfSegments({ layout, key, from, to }: KeyWindows, isReverse: boolean): KeyRange[] {
  const { segmentMs } = layout
  const ranges: KeyRange[] = []
  for (let segment = segmentOf(layout, from); segment <= segmentOf(layout, to); segment++) {
    const begin = isReverse ? segment * segmentMs : Math.max(from, segment * segmentMs)
    const end = Math.min(to, (segment + 1) * segmentMs - 1)
    ranges.push({ from: firstRow(segment, key, begin), to: lastRow(segment, key, end), includesTo: true })
  }
  return isReverse ? ranges.reverse() : ranges
}

/** Windows of one key, to be walked once. */
export class FoundWindows<V> {
  readonly #windows: readonly FoundWindow<V>[]
  /** `null`: there is no cache. */
  readonly #useNext: UseNext | null
  #next = 0
  /** The start of the window of the cache that was used last and is not given yet; `null` after the last. */
  #used: number | null = -1

  constructor(windows: readonly FoundWindow<V>[], useNext: UseNext | null) {
    this.#windows = windows
    this.#useNext = useNext
  }

  /** The next window, `null` after the last one. */
  next(): FoundWindow<V> | null {
    // Java looks at the next entry of the cache before it gives a row of the store.
    if (this.#useNext !== null && this.#used === -1) this.#used = this.#useNext()
    const window = this.#windows[this.#next++] ?? null
    if (window !== null && window.start === this.#used) this.#used = -1
    return window
  }
}
