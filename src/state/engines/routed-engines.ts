import type { Logger } from '../../base/environment.ts'
import type { SortedBytesStore } from '../sorted-bytes-store.ts'
import type { StoreMeta } from '../store-meta.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from './engine.ts'

/** The engines of an application whose stores are not all on one. */
export interface EngineRoutes {
  /** By kind of the engine. */
  readonly factories: ReadonlyMap<string, EngineFactory>
  /** The kind of the engine that has the rows of a store. */
  readonly kindOf: (store: string) => string
  readonly logger: Logger
}

/** Engines as one: each store of a task is on the engine that `kindOf` says. Each engine keeps its part of a batch whole, not all of them together. */
export function routedEngines(routes: EngineRoutes): EngineFactory {
  const factories = [...routes.factories.values()]
  if (factories.length === 1) return factories[0]!
  return {
    open: (taskId) => new RoutedEngine(taskId, routes),
    remove: (taskId) => {
      for (const factory of factories) factory.remove(taskId)
    },
    taskIds: () => [...new Set(factories.flatMap((factory) => factory.taskIds()))],
    resize: (memoryBytesMax) => {
      for (const factory of factories) factory.resize?.(memoryBytesMax)
    },
    close: () => {
      for (const factory of factories) factory.close()
    },
  }
}

class RoutedEngine implements TaskEngine {
  readonly kind = 'routed'
  readonly #taskId: string
  readonly #routes: EngineRoutes
  readonly #engines = new Map<string, TaskEngine>()
  readonly #checked = new Set<string>()

  constructor(taskId: string, routes: EngineRoutes) {
    this.#taskId = taskId
    this.#routes = routes
    // What an engine has of a store that is on another one by now must go: it would be taken for its state if the choice is changed back.
    for (const [kind, factory] of routes.factories) if (factory.taskIds().includes(taskId)) this.#engines.set(kind, factory.open(taskId))
  }

  kindOf(store: string): string {
    return this.#routes.kindOf(store)
  }

  store(name: string): SortedBytesStore {
    return this.#engineOf(name).store(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#engineOf(store).readMeta(store)
  }

  apply(batches: readonly StoreBatch[], isDurable?: boolean): void {
    const byEngine = new Map<TaskEngine, StoreBatch[]>()
    for (const batch of batches) {
      const engine = this.#engineOf(batch.store)
      const part = byEngine.get(engine)
      if (part === undefined) byEngine.set(engine, [batch])
      else part.push(batch)
    }
    this.#each([...byEngine], ([engine, part]) => engine.apply(part, isDurable))
  }

  wipe(store: string): void {
    this.#engineOf(store).wipe(store)
  }

  retain(stores: ReadonlySet<string>): readonly string[] {
    const dropped: string[] = []
    this.#each([...this.#engines.values()], (engine) => dropped.push(...(engine.retain?.(stores) ?? [])))
    return dropped
  }

  flush(): void {
    this.#each([...this.#engines.values()], (engine) => engine.flush())
  }

  maintain(nowMs: number): void {
    let failure: { readonly error: unknown } | null = null
    for (const engine of this.#engines.values()) {
      try {
        engine.maintain(nowMs)
      } catch (error) {
        failure ??= { error }
      }
    }
    if (failure !== null) throw failure.error
  }

  close(): void {
    this.#each([...this.#engines.values()], (engine) => engine.close())
  }

  /** One engine that fails does not keep the others from doing their part. */
  #each<T>(parts: readonly T[], action: (part: T) => void): void {
    const failures: unknown[] = []
    for (const part of parts) {
      try {
        action(part)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #engineOf(store: string): TaskEngine {
    const kind = this.#routes.kindOf(store)
    let engine = this.#engines.get(kind)
    if (engine === undefined) {
      engine = this.#routes.factories.get(kind)!.open(this.#taskId)
      this.#engines.set(kind, engine)
    }
    if (!this.#checked.has(store)) this.#dropLeftOver(store, kind)
    return engine
  }

  #dropLeftOver(store: string, kind: string): void {
    this.#checked.add(store)
    for (const [other, engine] of this.#engines) {
      if (other === kind || engine.readMeta(store) === null) continue
      this.#routes.logger.warn(
        { taskId: this.#taskId, store, engine: other },
        `Store "${store}" of task ${this.#taskId} was on engine "${other}" and is on "${kind}" now: what "${other}" has of it is removed`,
      )
      engine.wipe(store)
    }
  }
}
