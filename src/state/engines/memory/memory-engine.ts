import { assert } from '../../../base/assert.ts'
import type { ByteSlice } from '../../byte-slice.ts'
import type { KeyRange } from '../../key-range.ts'
import type { ChangeCursor, RowCursor, SortedBytesStore } from '../../sorted-bytes-store.ts'
import type { StoreMeta } from '../../store-meta.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from '../engine.ts'
import { SortedTree } from './sorted-tree.ts'

/** The name of the memory engine in meta rows. */
export const MEMORY_ENGINE = 'memory'

/** Committed state in memory. Each task begins with nothing, and what it had is gone when it is closed. */
export const memoryEngines: EngineFactory = {
  open: () => new MemoryEngine(new Map()),
  remove: () => undefined,
  taskIds: () => [],
  close: () => undefined,
}

/**
 * Committed state in memory that outlives the tasks: a task that is opened again finds what was applied before. Stands for a disk in
 * tests and simulation, where one such factory is the disk of one instance.
 */
export function survivingMemoryEngines(): EngineFactory {
  const disk = new Map<string, Map<string, MemoryRows>>()
  const open = new Map<string, MemoryEngine>()
  return {
    open(taskId) {
      const stores = disk.get(taskId) ?? new Map<string, MemoryRows>()
      disk.set(taskId, stores)
      // A process that was killed never closes: the disk is the next owner's all the same.
      open.get(taskId)?.close()
      const engine = new MemoryEngine(stores)
      open.set(taskId, engine)
      return engine
    },
    remove: (taskId) => void disk.delete(taskId),
    taskIds: () => [...disk.keys()],
    close: () => {
      for (const engine of open.values()) engine.close()
      open.clear()
    },
  }
}

class MemoryEngine implements TaskEngine {
  readonly kind = MEMORY_ENGINE
  readonly #stores: Map<string, MemoryRows>
  #isOpen = true

  constructor(stores: Map<string, MemoryRows>) {
    this.#stores = stores
  }

  store(name: string): SortedBytesStore {
    return this.#rowsOf(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#rowsOf(store).meta
  }

  apply(batches: readonly StoreBatch[]): void {
    for (const { store, rows, meta, expiredBelow } of batches) {
      const target = this.#rowsOf(store)
      target.apply(rows, expiredBelow)
      if (meta !== null) target.meta = meta
    }
  }

  wipe(store: string): void {
    this.#rowsOf(store).wipe()
  }

  flush(): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
  }

  maintain(): void {
    assert(this.#isOpen, 'An engine is not used after it was closed')
  }

  close(): void {
    this.#isOpen = false
  }

  #rowsOf(store: string): MemoryRows {
    assert(this.#isOpen, 'An engine is not used after it was closed')
    let rows = this.#stores.get(store)
    if (rows === undefined) {
      rows = new MemoryRows()
      this.#stores.set(store, rows)
    }
    return rows
  }
}

class MemoryRows implements SortedBytesStore {
  meta: StoreMeta | null = null
  #tree = new SortedTree()
  #expiredBelow: Buffer | null = null

  get rowCount(): number {
    return this.#tree.rowCount
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    return this.#tree.get(key, into)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    return this.#tree.scan(range, isReverse)
  }

  apply(rows: ChangeCursor, expiredBelow: Buffer | null): void {
    while (rows.next()) {
      if (rows.isTombstone) this.#tree.remove(rows.key)
      else this.#tree.put(rows.key, rows.copied ?? rows.value)
    }
    rows.close()
    const known = this.#expiredBelow
    if (expiredBelow !== null && (known === null || known.compare(expiredBelow) < 0)) this.#expiredBelow = Buffer.from(expiredBelow)
    if (this.#expiredBelow !== null) this.#tree.removeBelow(this.#expiredBelow)
  }

  wipe(): void {
    this.#tree = new SortedTree()
    this.#expiredBelow = null
    this.meta = null
  }
}
