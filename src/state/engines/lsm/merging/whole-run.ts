import { ByteSlice } from '../../../byte-slice.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'
import { BlockCursor } from '../files/block-cursor.ts'
import { freeBytes } from '../files/free-bytes.ts'
import type { SortedFile } from '../files/sorted-file.ts'
import type { FileEntry } from '../files/sorted-file-writer.ts'

/** So many bytes are read at once, or one block if that is longer. */
const READ_BYTES = 256 * 1024

/**
 * Walks all rows of a run from the first to the last, with few large reads and one file open at a time: a large run would have much in
 * memory otherwise. Keys begin with the ids of their stores.
 */
export class WholeRun implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  readonly #entries: readonly FileEntry[]
  readonly #open: (entry: FileEntry) => SortedFile
  readonly #rows = new BlockCursor()
  readonly #at = new ByteSlice()
  #file: SortedFile | null = null
  #next = 0
  #block = 0
  #bytes: Buffer = Buffer.allocUnsafeSlow(READ_BYTES)
  // The blocks `[#block, #readBlocks)` of the file are in `#bytes`, which begins at `#readStart` of the file.
  #readBlocks = 0
  #readStart = 0

  /** `open`: gives a file of the run; it is released when its rows have been read. */
  constructor(entries: readonly FileEntry[], open: (entry: FileEntry) => SortedFile) {
    this.#entries = entries
    this.#open = open
  }

  get isTombstone(): boolean {
    return this.#rows.isTombstone
  }

  next(): boolean {
    const rows = this.#rows
    if (this.#file === null || !rows.next()) {
      if (!this.#nextBlock()) return false
      rows.next()
    }
    this.key.set(rows.keyBytes, 0, rows.keyLength)
    if (!rows.isTombstone) rows.readValue(this.value)
    return true
  }

  close(): void {
    this.#file?.release()
    this.#file = null
    this.#next = this.#entries.length
    freeBytes(this.#bytes)
  }

  #nextBlock(): boolean {
    let file = this.#file
    if (file === null || ++this.#block >= file.index.count) {
      file = this.#nextFile()
      if (file === null) return false
    }
    if (this.#block >= this.#readBlocks) this.#read(file)
    const start = file.index.startOf(this.#block) - this.#readStart
    const at = this.#at
    at.set(this.#bytes, start, start + file.index.lengthOf(this.#block))
    file.checkBlock(at, this.#block)
    this.#rows.open(at)
    return true
  }

  #nextFile(): SortedFile | null {
    this.#file?.release()
    this.#file = null
    if (this.#next === this.#entries.length) return null
    this.#file = this.#open(this.#entries[this.#next++]!)
    this.#block = 0
    this.#readBlocks = 0
    return this.#file
  }

  #read(file: SortedFile): void {
    const { index } = file
    const start = index.startOf(this.#block)
    let end = this.#block + 1
    while (end < index.count && index.startOf(end + 1) - start <= READ_BYTES) end++
    const length = index.startOf(end) - start
    if (length > this.#bytes.length) {
      freeBytes(this.#bytes)
      this.#bytes = Buffer.allocUnsafeSlow(length)
    }
    file.readBytes(this.#bytes.subarray(0, length), start)
    this.#readStart = start
    this.#readBlocks = end
  }
}
