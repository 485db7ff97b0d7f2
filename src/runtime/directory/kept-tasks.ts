import type { Clock, Logger } from '../../base/environment.ts'
import { parseTaskId } from '../../protocol/task-id.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from '../../state/engines/engine.ts'
import type { StoreMeta } from '../../state/store-meta.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { SortedBytesStore } from '../../state/sorted-bytes-store.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'

/** What {@link KeptTasks} works with. */
export interface KeptTasksParts {
  readonly engines: EngineFactory
  readonly topology: PhysicalTopology
  readonly clock: Clock
  readonly logger: Logger
}

interface Kept {
  /** The meta rows of the stores that have one. */
  readonly metas: readonly { readonly store: StoreDefinition; readonly meta: StoreMeta }[]
  /** Since when nobody has had the task open. Milliseconds, monotonic. */
  readonly sinceMs: number
}

/**
 * The tasks of which something is kept and that are not open: how far they are, for the leader of the group, which gives tasks to those
 * that have their state; and how long nobody has needed them. It is the factory of the engines: it sees tasks open and close.
 */
export class KeptTasks implements EngineFactory {
  readonly #parts: KeptTasksParts
  readonly #kept = new Map<string, Kept>()

  /** Looks at all that is kept. What cannot be read is removed. */
  constructor(parts: KeptTasksParts) {
    this.#parts = parts
    for (const taskId of parts.engines.taskIds()) this.#look(taskId)
  }

  open(taskId: string): TaskEngine {
    const engine = this.#parts.engines.open(taskId)
    this.#kept.delete(taskId)
    return new WatchedEngine(engine, () => {
      try {
        this.#note(taskId, engine)
      } catch (error) {
        // What it has is not counted; it is looked at when the task is opened again.
        this.#parts.logger.warn({ taskId, err: error }, `The state of task ${taskId} cannot be read as it is closed`)
        this.#kept.set(taskId, { metas: [], sinceMs: this.#parts.clock.monotonic() })
      }
    })
  }

  remove(taskId: string): void {
    this.#kept.delete(taskId)
    this.#parts.engines.remove(taskId)
  }

  taskIds(): readonly string[] {
    return this.#parts.engines.taskIds()
  }

  close(): void {
    this.#parts.engines.close()
  }

  /** How far the tasks with changelogs are that are kept and not open; `clusterId`: state of another cluster does not count. */
  offsetSums(clusterId: string | null): TaskOffsetSum[] {
    return [...this.#kept].flatMap(([taskId, { metas }]) => {
      const task = parseTaskId(taskId)
      const logged = metas.filter(({ store, meta }) => store.changelog !== null && meta.offset !== null && meta.clusterId === clusterId)
      if (task === undefined || logged.length === 0) return []
      return [{ task, offsetSum: logged.reduce((sum, { meta }) => sum + meta.offset! + 1, 0) }]
    })
  }

  /** Removes what is kept of tasks that were last committed more than `ageMs` ago. */
  removeOlderThan(ageMs: number): void {
    const now = this.#parts.clock.now()
    for (const [taskId, { metas }] of this.#kept) {
      const last = Math.max(...metas.map(({ meta }) => meta.commitTimeMs))
      if (now - last > ageMs) this.#discard(taskId, `it was last committed ${now - last} ms ago (stateCleanupDirMaxAgeMs)`)
    }
  }

  /** Removes what is kept of tasks that nobody has had open for `delayMs`. */
  removeUnused(delayMs: number): void {
    const now = this.#parts.clock.monotonic()
    for (const [taskId, { sinceMs }] of this.#kept) {
      if (now - sinceMs < delayMs) continue
      this.#discard(taskId, `it has not run here for ${Math.round(now - sinceMs)} ms (stateCleanupDelayMs)`)
    }
  }

  #discard(taskId: string, why: string): void {
    this.#parts.logger.info({ taskId }, `The state of task ${taskId} is removed: ${why}`)
    try {
      this.remove(taskId)
    } catch (error) {
      this.#parts.logger.warn({ taskId, err: error }, `The state of task ${taskId} could not be removed`)
    }
  }

  #look(taskId: string): void {
    if (parseTaskId(taskId) === undefined) return
    try {
      const engine = this.#parts.engines.open(taskId)
      try {
        this.#note(taskId, engine)
      } finally {
        engine.close()
      }
    } catch (error) {
      this.#parts.logger.warn({ taskId, err: error }, `The state of task ${taskId} cannot be read and is removed`)
      this.remove(taskId)
    }
  }

  #note(taskId: string, engine: TaskEngine): void {
    const subtopology = this.#parts.topology.subtopologies.find(({ id }) => id === parseTaskId(taskId)?.subtopology)
    const metas = (subtopology?.stores ?? []).flatMap((store) => {
      const meta = engine.readMeta(store.name)
      return meta === null ? [] : [{ store, meta }]
    })
    if (parseTaskId(taskId) !== undefined) this.#kept.set(taskId, { metas, sinceMs: this.#parts.clock.monotonic() })
  }
}

/** An engine that says when it is closed. */
class WatchedEngine implements TaskEngine {
  readonly kind: string
  readonly #engine: TaskEngine
  readonly #onClose: () => void
  #isOpen = true

  constructor(engine: TaskEngine, onClose: () => void) {
    this.kind = engine.kind
    this.#engine = engine
    this.#onClose = onClose
  }

  kindOf(store: string): string {
    return this.#engine.kindOf?.(store) ?? this.kind
  }

  store(name: string): SortedBytesStore {
    return this.#engine.store(name)
  }

  readMeta(store: string): StoreMeta | null {
    return this.#engine.readMeta(store)
  }

  apply(batches: readonly StoreBatch[], isDurable?: boolean): void {
    this.#engine.apply(batches, isDurable)
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
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#onClose()
    this.#engine.close()
  }
}
