import type { Lifeline } from '../../src/base/environment.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from '../../src/state/engines/engine.ts'
import { memoryEngines } from '../../src/state/engines/memory/memory-engine.ts'

/** Told before and after committed rows are put into an engine; it may cut the lifeline. */
export type OnApply = (phase: 'before' | 'after') => void

/** `engines` as the instance of `lifeline` has them: what it does after its death does not reach them. */
export function mortalEngines(engines: EngineFactory, lifeline: Lifeline, onApply: OnApply): EngineFactory {
  return {
    open(taskId) {
      const engine = (lifeline.isCut ? memoryEngines : engines).open(taskId)
      return new MortalEngine(engine, lifeline, onApply)
    },
    remove: (taskId) => {
      if (!lifeline.isCut) engines.remove(taskId)
    },
    taskIds: () => (lifeline.isCut ? [] : engines.taskIds()),
    // They are the disk, which outlives the instance.
    close: () => undefined,
  }
}

class MortalEngine implements TaskEngine {
  readonly #engine: TaskEngine
  readonly #lifeline: Lifeline
  readonly #onApply: OnApply

  constructor(engine: TaskEngine, lifeline: Lifeline, onApply: OnApply) {
    this.#engine = engine
    this.#lifeline = lifeline
    this.#onApply = onApply
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
    this.#onApply('before')
    if (this.#lifeline.isCut) return
    this.#engine.apply(batches, isDurable)
    this.#onApply('after')
  }

  flush(): void {
    if (!this.#lifeline.isCut) this.#engine.flush()
  }

  maintain(nowMs: number): void {
    if (!this.#lifeline.isCut) this.#engine.maintain(nowMs)
  }

  wipe(store: string): void {
    if (!this.#lifeline.isCut) this.#engine.wipe(store)
  }

  close(): void {
    if (!this.#lifeline.isCut) this.#engine.close()
  }
}
