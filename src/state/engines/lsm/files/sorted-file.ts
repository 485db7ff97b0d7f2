import { crc32c } from '../../../../base/crc32c.ts'
import { isDiskError } from '../../../../base/disk/disk-error.ts'
import type { Disk, ReadableFile } from '../../../../base/disk.ts'
import { ByteSlice, compareTo } from '../../../byte-slice.ts'
import { type BlockCache, CachedBlocks } from './block-cache.ts'
import { BlockIndex } from './block-index.ts'
import { findInBlock, Found, uint32At } from './block-search.ts'
import { mayContain } from './bloom-filter.ts'
import { damaged } from './damage.ts'
import { decodeFooter, decodeSummary, type FileSummary, type Footer, FOOTER_BYTES } from './file-format.ts'
import { RowHead } from './row-head.ts'
import { freeBytes } from './free-bytes.ts'
import { type FileEntry, sortedFileName } from './sorted-file-writer.ts'

const noFilter: Buffer = Buffer.alloc(0)
const head = new RowHead()
const wanted = new ByteSlice()

/**
 * A sorted file, opened. Everything that is read of it is compared with its checksum, and an error `STORE_CORRUPTED` says which file is
 * damaged and where. Whoever opens it owns it; further owners `retain` it, each owner releases it once.
 */
export class SortedFile {
  readonly path: string
  readonly entry: FileEntry
  readonly summary: FileSummary
  readonly index: BlockIndex
  readonly #filter: Buffer
  readonly #file: ReadableFile
  readonly #cache: BlockCache | null
  readonly #blocks: CachedBlocks | null
  #owners = 1

  /** `cache`: where blocks are kept; `null` for a file that is read once from its beginning to its end, without a filter. */
  constructor(disk: Disk, directory: string, entry: FileEntry, cache: BlockCache | null) {
    this.path = `${directory}/${sortedFileName(entry.number)}`
    this.entry = entry
    const file = disk.openToRead(this.path)
    if (file === null) throw damaged(this.path, 'it is missing')
    this.#file = file
    try {
      const footer = this.#readFooter()
      const start = footer.dataBytes
      this.#filter = cache === null ? noFilter : this.#section('filter', start, footer.filterBytes, footer.filterChecksum)
      const indexStart = start + footer.filterBytes
      const index = this.#section('index', indexStart, footer.indexBytes, footer.indexChecksum)
      const summary = this.#section('summary', indexStart + footer.indexBytes, footer.summaryBytes, footer.summaryChecksum)
      this.index = new BlockIndex(index)
      freeBytes(index)
      this.summary = decodeSummary(summary)
      if (this.index.startOf(this.index.count) !== footer.dataBytes) throw damaged(this.path, 'its index does not cover its blocks')
    } catch (error) {
      file.close()
      throw error instanceof RangeError ? damaged(this.path, error.message, error) : error
    }
    this.#cache = cache
    this.#blocks = cache === null ? null : new CachedBlocks(this.index.count)
  }

  /** What the file takes in memory beside its cached blocks. */
  get pinnedBytes(): number {
    return this.#filter.length + this.index.bytes + this.index.count * 13
  }

  /** Looks for a key; `hash` is that of the key without the id of its store. Sets `into` to a copy of the value if there is one. */
  get(key: ByteSlice, hash: number, into: ByteSlice): Found {
    if (this.#filter !== noFilter && !mayContain(this.#filter, hash)) return Found.nothing
    this.block(this.index.blockFor(key), wanted)
    const found = findInBlock(wanted, key, head, into)
    if (found === Found.value) this.#cache?.copyOut(into)
    return found
  }

  /** Sets `into` to a block, from the cache or the disk, which is valid until another block of any file is asked for. */
  block(index: number, into: ByteSlice): void {
    const length = this.index.lengthOf(index)
    const blocks = this.#blocks
    if (blocks !== null && blocks.find(index, length, into)) return
    const isKept = this.#cache !== null && this.#cache.makeRoom(length, into)
    if (!isKept) into.set(Buffer.allocUnsafeSlow(length), 0, length)
    this.readBytes(into.buffer.subarray(into.start, into.end), this.index.startOf(index))
    this.checkBlock(into, index)
    if (isKept) this.#cache.keep(blocks!, index, length)
  }

  /** Fills `into` from `position` on, which is in the data section. */
  readBytes(into: Buffer, position: number): void {
    let count: number
    try {
      count = this.#file.read(into, position)
    } catch (cause) {
      // Another error says something of the process, not of the file.
      if (!isDiskError(cause, 'EIO')) throw cause
      throw damaged(this.path, `reading ${into.length} bytes at ${position} failed`, cause)
    }
    if (count !== into.length) throw damaged(this.path, `it ends at ${position + count}`)
  }

  /** Throws unless the bytes are those of the block that were written. */
  checkBlock({ buffer, start, end }: ByteSlice, index: number): void {
    const isWhole = end - start >= 12 && crc32c(buffer, start, end - 4) === uint32At(buffer, end - 4)
    if (!isWhole) throw damaged(this.path, `its block ${index} does not have its checksum`)
  }

  /** Negative, zero or positive as all keys of the file are less than `key`, it may be in the file, or all are greater. */
  compareWith(key: ByteSlice): number {
    const { smallest, largest } = this.summary
    if (compareTo(key, largest, 0, largest.length) > 0) return -1
    return compareTo(key, smallest, 0, smallest.length) < 0 ? 1 : 0
  }

  retain(): void {
    this.#owners++
  }

  /** The last owner closes the file. */
  release(): void {
    if (--this.#owners > 0) return
    if (this.#blocks !== null) this.#cache!.remove(this.#blocks)
    this.index.close()
    freeBytes(this.#filter)
    this.#file.close()
  }

  #readFooter(): Footer {
    const { size } = this.#file
    const { number, bytes, checksum } = this.entry
    if (size !== bytes) throw damaged(this.path, `it has ${size} bytes, the manifest says ${bytes}`)
    const section = Buffer.allocUnsafeSlow(FOOTER_BYTES)
    this.readBytes(section, size - FOOTER_BYTES)
    const footer = decodeFooter(section)
    if (footer.number !== number || crc32c(section, 0, section.length) !== checksum) {
      throw damaged(this.path, `it is file ${footer.number} with another content than the manifest says`)
    }
    const sum = footer.dataBytes + footer.filterBytes + footer.indexBytes + footer.summaryBytes + FOOTER_BYTES
    if (sum !== size) throw damaged(this.path, `its sections have ${sum} bytes, the file has ${size}`)
    return footer
  }

  #section(name: string, start: number, length: number, checksum: number): Buffer {
    const section = Buffer.allocUnsafeSlow(length)
    this.readBytes(section, start)
    if (crc32c(section, 0, length) !== checksum) throw damaged(this.path, `its ${name} does not have its checksum`)
    return section
  }
}
