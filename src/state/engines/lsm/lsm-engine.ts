import { assert } from '../../../base/assert.ts'
import { BytesWriter } from '../../../base/bytes-writer.ts'
import { ByteSlice } from '../../byte-slice.ts'
import { allKeys } from '../../key-range.ts'
import type { SortedBytesStore } from '../../sorted-bytes-store.ts'
import type { StoreMeta } from '../../store-meta.ts'
import type { StoreBatch, TaskEngine } from '../engine.ts'
import type { RunCursor } from './files/run-cursor.ts'
import type { SortedFile } from './files/sorted-file.ts'
import { SortedFileWriter, STORE_ID_BYTES } from './files/sorted-file-writer.ts'
import type { LsmShared } from './lsm-options.ts'
import { LsmStore } from './lsm-store.ts'
import type { StoreEntry } from './manifest.ts'
import type { BudgetMember } from './memory-budget.ts'
import { type JoinLimits, joinRun } from './merging/join-run.ts'
import { Merger } from './merging/merger.ts'
import { RowFilter } from './merging/row-filter.ts'
import { TaskFiles } from './task-files.ts'

/** The name of the engine in meta rows. */
export const LSM_ENGINE = 'lsm'

/** A file of a flush that has this part of the largest size, or more, needs no merge if it overlaps nothing. */
const JOINED_PART_MIN = 1 / 8

/** The committed state of one task in a memtable and files of its own (docs/internals/lsm.md). */
export class LsmEngine implements TaskEngine, BudgetMember {
  readonly kind: string = LSM_ENGINE
  readonly #shared: LsmShared
  readonly #files: TaskFiles
  readonly #merger: Merger
  readonly #stores = new Map<string, LsmStore>()
  readonly #idle: RunCursor[] = []
  readonly #onClose: () => void
  readonly #keyBytes = new BytesWriter()
  readonly #key = new ByteSlice()
  #memtableBytes = 0
  #isDirty = false
  // When `maintain` first saw that it is dirty.
  #dirtySinceMs: number | null = null
  #failure: { readonly error: unknown } | null = null
  #isOpen = true

  /** `onClose`: called once. */
  constructor(shared: LsmShared, directory: string, taskId: string, onClose: () => void) {
    this.#shared = shared
    this.#onClose = onClose
    this.#files = new TaskFiles(shared, directory, taskId)
    for (const entry of this.#files.stores) this.#stores.set(entry.name, new LsmStore(entry.name, this.#files, this.#idle, entry))
    this.#merger = new Merger(shared, this.#files)
    shared.budget.join(this)
  }

  get memtableBytes(): number {
    return this.#memtableBytes
  }

  get pinnedBytes(): number {
    return this.#files.pinnedBytes
  }

  store(name: string): SortedBytesStore {
    return this.#storeNamed(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#storeNamed(store).meta
  }

  apply(batches: readonly StoreBatch[], isDurable = false): void {
    this.#guarded(() => {
      for (const { store, rows, meta, expiredBelow } of batches) {
        const target = this.#storeNamed(store)
        target.apply(rows)
        if (meta !== null) target.meta = meta
        if (expiredBelow !== null) target.expire(expiredBelow)
      }
      this.#isDirty = true
      this.#measure()
      const isFull = this.#liveBytes() >= this.#shared.tuning.memtableBytesMax
      if (isDurable || isFull) this.#flush(isFull)
      this.#shared.budget.keep()
    })
    this.#rethrow()
  }

  wipe(store: string): void {
    this.#guarded(() => {
      this.#storeNamed(store).wipe()
      this.#isDirty = true
      this.#measure()
    })
  }

  retain(stores: ReadonlySet<string>): readonly string[] {
    const others = [...this.#stores.values()].filter(({ name, entry }) => !stores.has(name) && entry !== null).map(({ name }) => name)
    for (const name of others) this.wipe(name)
    return others
  }

  flush(): void {
    this.#guarded(() => this.#flush())
  }

  maintain(nowMs: number): void {
    if (this.#isDirty) this.#dirtySinceMs ??= nowMs
    const isDue = this.#dirtySinceMs !== null && nowMs - this.#dirtySinceMs >= this.#shared.tuning.flushAfterMs
    if (!isDue && this.#merger.isIdle && this.#failure === null) return
    this.#guarded(() => {
      this.#merger.maintain()
      if (isDue) this.#flush()
    })
  }

  giveUpMemtables(): void {
    try {
      this.flush()
      for (const store of this.#stores.values()) store.forgetSpare()
      this.#measure()
    } catch {
      // It is kept as the engine's failure.
    }
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    try {
      this.#merger.close()
      if (this.#failure === null) this.#flush()
    } finally {
      this.#shared.budget.leave(this)
      this.#memtableBytes = 0
      this.#files.close()
      this.#onClose()
    }
  }

  #storeNamed(name: string): LsmStore {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    let store = this.#stores.get(name)
    if (store === undefined) {
      store = new LsmStore(name, this.#files, this.#idle, null)
      this.#stores.set(name, store)
    }
    return store
  }

  /** After a failure it is not known what is on the disk: nothing is written any more until the task is opened again. */
  #guarded(action: () => void): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    this.#rethrow()
    try {
      action()
    } catch (error) {
      this.#failure = { error }
      throw error
    }
  }

  #rethrow(): void {
    if (this.#failure !== null) throw this.#failure.error
  }

  #measure(): void {
    let bytes = 0
    for (const { memtableBytes } of this.#stores.values()) bytes += memtableBytes
    this.#memtableBytes = bytes
  }

  #liveBytes(): number {
    let bytes = 0
    for (const { table } of this.#stores.values()) bytes += table?.liveBytes ?? 0
    return bytes
  }

  /** `isFull`: the memtables are as large as they may be, and will be so again soon. */
  #flush(isFull = false): void {
    if (!this.#isDirty) return
    const stores = [...this.#stores.values()].toSorted((left, right) => left.id - right.id)
    const entries: StoreEntry[] = []
    for (const { entry } of stores) if (entry !== null) entries.push(entry)
    const file = this.#writeMemtables(stores, entries)
    const { runs } = this.#files.version
    try {
      this.#files.commit(entries, file === null ? runs : joinRun(runs, file, this.#joinLimits()))
    } finally {
      file?.release()
    }
    for (const store of stores) store.forgetTable(isFull)
    this.#measure()
    this.#isDirty = false
    this.#dirtySinceMs = null
    if (this.#isOpen) this.#merger.flushed()
  }

  /** Writes all memtables to one file; `null` if no row is worth it. */
  #writeMemtables(stores: readonly LsmStore[], entries: readonly StoreEntry[]): SortedFile | null {
    const filter = new RowFilter(entries, this.#files.version.runs.length === 0)
    let writer: SortedFileWriter | null = null
    try {
      for (const { id, table } of stores) {
        if (table === null) continue
        this.#keyBytes.reset()
        this.#keyBytes.uint32(id)
        const rows = table.scan(allKeys, false)
        while (rows.next()) {
          const key = this.#fileKey(rows.key)
          if (!filter.keeps(key, rows.isTombstone)) continue
          writer ??= this.#newFile()
          writer.add(key, rows.isTombstone ? null : rows.value)
        }
      }
      return writer === null ? null : this.#files.openFile(writer.finish())
    } finally {
      writer?.close()
    }
  }

  /** The key behind the id of its store, which is there already. */
  #fileKey({ buffer, start, end }: ByteSlice): ByteSlice {
    const bytes = this.#keyBytes
    bytes.position = STORE_ID_BYTES
    bytes.range(buffer, start, end)
    this.#key.set(bytes.buffer, 0, bytes.position)
    return this.#key
  }

  #joinLimits(): JoinLimits<SortedFile> {
    const { fileBytesMax, runsMax } = this.#shared.tuning
    return { fileBytesMin: fileBytesMax * JOINED_PART_MIN, runsMax, inUse: this.#files.inUse }
  }

  #newFile(): SortedFileWriter {
    this.#files.prepare()
    const number = this.#files.takeFileNumbers(1)
    return new SortedFileWriter(this.#shared.disk, this.#files.pathOf(number), number)
  }
}
