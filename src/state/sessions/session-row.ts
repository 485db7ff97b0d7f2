import { SEGMENT_BYTES } from '../windows/window-key.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { endIn, SESSION_SUFFIX_BYTES, sessionStartIn } from './session-key.ts'

/** A row that was found: its key and value as bytes of their own. */
export interface SessionRow {
  readonly key: ByteSlice
  readonly value: ByteSlice
}

/** A copy of the row of a cursor. */
export function copiedRow({ key, value }: RowCursor): SessionRow {
  return { key: new ByteSlice(key.copy()), value: new ByteSlice(value.copy()) }
}

/** Sorts rows as Java's in-memory store has them: by end, then by key, the latest start first. */
export function inExactOrder(rows: SessionRow[]): SessionRow[] {
  return rows.sort(({ key: left }, { key: right }) => {
    return endIn(left) - endIn(right) || compareKeys(left, right) || sessionStartIn(right) - sessionStartIn(left)
  })
}

function compareKeys(left: ByteSlice, right: ByteSlice): number {
  const [from, to] = [right.start + SEGMENT_BYTES, right.end - SESSION_SUFFIX_BYTES]
  return left.buffer.compare(right.buffer, from, to, left.start + SEGMENT_BYTES, left.end - SESSION_SUFFIX_BYTES)
}

/** A cursor over rows that were found. */
export class SessionRowCursor implements RowCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  readonly #rows: readonly SessionRow[]
  #next = 0

  constructor(rows: readonly SessionRow[]) {
    this.#rows = rows
  }

  next(): boolean {
    const row = this.#rows[this.#next++]
    if (row === undefined) return false
    this.key.set(row.key.buffer, row.key.start, row.key.end)
    this.value.set(row.value.buffer, row.value.start, row.value.end)
    return true
  }

  close(): void {
    this.#next = this.#rows.length
  }
}
