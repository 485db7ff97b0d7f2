import { assert } from '../../../base/assert.ts'
import type { ByteSlice } from '../../byte-slice.ts'
import type { KeyRange } from '../../key-range.ts'
import type { RowCursor, SortedBytesStore } from '../../sorted-bytes-store.ts'
import type { StoreMeta } from '../../store-meta.ts'
import type { StoreBatch, TaskEngine } from '../engine.ts'
import type { RocksBatch, RocksDatabase } from './rocksdb-binding.ts'
import type { RocksCatalog } from './rocksdb-catalog.ts'
import { RocksCursor } from './rocksdb-cursor.ts'
import { catalogValue, formatKey, StoreKeys } from './rocksdb-keys.ts'

/** The name of the RocksDB engine in meta rows. */
export const ROCKSDB_ENGINE = 'rocksdb'

/** The version of the layout of keys. */
export const ROCKSDB_FORMAT = 1

/** After this time what was applied is made to survive a power loss, and expired rows are removed. */
const FLUSH_MS = 10_000

/** What the tasks of an instance share. */
export interface RocksShared {
  readonly database: RocksDatabase
  readonly catalog: RocksCatalog
  readonly cursors: Set<RocksCursor>
}

/** The stores of one task in the database of its instance. */
export class RocksEngine implements TaskEngine {
  readonly kind: string = ROCKSDB_ENGINE
  readonly #taskId: string
  readonly #shared: RocksShared
  readonly #stores = new Map<string, RocksStore>()
  #isOpen = true
  #isDirty = false
  /** When the oldest change that is not durable was first seen by `maintain`; -1: there was none then. */
  #dirtySinceMs = -1

  constructor(taskId: string, shared: RocksShared) {
    this.#taskId = taskId
    this.#shared = shared
    for (const [name, number] of shared.catalog.storesOf(taskId)) this.#stores.set(name, new RocksStore(shared, number))
  }

  store(name: string): SortedBytesStore {
    return this.#storeOf(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#storeOf(store).readMeta()
  }

  apply(batches: readonly StoreBatch[], isDurable = false): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    const { database, catalog } = this.#shared
    const native = database.batch()
    const applied: { readonly store: RocksStore; readonly name: string; readonly number: number; readonly mark: Buffer | null }[] = []
    for (const batch of batches) {
      const store = this.#storeOf(batch.store)
      const isNew = store.number === null
      const number = store.number ?? catalog.newNumber()
      if (isNew) catalog.add(native, this.#taskId, batch.store, number)
      applied.push({ store, name: batch.store, number, mark: store.write(batch, number, native) })
    }
    database.write(native, isDurable)
    // Only now: a batch that could not be written has changed nothing.
    for (const { store, name, number, mark } of applied) {
      if (store.number === null) catalog.note(this.#taskId, name, number)
      store.written(number, mark)
    }
    this.#isDirty = !isDurable
  }

  wipe(store: string): void {
    this.#storeOf(store).wipe()
    this.#isDirty = true
  }

  retain(stores: ReadonlySet<string>): readonly string[] {
    const others = [...this.#stores].filter(([name, store]) => !stores.has(name) && store.readMeta() !== null).map(([name]) => name)
    for (const name of others) this.wipe(name)
    return others
  }

  flush(): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    if (!this.#isDirty) return
    const { database } = this.#shared
    const native = database.batch()
    native.put(formatKey, catalogValue(ROCKSDB_FORMAT))
    database.write(native, true)
    this.#isDirty = false
  }

  maintain(nowMs: number): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    if (!this.#isDirty) this.#dirtySinceMs = -1
    else if (this.#dirtySinceMs < 0) this.#dirtySinceMs = nowMs
    else if (nowMs - this.#dirtySinceMs >= FLUSH_MS) {
      for (const store of this.#stores.values()) store.reclaim()
      this.flush()
      this.#dirtySinceMs = -1
    }
  }

  close(): void {
    if (!this.#isOpen) return
    try {
      this.flush()
    } finally {
      this.#isOpen = false
    }
  }

  #storeOf(name: string): RocksStore {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    let store = this.#stores.get(name)
    if (store === undefined) {
      store = new RocksStore(this.#shared, null)
      this.#stores.set(name, store)
    }
    return store
  }
}

/** Counting more rows than this takes too long. */
const COUNTED_ROWS_MAX = 10_000
const COUNT_CHUNK_ROWS = 1000

class RocksStore implements SortedBytesStore {
  readonly #shared: RocksShared
  #keys: StoreKeys | null = null
  #number: number | null = null
  #mark: Buffer | null = null
  /** Up to where expired rows are removed. */
  #reclaimed: Buffer | null = null

  /** `number`: `null` = nobody has written to it yet. */
  constructor(shared: RocksShared, number: number | null) {
    this.#shared = shared
    if (number === null) return
    this.#number = number
    this.#keys = new StoreKeys(number)
    this.#mark = shared.database.get(this.#keys.mark)
  }

  get number(): number | null {
    return this.#number
  }

  /** Exact up to 10,000 rows; beyond, the estimate of RocksDB for all stores of the directory. */
  get rowCount(): number {
    const range = this.#keys?.range(everything, this.#mark) ?? null
    if (range === null) return 0
    const scan = this.#shared.database.scan(range, false, false)
    let count = 0
    let isDone = false
    while (!isDone && count < COUNTED_ROWS_MAX) {
      const { rows, finished } = scan.next(COUNT_CHUNK_ROWS)
      count += rows.length / 2
      isDone = finished
    }
    scan.close()
    return isDone ? count : Math.max(count, this.#shared.database.keyCount)
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    if (this.#keys === null || isBelow(key, this.#mark)) return false
    const value = this.#shared.database.get(this.#keys.row(key))
    if (value === null) return false
    into.set(value, 0, value.length)
    return true
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const { cursors, database } = this.#shared
    const native = this.#keys?.range(range, this.#mark) ?? null
    return new RocksCursor(native === null ? null : database.scan(native, isReverse), cursors)
  }

  readMeta(): StoreMeta | null {
    const bytes = this.#keys === null ? null : this.#shared.database.get(this.#keys.meta)
    return bytes === null ? null : (JSON.parse(bytes.toString()) as StoreMeta)
  }

  /** Puts the changes of a batch into that of the database, and gives the mark that the store has then. */
  write({ rows, meta, expiredBelow }: StoreBatch, number: number, native: RocksBatch): Buffer | null {
    const keys = this.#keys ?? new StoreKeys(number)
    let mark = this.#mark
    if (expiredBelow !== null && (mark === null || mark.compare(expiredBelow) < 0)) {
      mark = Buffer.from(expiredBelow)
      native.put(keys.mark, mark)
    }
    while (rows.next()) {
      if (isBelow(rows.key, mark)) continue
      if (rows.isTombstone) native.delete(keys.row(rows.key))
      else native.put(keys.row(rows.key), rows.value.buffer.subarray(rows.value.start, rows.value.end))
    }
    rows.close()
    if (meta !== null) native.put(keys.meta, Buffer.from(JSON.stringify(meta)))
    return mark
  }

  /** The changes are written. */
  written(number: number, mark: Buffer | null): void {
    this.#number = number
    this.#keys ??= new StoreKeys(number)
    this.#mark = mark
  }

  wipe(): void {
    if (this.#keys !== null) this.#shared.database.clear(this.#keys.all)
    this.#mark = null
    this.#reclaimed = null
  }

  /** Gives the room of expired rows back. */
  reclaim(): void {
    if (this.#mark === null || this.#keys === null || this.#mark === this.#reclaimed) return
    this.#shared.database.clear(this.#keys.below(this.#mark))
    this.#reclaimed = this.#mark
  }
}

const everything: KeyRange = { from: null, to: null, includesTo: true }

function isBelow({ buffer, start, end }: ByteSlice, mark: Buffer | null): boolean {
  return mark !== null && buffer.compare(mark, 0, mark.length, start, end) < 0
}
