import { ByteSlice, compareTo } from '../../byte-slice.ts'
import { isEmptyRange, type KeyRange } from '../../key-range.ts'
import type { ChangeCursor, RowCursor, SortedBytesStore } from '../../sorted-bytes-store.ts'
import type { StoreMeta } from '../../store-meta.ts'
import { Found } from './files/block-search.ts'
import { hashOfKey } from './files/key-hash.ts'
import { fileFor } from './files/run.ts'
import { RunCursor, type ScanStart } from './files/run-cursor.ts'
import { STORE_ID_BYTES } from './files/sorted-file-writer.ts'
import { LsmScan } from './lsm-scan.ts'
import { RowTable } from './memtable/row-table.ts'
import { MergedRows } from './merging/merged-rows.ts'
import type { StoreEntry } from './manifest.ts'
import { storePrefix, type TaskFiles } from './task-files.ts'

const FIRST_KEY_BYTES = 256

/** The rows of one store: its part of the memtable over its rows in the files of the task. */
export class LsmStore implements SortedBytesStore {
  readonly name: string
  meta: StoreMeta | null = null
  #id: number
  #expiredBelow: Buffer | null = null
  #table: RowTable | null = null
  /** An empty one, whose memory is used again. */
  #spare: RowTable | null = null
  readonly #files: TaskFiles
  readonly #idle: RunCursor[]
  // The key that is looked for in files, beginning with the id of the store.
  #keyBytes: Buffer = Buffer.alloc(0)
  readonly #key = new ByteSlice()
  readonly #bound = new ByteSlice()

  /** `idle`: cursors that nobody uses, shared by the stores of a task. */
  constructor(name: string, files: TaskFiles, idle: RunCursor[], known: StoreEntry | null) {
    this.name = name
    this.#files = files
    this.#idle = idle
    this.#id = known?.id ?? files.takeStoreId()
    this.meta = known?.meta ?? null
    this.#expiredBelow = known?.expiredBelow ?? null
    this.#setKeyBytes(FIRST_KEY_BYTES)
  }

  get id(): number {
    return this.#id
  }

  /** Its rows that are in no file yet. */
  get table(): RowTable | null {
    return this.#table
  }

  /** What is allocated for rows that are in no file yet. */
  get memtableBytes(): number {
    return (this.#table?.bytes ?? 0) + (this.#spare?.bytes ?? 0)
  }

  /** What the manifest says of it; `null` if there is nothing to say. */
  get entry(): StoreEntry | null {
    const isKnown = this.meta !== null || this.#table !== null || this.#expiredBelow !== null || this.#isInFiles()
    return isKnown ? { id: this.#id, name: this.name, meta: this.meta, expiredBelow: this.#expiredBelow } : null
  }

  /** An estimate: rows that newer ones replace are counted twice, and a tombstone takes a row away, whether or not there is one. */
  get rowCount(): number {
    const { runs } = this.#files.version
    let count = this.#table === null ? 0 : this.#table.rowCount - this.#table.tombstones * (runs.length > 0 ? 2 : 1)
    count += this.#countInFiles()
    return Math.max(0, count)
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    if (this.#expiredBelow !== null && this.#isExpired(key, this.#expiredBelow)) return false
    const hash = hashOfKey(key.buffer, key.start, key.end, this.#id)
    if (this.#table !== null) {
      const row = this.#table.find(key, hash)
      if (row >= 0) return this.#table.readValue(row, into)
    }
    const { runs } = this.#files.version
    if (runs.length === 0) return false
    const fileKey = this.#fileKey(key)
    for (let index = 0; index < runs.length; index++) {
      const file = fileFor(runs[index]!, fileKey)
      if (file === null) continue
      const found = file.get(fileKey, hash, into)
      if (found !== Found.nothing) return found === Found.value
    }
    return false
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const visible = this.#visible(range)
    const { version } = this.#files
    version.retain()
    const used: RunCursor[] = []
    const sources: ChangeCursor[] = []
    const release = (): void => {
      for (const cursor of used) {
        cursor.close()
        this.#idle.push(cursor)
      }
      version.release()
    }
    try {
      if (this.#table !== null) sources.push(this.#table.scan(visible, isReverse))
      if (version.runs.length > 0 && !isEmptyRange(visible)) {
        const start = this.#startOf(visible, isReverse)
        for (const { files } of version.runs) {
          const cursor = this.#idle.pop() ?? new RunCursor()
          used.push(cursor)
          sources.push(cursor.open(files, start))
        }
      }
      const rows = sources.length === 1 ? sources[0]! : new MergedRows(sources, isReverse)
      return new LsmScan(rows, { range: visible, isReverse, release })
    } catch (error) {
      for (const source of sources) source.close()
      release()
      throw error
    }
  }

  /** Takes in the rows of a batch; those below the mark of expiry are left out by whoever reads. */
  apply(rows: ChangeCursor): void {
    try {
      while (rows.next()) {
        this.#table ??= this.#newTable()
        this.#table.set(rows.key, rows.isTombstone ? null : (rows.copied ?? rows.value))
      }
    } finally {
      rows.close()
    }
  }

  /** Raises the mark of expiry. A lower one changes nothing. */
  expire(below: Buffer): void {
    if (this.#expiredBelow === null || this.#expiredBelow.compare(below) < 0) this.#expiredBelow = Buffer.from(below)
  }

  /** Forgets everything. What is in files has the old id, and is nobody's any more. */
  wipe(): void {
    this.#id = this.#files.takeStoreId()
    this.#table = null
    this.#spare = null
    this.meta = null
    this.#expiredBelow = null
    this.#setKeyBytes(this.#keyBytes.length)
  }

  /** The rows of the memtable are in a file by now. `isSpared`: its memory is kept for those that come, unless a scan still reads it. */
  forgetTable(isSpared: boolean): void {
    this.#spare = isSpared && this.#table?.clear() === true ? this.#table : null
    this.#table = null
  }

  /** Gives up memory that is kept for rows to come. */
  forgetSpare(): void {
    this.#spare = null
  }

  #newTable(): RowTable {
    const table = this.#spare ?? new RowTable(this.#id)
    this.#spare = null
    return table
  }

  #isExpired(key: ByteSlice, mark: Buffer): boolean {
    return compareTo(key, mark, 0, mark.length) < 0
  }

  #visible(range: KeyRange): KeyRange {
    const mark = this.#expiredBelow
    if (mark === null || (range.from !== null && range.from.compare(mark) >= 0)) return range
    return { from: mark, to: range.to, includesTo: range.includesTo }
  }

  #startOf({ from, to, includesTo }: KeyRange, isReverse: boolean): ScanStart {
    const store = this.#id
    const bound = isReverse ? to : from
    if (bound !== null) {
      this.#bound.set(bound, 0, bound.length)
      return { store, isReverse, key: this.#fileKey(this.#bound), includesKey: includesTo }
    }
    return { store, isReverse, key: new ByteSlice(storePrefix(isReverse ? store + 1 : store)), includesKey: false }
  }

  #fileKey(key: ByteSlice): ByteSlice {
    const length = key.end - key.start
    if (length + STORE_ID_BYTES > this.#keyBytes.length) this.#setKeyBytes((length + STORE_ID_BYTES) * 2)
    const bytes = this.#keyBytes
    const { buffer, start } = key
    if (length > 48) buffer.copy(bytes, STORE_ID_BYTES, start, key.end)
    else for (let index = 0; index < length; index++) bytes[STORE_ID_BYTES + index] = buffer[start + index]!
    this.#key.set(bytes, 0, length + STORE_ID_BYTES)
    return this.#key
  }

  #setKeyBytes(length: number): void {
    this.#keyBytes = Buffer.allocUnsafeSlow(length)
    this.#keyBytes.writeUInt32BE(this.#id)
  }

  #isInFiles(): boolean {
    const { runs } = this.#files.version
    return runs.some(({ files }) => files.some(({ summary }) => summary.stores.some(({ store }) => store === this.#id)))
  }

  #countInFiles(): number {
    const { runs } = this.#files.version
    let count = 0
    for (const { files } of runs) {
      for (const { summary } of files) {
        for (const { store, rows, tombstones } of summary.stores) if (store === this.#id) count += rows - tombstones * 2
      }
    }
    return count
  }
}
