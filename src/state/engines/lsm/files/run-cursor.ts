import { ByteSlice } from '../../../byte-slice.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'
import { BlockCursor } from './block-cursor.ts'
import { uint32At } from './block-search.ts'
import { STORE_ID_BYTES } from './sorted-file-writer.ts'
import type { SortedFile } from './sorted-file.ts'

const FIRST_BYTES = 4608
/** A cursor that is not used keeps no more. */
const KEPT_BYTES_MAX = 64 * 1024

/** Where a scan of files begins. */
export interface ScanStart {
  readonly store: number
  readonly isReverse: boolean
  /** The first key of the walk, beginning with the id of the store, or of the next one. Read while a cursor is opened, not after it. */
  readonly key: ByteSlice
  /** Whether the row with that key is part of the walk; forward it always is. */
  readonly includesKey: boolean
}

/**
 * Walks the rows that a run, which is files in the order of their keys, has of one store. It can be opened again when it is closed, so that
 * scans share a few of them. Does not own the files.
 */
export class RunCursor implements ChangeCursor {
  /** Without the id of the store. */
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  readonly #rows = new BlockCursor()
  readonly #bytes = new ByteSlice()
  // The block in which it is: others may be read before it moves on.
  #copy: Buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  #files: readonly SortedFile[] = []
  #file = 0
  #block = 0
  #store = 0
  #isReverse = false
  // Whether the rows stand at a row that `next` has not given yet.
  #isPending = false
  #isOpen = false

  get isTombstone(): boolean {
    return this.#rows.isTombstone
  }

  /** Stands before the first row in the direction of the walk. */
  open(files: readonly SortedFile[], start: ScanStart): this {
    this.#files = files
    this.#store = start.store
    this.#isReverse = start.isReverse
    this.#isPending = start.isReverse ? this.#seekBackward(start.key, start.includesKey) : this.#seekForward(start.key)
    this.#isOpen = this.#isPending
    return this
  }

  next(): boolean {
    if (!this.#isOpen) return false
    const rows = this.#rows
    if (this.#isPending) this.#isPending = false
    else if (!(this.#isReverse ? rows.previous() || this.#previousBlock() : rows.next() || this.#nextBlock())) return this.#end()
    if (uint32At(rows.keyBytes, 0) !== this.#store) return this.#end()
    this.key.set(rows.keyBytes, STORE_ID_BYTES, rows.keyLength)
    if (!rows.isTombstone) rows.readValue(this.value)
    return true
  }

  close(): void {
    this.#isOpen = false
    this.#files = []
    if (this.#copy.length <= KEPT_BYTES_MAX) return
    this.#copy = Buffer.allocUnsafeSlow(FIRST_BYTES)
    this.#rows.close()
  }

  #end(): boolean {
    this.close()
    return false
  }

  #seekForward(bound: ByteSlice): boolean {
    const files = this.#files
    let low = 0
    let high = files.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (files[middle]!.compareWith(bound) < 0) low = middle + 1
      else high = middle
    }
    if (low === files.length) return false
    const file = files[low]!
    this.#file = low
    this.#block = file.index.blockFor(bound)
    this.#openBlock(file)
    return this.#rows.seekFrom(bound) || this.#nextBlock()
  }

  #seekBackward(bound: ByteSlice, includesStart: boolean): boolean {
    const files = this.#files
    let low = 0
    let high = files.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (files[middle]!.compareWith(bound) > 0) high = middle
      else low = middle + 1
    }
    if (low === 0) return false
    const file = files[low - 1]!
    this.#file = low - 1
    this.#block = file.index.blockFor(bound)
    this.#openBlock(file)
    return this.#rows.seekBefore(bound, includesStart) || this.#previousBlock()
  }

  #nextBlock(): boolean {
    if (++this.#block >= this.#files[this.#file]!.index.count) {
      if (++this.#file >= this.#files.length) return false
      this.#block = 0
    }
    this.#openBlock(this.#files[this.#file]!)
    return this.#rows.next()
  }

  #previousBlock(): boolean {
    if (--this.#block < 0) {
      if (--this.#file < 0) return false
      this.#block = this.#files[this.#file]!.index.count - 1
    }
    this.#openBlock(this.#files[this.#file]!)
    return this.#rows.last()
  }

  #openBlock(file: SortedFile): void {
    const bytes = this.#bytes
    file.block(this.#block, bytes)
    const { buffer, start, end } = bytes
    if (end - start > this.#copy.length) this.#copy = Buffer.allocUnsafeSlow((end - start) * 2)
    bytes.set(this.#copy, 0, buffer.copy(this.#copy, 0, start, end))
    this.#rows.open(bytes)
  }
}
