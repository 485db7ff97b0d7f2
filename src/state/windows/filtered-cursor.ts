import type { ByteSlice } from '../byte-slice.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'

/** The rows of `cursor` for which `accepts` holds. */
export function filteredCursor(cursor: RowCursor, accepts: (row: RowCursor) => boolean): RowCursor {
  return new FilteredCursor(cursor, accepts)
}

class FilteredCursor implements RowCursor {
  readonly #cursor: RowCursor
  readonly #accepts: (row: RowCursor) => boolean

  constructor(cursor: RowCursor, accepts: (row: RowCursor) => boolean) {
    this.#cursor = cursor
    this.#accepts = accepts
  }

  get key(): ByteSlice {
    return this.#cursor.key
  }

  get value(): ByteSlice {
    return this.#cursor.value
  }

  next(): boolean {
    while (this.#cursor.next()) if (this.#accepts(this.#cursor)) return true
    return false
  }

  close(): void {
    this.#cursor.close()
  }
}
