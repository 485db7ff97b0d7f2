import { StoreError } from '../../src/base/errors.ts'
import type { ByteSlice } from '../../src/state/byte-slice.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from '../../src/state/engines/engine.ts'
import type { ChangeCursor, SortedBytesStore } from '../../src/state/sorted-bytes-store.ts'

// What a program brings itself in Java is a store; here it is where the rows of a store are. java/OwnStores.java is the twin.

/**
 * Engines that fail, over `inner`: `failing` has the stores with the call that fails, `close`, or any other one that touches a key with "bad"
 * in it.
 */
export function ownEngines(failing: ReadonlyMap<string, string>, inner: EngineFactory): EngineFactory {
  if (failing.size === 0) return inner
  return { ...inner, open: (taskId) => new FailingEngine(inner.open(taskId), failing) }
}

class FailingEngine implements TaskEngine {
  readonly kind: string
  readonly #inner: TaskEngine
  readonly #failing: ReadonlyMap<string, string>

  constructor(inner: TaskEngine, failing: ReadonlyMap<string, string>) {
    this.kind = inner.kind
    this.#inner = inner
    this.#failing = failing
  }

  store(name: string): SortedBytesStore {
    const rows = this.#inner.store(name)
    if (!this.#failing.has(name)) return rows
    return {
      get: (key, into) => {
        check(key)
        return rows.get(key, into)
      },
      scan: (range, isReverse) => rows.scan(range, isReverse),
      get rowCount() {
        return rows.rowCount
      },
    }
  }

  readMeta(store: string): ReturnType<TaskEngine['readMeta']> {
    return this.#inner.readMeta(store)
  }

  apply(batches: readonly StoreBatch[], isDurable?: boolean): void {
    this.#inner.apply(
      batches.map((batch) => (this.#failing.has(batch.store) ? { ...batch, rows: checked(batch.rows) } : batch)),
      isDurable,
    )
  }

  flush(): void {
    this.#inner.flush()
  }

  maintain(nowMs: number): void {
    this.#inner.maintain(nowMs)
  }

  wipe(store: string): void {
    this.#inner.wipe(store)
  }

  close(): void {
    this.#inner.close()
    if ([...this.#failing.values()].includes('close')) throw new StoreError('STORE_CORRUPTED', 'Cannot close the engine')
  }
}

function checked(rows: ChangeCursor): ChangeCursor {
  return {
    key: rows.key,
    value: rows.value,
    get isTombstone() {
      return rows.isTombstone
    },
    next: () => {
      const found = rows.next()
      if (found) check(rows.key)
      return found
    },
    close: () => rows.close(),
  }
}

function check(key: ByteSlice): void {
  if (key.copy().includes('bad')) throw new StoreError('STORE_CORRUPTED', 'Cannot use a row with such a key')
}
