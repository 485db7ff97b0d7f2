import { BytesWriter } from '../../../../base/bytes-writer.ts'
import { crc32c } from '../../../../base/crc32c.ts'
import type { Disk, WritableFile } from '../../../../base/disk.ts'
import { type ByteSlice } from '../../../byte-slice.ts'
import { sharedLength } from '../../memory/key-prefix.ts'
import { BlockBuilder } from './block-builder.ts'
import { uint32At } from './block-search.ts'
import { buildFilter } from './bloom-filter.ts'
import { freeBytes } from './free-bytes.ts'
import { encodeFooter, encodeSummary, type StoreCount, writeBlockEntry } from './file-format.ts'
import { hashOfKey } from './key-hash.ts'

/** A block is finished when it has so many bytes. */
const BLOCK_BYTES = 4096
/** So many bytes are written at once. */
const WRITE_BYTES = 256 * 1024

/** Bytes of the id of a store, with which every key in a file begins. */
export const STORE_ID_BYTES = 4

/** A file that a manifest may name. */
export interface FileEntry {
  readonly number: number
  readonly bytes: number
  /** The checksum of the footer, which covers those of the other sections. */
  readonly checksum: number
}

/** The name of the file with that number in the directory of its task. */
export function sortedFileName(number: number): string {
  return `${number.toString().padStart(10, '0')}.rows`
}

/** The hashes of the keys of a file, of which its filter is made. A merge uses one for all its files: garbage of that size would wait long. */
export class KeyHashes {
  count = 0
  #values = new Uint32Array(1024)

  add(hash: number): void {
    if (this.count === this.#values.length) {
      const twice = new Uint32Array(this.count * 2)
      twice.set(this.#values)
      freeBytes(this.#values)
      this.#values = twice
    }
    this.#values[this.count++] = hash
  }

  /** Gives its memory back. */
  close(): void {
    freeBytes(this.#values)
  }

  /** Valid until the next is added. */
  all(): Uint32Array {
    return this.#values.subarray(0, this.count)
  }
}

/** Writes a sorted file (docs/internals/lsm.md, "Sorted file"). Rows come in ascending order of their keys, each key once. */
export class SortedFileWriter {
  readonly #number: number
  readonly #file: WritableFile
  readonly #block = new BlockBuilder()
  readonly #out: BytesWriter = new BytesWriter(WRITE_BYTES + 16 * 1024)
  readonly #index: BytesWriter = new BytesWriter(4096)
  #separator: Buffer = Buffer.alloc(0)
  #lastSeparator: Buffer = Buffer.alloc(0)
  #smallest: Buffer = Buffer.alloc(0)
  #blockCount = 0
  #dataBytes = 0
  readonly #hashes: KeyHashes
  #rowCount = 0
  readonly #stores: StoreCount[] = []
  #store = 0
  #storeRows = 0
  #storeTombstones = 0

  /** `hashes`: memory that nobody else uses until the file is finished. */
  constructor(disk: Disk, path: string, number: number, hashes: KeyHashes = new KeyHashes()) {
    this.#number = number
    this.#hashes = hashes
    hashes.count = 0
    this.#file = disk.openToWrite(path)
    this.#index.uint32(0)
  }

  /** Bytes of the blocks so far. */
  get dataBytes(): number {
    return this.#dataBytes + this.#block.byteLength
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Adds a row; `null` = a tombstone. Both slices are copied. */
  add(key: ByteSlice, value: ByteSlice | null): void {
    const block = this.#block
    if (this.#rowCount === 0) {
      this.#separator = key.copy()
      this.#smallest = this.#separator
    } else if (block.rowCount === 0) this.#separator = separatorOf(block.lastKey, key)
    const store = uint32At(key.buffer, key.start)
    if (store !== this.#store || this.#rowCount === 0) this.#nextStore(store)
    this.#storeRows++
    if (value === null) this.#storeTombstones++
    this.#rowCount++
    this.#hashes.add(hashOfKey(key.buffer, key.start + STORE_ID_BYTES, key.end, store))
    block.add(key, value)
    if (block.byteLength >= BLOCK_BYTES) this.#finishBlock()
  }

  /** Writes what is left and makes the file durable, without its name. There is at least one row. */
  finish(): FileEntry {
    if (this.#block.rowCount > 0) this.#finishBlock()
    this.#nextStore(0)
    const filter = buildFilter(this.#hashes.all())
    const index = this.#index.written()
    index.writeUInt32BE(this.#blockCount)
    const summary = encodeSummary({ smallest: this.#smallest, largest: this.#block.lastKey, stores: this.#stores })
    const footer = encodeFooter({
      number: this.#number,
      dataBytes: this.#dataBytes,
      filterBytes: filter.length,
      filterChecksum: crc32c(filter, 0, filter.length),
      indexBytes: index.length,
      indexChecksum: crc32c(index, 0, index.length),
      summaryBytes: summary.length,
      summaryChecksum: crc32c(summary, 0, summary.length),
    })
    this.#write()
    for (const section of [filter, index, summary, footer]) this.#file.write(section)
    this.#file.sync()
    const bytes = this.#dataBytes + filter.length + index.length + summary.length + footer.length
    freeBytes(filter)
    this.close()
    return { number: this.#number, bytes, checksum: crc32c(footer, 0, footer.length) }
  }

  /** Gives up; what was written stays. May be called after `finish`. */
  close(): void {
    freeBytes(this.#out.buffer)
    freeBytes(this.#index.buffer)
    this.#file.close()
  }

  #finishBlock(): void {
    const block = this.#block.finish()
    writeBlockEntry(this.#index, { byteLength: block.length, separator: this.#separator }, this.#lastSeparator)
    this.#lastSeparator = this.#separator
    this.#blockCount++
    this.#dataBytes += block.length
    this.#out.bytes(block)
    if (this.#out.position >= WRITE_BYTES) this.#write()
  }

  #write(): void {
    if (this.#out.position > 0) this.#file.write(this.#out.written())
    this.#out.reset()
  }

  #nextStore(store: number): void {
    if (this.#storeRows > 0) this.#stores.push({ store: this.#store, rows: this.#storeRows, tombstones: this.#storeTombstones })
    this.#store = store
    this.#storeRows = 0
    this.#storeTombstones = 0
  }
}

/** The shortest beginning of `key` that is greater than `before`, which is less than `key`. */
function separatorOf(before: Buffer, key: ByteSlice): Buffer {
  const length = sharedLength(key, before, 0, before.length) + 1
  return Buffer.from(key.buffer.subarray(key.start, key.start + length))
}
