import { assert } from '../../base/assert.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { WantedRows } from '../key-range.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import type { Windowed } from '../../model/windowed.ts'
import { compareKeyTo, KEY_AT, rowTemplate, segmentIn, setFirst, setLast, startIn } from './window-key.ts'
import { segmentOf, type WindowLayout } from './window-layout.ts'

/** What a {@link WindowFetch} reads. */
export interface FetchedStore<K, V> {
  readonly rows: TypedRows<Windowed<K>, V>
  readonly codec: RowCodec<Windowed<K>, V>
  /** The serde of the keys without their windows. */
  readonly key: FastSerde<K>
  readonly layout: WindowLayout
}

/** So many rows of other keys are passed over before a search is cheaper. */
const PASSED_ROWS_MAX = 16

/**
 * Walks the rows of one key from one start of a window to another, both included, in order of their starts: `fetch` of a window store for
 * operators, which makes no object per row. One object for many walks, one at a time.
 *
 * Each segment is looked at when the walk comes to it, as in Java's persistent store; rows that are written before then are seen.
 */
export class WindowFetch<K, V> {
  /** Where the window of the current row begins. */
  start = -1
  readonly #store: FetchedStore<K, V>
  // The ends of what is scanned. They are written anew for each scan, when the one before is closed.
  #first: Buffer = rowTemplate(0)
  #last: Buffer = rowTemplate(0)
  /** Lies in `#first`. */
  readonly #key = new ByteSlice()
  #from = 0
  #to = 0
  readonly #wanted: { -readonly [Field in keyof WantedRows]: WantedRows[Field] } = { key: this.#key, from: 0, to: 0, isUncommitted: false }
  #lastSegment = -1
  #cursor: RowCursor | null = null
  /** The segment that the walk is in. */
  #segment = 0

  constructor(store: FetchedStore<K, V>) {
    this.#store = store
  }

  /** Begins a walk. `from` is not negative. `next` moves to the first row. */
  begin(key: K, from: number, to: number): void {
    assert(this.#cursor === null, 'a walk through a window store begins when the one before has ended')
    const { codec, key: keySerde, layout } = this.#store
    this.#setKey(codec.writePart(key, keySerde))
    this.#from = from
    // Later windows cannot be: times are whole numbers.
    this.#to = Math.min(to, Number.MAX_SAFE_INTEGER)
    this.#lastSegment = segmentOf(layout, this.#to)
    this.#wanted.from = this.#from
    this.#wanted.to = this.#to
    this.#search(segmentOf(layout, from))
  }

  /** False if there is no further row; then the walk has ended. */
  next(): boolean {
    let passed = 0
    while (this.#cursor !== null) {
      const cursor = this.#cursor
      if (!cursor.next()) {
        this.#searchBehind(this.#segment)
        passed = 0
        continue
      }
      const { key } = cursor
      const start = startIn(key)
      if (compareKeyTo(key, this.#key) === 0 && start >= this.#from && start <= this.#to) {
        this.start = start
        return true
      }
      // Between the rows of a key there can be those of longer keys that begin with its bytes; with exact expiry those of all keys.
      if (++passed > PASSED_ROWS_MAX && this.#store.layout.isExact) {
        const segment = segmentIn(key)
        this.#search(compareKeyTo(key, this.#key) < 0 ? segment : segment + 1)
        passed = 0
      }
    }
    return false
  }

  /** The value of the current row. */
  value(): V {
    return this.#store.codec.readValue(this.#cursor!.value) as V
  }

  /** Ends the walk. May be called again. */
  end(): void {
    this.#cursor?.close()
    this.#cursor = null
  }

  #setKey({ buffer, start, end }: ByteSlice): void {
    const length = end - start
    if (length !== this.#key.length) {
      this.#first = rowTemplate(length)
      this.#last = rowTemplate(length)
    }
    buffer.copy(this.#first, KEY_AT, start, end)
    buffer.copy(this.#last, KEY_AT, start, end)
    this.#key.set(this.#first, KEY_AT, KEY_AT + length)
  }

  #searchBehind(segment: number): void {
    // With exact expiry one scan goes through all segments.
    if (this.#store.layout.isExact) this.end()
    else this.#search(segment + 1)
  }

  #search(segment: number): void {
    this.end()
    if (segment > this.#lastSegment) return
    this.#segment = segment
    const { rows, layout } = this.#store
    setFirst(this.#first, segment, this.#from)
    setLast(this.#last, layout.isExact ? this.#lastSegment : segment, this.#to)
    this.#cursor = rows.scan({ from: this.#first, to: this.#last, includesTo: true, wanted: this.#wanted }, false)
  }
}
