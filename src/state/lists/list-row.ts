import type { ByteSlice } from '../byte-slice.ts'

// A row is a list: a byte for the form of the list (1: items of any length), int32 number of items, and for each int32 length and its bytes
// (P§6.6). That is what Java's ListSerde writes for byte arrays.
const VARIABLE_SIZE = 1
const COUNT_AT = 1
const HEAD_BYTES = 5
const LENGTH_BYTES = 4

/** Writes the rows of a list store. The buffer that it gives is used again for the next row. */
export class ListRowWriter {
  #row: Buffer = Buffer.allocUnsafeSlow(256)

  /** The list of `row` (`null`: of none) and `item` behind it, in `into`. */
  append(row: ByteSlice | null, item: ByteSlice, into: ByteSlice): void {
    const kept = row === null ? HEAD_BYTES : row.length
    const length = kept + LENGTH_BYTES + item.length
    if (length > this.#row.length) this.#row = Buffer.allocUnsafeSlow(length * 2)
    const target = this.#row
    if (row === null) {
      target[0] = VARIABLE_SIZE
      target.writeInt32BE(1, COUNT_AT)
    } else {
      row.buffer.copy(target, 0, row.start, row.end)
      target.writeInt32BE(target.readInt32BE(COUNT_AT) + 1, COUNT_AT)
    }
    target.writeInt32BE(item.length, kept)
    item.buffer.copy(target, kept + LENGTH_BYTES, item.start, item.end)
    into.set(target, 0, length)
  }
}

/** Walks the items of a row. One object for many rows: `begin` sets it to the first item of one. */
export class ListItems {
  readonly #row: ByteSlice
  #position = 0
  #left = 0

  /** `row`: the slice that the rows will be in. */
  constructor(row: ByteSlice) {
    this.#row = row
  }

  /** How many are left. */
  get left(): number {
    return this.#left
  }

  begin(): void {
    const { buffer, start } = this.#row
    this.#left = buffer.readInt32BE(start + COUNT_AT)
    this.#position = start + HEAD_BYTES
  }

  /** Sets `into` to the next item; false if there is none left. Absent items, which Java would write as length -1, are passed over. */
  next(into: ByteSlice): boolean {
    const { buffer } = this.#row
    while (this.#left > 0) {
      this.#left--
      const length = buffer.readInt32BE(this.#position)
      this.#position += LENGTH_BYTES
      if (length < 0) continue
      into.set(buffer, this.#position, this.#position + length)
      this.#position += length
      return true
    }
    return false
  }
}
