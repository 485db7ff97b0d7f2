import type { EngineFactory, StoreBatch, TaskEngine } from '../../src/state/engines/engine.ts'
import { RestoreBatch, type RestoreRecord } from '../../src/state/restore-batch.ts'
import type { ChangeCursor } from '../../src/state/sorted-bytes-store.ts'

/**
 * A deliberate break, to see that it is found: `engines` that write the offsets of a batch at once and its rows with the next one, as if
 * they were written one after the other and the process died between them.
 */
export function lateRows(engines: EngineFactory): EngineFactory {
  return {
    open: (taskId) => new LateRows(engines.open(taskId)),
    remove: (taskId) => engines.remove(taskId),
    taskIds: () => engines.taskIds(),
    close: () => engines.close(),
  }
}

class LateRows implements TaskEngine {
  readonly #engine: TaskEngine
  readonly #late = new Map<string, readonly RestoreRecord[]>()

  constructor(engine: TaskEngine) {
    this.#engine = engine
  }

  get kind(): string {
    return this.#engine.kind
  }

  store(name: string): ReturnType<TaskEngine['store']> {
    return this.#engine.store(name)
  }

  readMeta(store: string): ReturnType<TaskEngine['readMeta']> {
    return this.#engine.readMeta(store)
  }

  apply(batches: readonly StoreBatch[], isDurable?: boolean): void {
    const swapped = batches.map((batch): StoreBatch => {
      const before = this.#late.get(batch.store) ?? []
      this.#late.set(batch.store, copyOf(batch.rows))
      return { ...batch, rows: new RestoreBatch(before, { prefixBytes: 0 }) }
    })
    this.#engine.apply(swapped, isDurable)
  }

  wipe(store: string): void {
    this.#late.delete(store)
    this.#engine.wipe(store)
  }

  flush(): void {
    this.#engine.flush()
  }

  maintain(nowMs: number): void {
    this.#engine.maintain(nowMs)
  }

  close(): void {
    this.#engine.close()
  }
}

function copyOf(rows: ChangeCursor): readonly RestoreRecord[] {
  const copies: RestoreRecord[] = []
  while (rows.next()) copies.push({ key: rows.key.copy(), value: rows.isTombstone ? null : rows.value.copy(), timestamp: 0 })
  rows.close()
  return copies
}
