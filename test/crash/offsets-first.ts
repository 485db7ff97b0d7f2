import type { EngineFactory, StoreBatch, TaskEngine } from '../../src/state/engines/engine.ts'
import { RestoreBatch } from '../../src/state/restore-batch.ts'

/**
 * A deliberate break, to see that it is found: `engines` that make the offsets of a batch durable before its rows. As long as the process
 * lives nobody notices.
 */
export function offsetsFirst(engines: EngineFactory): EngineFactory {
  return {
    open: (taskId) => new OffsetsFirst(engines.open(taskId)),
    remove: (taskId) => engines.remove(taskId),
    taskIds: () => engines.taskIds(),
    close: () => engines.close(),
  }
}

class OffsetsFirst implements TaskEngine {
  readonly #engine: TaskEngine

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
    this.#engine.apply(batches.map((batch) => ({ ...batch, rows: new RestoreBatch([], { prefixBytes: 0 }) })))
    this.#engine.flush()
    this.#engine.apply(
      batches.map((batch) => ({ ...batch, meta: null })),
      isDurable,
    )
  }

  wipe(store: string): void {
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
