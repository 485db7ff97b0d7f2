import { ByteSlice, compareTo } from '../../../byte-slice.ts'
import { restartCountOf, restartFor, rowsEndOf, uint32At } from './block-search.ts'
import { RowHead } from './row-head.ts'

const FIRST_KEY_BYTES = 128
// Below this length a loop beats the call into native code.
const LOOP_LENGTH_MAX = 24
const noBlock: Buffer = Buffer.alloc(0)

/** Walks the rows of a block in both directions. Keys are put together in a buffer of the cursor, values are views of the block. */
export class BlockCursor {
  /** The key of the current row is `keyBytes[0, keyLength)`. */
  keyBytes: Buffer = Buffer.allocUnsafe(FIRST_KEY_BYTES)
  keyLength = 0
  readonly #block = new ByteSlice()
  // Places in the buffer that the block is in, as all others here.
  #rowsEnd = 0
  readonly #head = new RowHead()
  // Where the current row begins and the next one does; a row has been read if they differ.
  #rowStart = 0
  #rowEnd = 0
  readonly #key = new ByteSlice()

  get isTombstone(): boolean {
    return this.#head.value === 0
  }

  /** Sets `into` to the value of the current row, which is no tombstone. */
  readValue(into: ByteSlice): void {
    into.set(this.#block.buffer, this.#head.valueStart, this.#head.end)
  }

  /** Takes another block and stands before its first row. */
  open(block: ByteSlice): void {
    this.#block.set(block.buffer, block.start, block.end)
    this.#rowsEnd = rowsEndOf(block)
    this.#toRestart(0)
  }

  /** Lets go of the block. */
  close(): void {
    this.#block.set(noBlock, 0, 0)
    this.#rowsEnd = 0
    this.#rowEnd = 0
  }

  /** To the next row; false if there is none. */
  next(): boolean {
    const at = this.#rowEnd
    if (at >= this.#rowsEnd) return false
    const head = this.#head
    head.read(this.#block.buffer, at)
    const length = head.shared + head.rest
    if (length > this.keyBytes.length) this.#growKey(length)
    this.#extendKey(head.shared, head.body, head.body + head.rest)
    this.keyLength = length
    this.#rowStart = at
    this.#rowEnd = head.end
    return true
  }

  /** To the row before; false if there is none. Only after a call that has found a row. */
  previous(): boolean {
    const current = this.#rowStart
    if (current === this.#block.start) return false
    let restart = restartCountOf(this.#block) - 1
    while (this.#restartAt(restart) >= current) restart--
    this.#toRestart(restart)
    do this.next()
    while (this.#rowEnd < current)
    return true
  }

  /** To the last row; false if there is none. */
  last(): boolean {
    this.#toRestart(restartCountOf(this.#block) - 1)
    let isFound = false
    while (this.next()) isFound = true
    return isFound
  }

  /** To the first row with a key of at least `key`; false if there is none. */
  seekFrom(key: ByteSlice): boolean {
    this.#toRestart(restartFor(this.#block, key, this.#head))
    while (this.next()) if (compareTo(key, this.keyBytes, 0, this.keyLength) <= 0) return true
    return false
  }

  /** To the last row with a key less than `key`, or equal to it if `includesEqual`; false if there is none. */
  seekBefore(key: ByteSlice, includesEqual: boolean): boolean {
    if (!this.seekFrom(key)) return this.last()
    this.#key.set(this.keyBytes, 0, this.keyLength)
    if (includesEqual && compareTo(this.#key, key.buffer, key.start, key.end) === 0) return true
    return this.previous()
  }

  #restartAt(restart: number): number {
    return this.#block.start + uint32At(this.#block.buffer, this.#rowsEnd + restart * 4)
  }

  #toRestart(restart: number): void {
    this.#rowStart = this.#restartAt(restart)
    this.#rowEnd = this.#rowStart
    this.keyLength = 0
  }

  /** Puts bytes of the block behind the first `at` of the key. */
  #extendKey(at: number, start: number, end: number): void {
    const block = this.#block.buffer
    const key = this.keyBytes
    if (end - start > LOOP_LENGTH_MAX) block.copy(key, at, start, end)
    else for (let index = start; index < end; index++) key[at + index - start] = block[index]!
  }

  #growKey(length: number): void {
    const grown = Buffer.allocUnsafeSlow(length * 2)
    this.keyBytes.copy(grown, 0, 0, this.keyLength)
    this.keyBytes = grown
  }
}
