import type { ByteSlice } from '../../byte-slice.ts'
import { isEmptyRange, type KeyRange } from '../../key-range.ts'
import type { NativeRange } from './rocksdb-binding.ts'

// All stores of all tasks are in one database. A key begins with the number of its store and a byte that says what the row is. Number 0 is
// the catalog: `format`, and for each store its task and name, with the number as value.

/** Bytes in front of the key of a row. */
export const PREFIX_BYTES = 5
const NUMBER_BYTES = 4
const META = 0
const MARK = 1
const ROW = 2
const AFTER_ROWS = 3

/** The number of the first store. */
export const FIRST_STORE = 1

function keyOf(number: number, sort: number): Buffer {
  const key = Buffer.allocUnsafeSlow(PREFIX_BYTES)
  key.writeUInt32BE(number)
  key[NUMBER_BYTES] = sort
  return key
}

/** Where the version of the layout is. */
export const formatKey: Buffer = keyOf(0, META)

/** Where the stores are listed. */
export const catalogRange: NativeRange = { from: keyOf(0, ROW), to: keyOf(0, AFTER_ROWS) }

/** The key under which the number of a store is. */
export function catalogKey(taskId: string, store: string): Buffer {
  return Buffer.concat([catalogRange.from, Buffer.from(`${taskId}\0${store}`)])
}

/** The task and the store of a key of the catalog. */
export function readCatalogKey(key: Buffer): readonly [taskId: string, store: string] {
  const [taskId, store] = key.toString('utf8', PREFIX_BYTES).split('\0', 2)
  return [taskId ?? '', store ?? '']
}

/** The number of a store as the value of its row in the catalog. */
export function catalogValue(number: number): Buffer {
  const value = Buffer.allocUnsafeSlow(NUMBER_BYTES)
  value.writeUInt32BE(number)
  return value
}

/** The keys of one store. */
export class StoreKeys {
  readonly meta: Buffer
  readonly mark: Buffer
  /** Everything of the store. */
  readonly all: NativeRange
  readonly #rows: NativeRange
  #scratch: Buffer

  constructor(number: number) {
    this.meta = keyOf(number, META)
    this.mark = keyOf(number, MARK)
    this.all = { from: this.meta, to: keyOf(number + 1, META) }
    this.#rows = { from: keyOf(number, ROW), to: keyOf(number, AFTER_ROWS) }
    this.#scratch = Buffer.allocUnsafeSlow(256)
    this.#rows.from.copy(this.#scratch)
  }

  /** The key of a row; valid until the next call. */
  row({ buffer, start, end }: ByteSlice): Buffer {
    const length = PREFIX_BYTES + end - start
    if (length > this.#scratch.length) {
      this.#scratch = Buffer.allocUnsafeSlow(length * 2)
      this.#rows.from.copy(this.#scratch)
    }
    buffer.copy(this.#scratch, PREFIX_BYTES, start, end)
    return this.#scratch.subarray(0, length)
  }

  /** The rows below a mark. */
  below(mark: Buffer): NativeRange {
    return { from: this.#rows.from, to: Buffer.concat([this.#rows.from, mark]) }
  }

  /** The rows of a range, without those below `mark`; `null`: there can be none. */
  range({ from, to, includesTo }: KeyRange, mark: Buffer | null): NativeRange | null {
    const first = mark !== null && (from === null || from.compare(mark) < 0) ? mark : from
    if (isEmptyRange({ from: first, to, includesTo })) return null
    const prefix = this.#rows.from
    return {
      from: first === null ? prefix : Buffer.concat([prefix, first]),
      to: to === null ? this.#rows.to : Buffer.concat([prefix, to, includesTo ? successorByte : noBytes]),
    }
  }
}

/** Makes of a key the next possible one. */
const successorByte = Buffer.from([0])
const noBytes = Buffer.alloc(0)
