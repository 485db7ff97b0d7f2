import { ByteSlice, compareTo } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { compareKeyIn, compareTimes, firstRow, lastRow, segmentIn } from './window-key.ts'
import { segmentOf, type WindowLayout } from './window-layout.ts'

/** The windows of one key. Both times are included; `from` is not negative. */
export interface KeyWindows {
  readonly layout: WindowLayout
  readonly key: Buffer
  readonly from: number
  readonly to: number
}

/** Gives the rows in a range, ascending. */
export type ScanRows = (range: KeyRange) => RowCursor

/**
 * The rows of one key, in order of their windows. They are found segment by segment, skipping the other keys, and copied: a cursor over
 * them sees what was there when it was made.
 */
export function rowsOfKey(scan: ScanRows, windows: KeyWindows, isReverse: boolean): RowCursor {
  const rows: FoundRow[] = []
  let from: Buffer | null = firstRow(segmentOf(windows.layout, windows.from), windows.key, windows.from)
  while (from !== null) {
    const cursor = scan({ from, to: null, includesTo: true })
    from = takeRows(cursor, windows, rows)
    cursor.close()
  }
  return new FoundRows(isReverse ? rows.reverse() : rows)
}

/** A cursor over nothing. */
export function noRows(): RowCursor {
  return new FoundRows([])
}

/** The rows of `cursor` in the order of their windows' starts, then of their keys. They are copied. */
export function rowsByTime(cursor: RowCursor, isReverse: boolean): RowCursor {
  const rows: FoundRow[] = []
  while (cursor.next()) rows.push({ key: cursor.key.copy(), value: cursor.value.copy() })
  cursor.close()
  const [one, other] = [new ByteSlice(), new ByteSlice()]
  rows.sort((left, right) => {
    one.set(left.key, 0, left.key.length)
    other.set(right.key, 0, right.key.length)
    return compareTimes(one, other)
  })
  return new FoundRows(isReverse ? rows.reverse() : rows)
}

interface FoundRow {
  readonly key: Buffer
  readonly value: Buffer
}

/** Takes the rows of the key from one segment. Returns where to go on, `null` after the last one. */
function takeRows(cursor: RowCursor, { layout, key, from, to }: KeyWindows, rows: FoundRow[]): Buffer | null {
  let segment = -1
  let first: Buffer = key
  let last: Buffer = key
  while (cursor.next()) {
    const current = segmentIn(cursor.key)
    if (current !== segment) {
      if (to !== Infinity && current > segmentOf(layout, to)) return null
      if (segment >= 0) return firstRow(current, key, from)
      segment = current
      first = firstRow(segment, key, from)
      last = lastRow(segment, key, to)
    }
    if (compareTo(cursor.key, first, 0, first.length) < 0) return first
    if (compareTo(cursor.key, last, 0, last.length) > 0) return firstRow(segment + 1, key, from)
    // Between the rows of a key there can be those of longer keys that begin with its bytes.
    if (compareKeyIn(cursor.key, key) === 0) rows.push({ key: cursor.key.copy(), value: cursor.value.copy() })
  }
  return null
}

class FoundRows implements RowCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  readonly #rows: readonly FoundRow[]
  #next = 0

  constructor(rows: readonly FoundRow[]) {
    this.#rows = rows
  }

  next(): boolean {
    const row = this.#rows[this.#next++]
    if (row === undefined) return false
    this.key.set(row.key, 0, row.key.length)
    this.value.set(row.value, 0, row.value.length)
    return true
  }

  close(): void {
    this.#next = this.#rows.length
  }
}
