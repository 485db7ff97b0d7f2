import type { Clock, Logger } from '../../base/environment.ts'
import { parseTaskId } from '../../protocol/task-id.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { EngineFactory, TaskEngine } from '../../state/engines/engine.ts'
import type { StoreMeta } from '../../state/store-meta.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { WatchedEngine } from './watched-engine.ts'

/** What {@link KeptTasks} works with. */
export interface KeptTasksParts {
  readonly engines: EngineFactory
  readonly topology: PhysicalTopology
  readonly clock: Clock
  readonly logger: Logger
}

/** The meta row of a store. */
export interface StoredMeta {
  readonly store: StoreDefinition
  readonly meta: StoreMeta
}

interface Kept {
  /** Of the stores that have one. */
  readonly metas: readonly StoredMeta[]
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
  /** What was kept of tasks that other threads have open now. */
  readonly #opened = new Map<string, Kept>()

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

  /** Another thread opens the task: it is not counted, and not removed, until `noteClosed`. */
  noteOpened(taskId: string): void {
    const kept = this.#kept.get(taskId)
    if (kept !== undefined) this.#opened.set(taskId, kept)
    this.#kept.delete(taskId)
  }

  /** Another thread has closed the task, which is as `metas` say; `null`: as before, it has not opened it after all. */
  noteClosed(taskId: string, metas: Kept['metas'] | null): void {
    const before = this.#opened.get(taskId)
    this.#opened.delete(taskId)
    if (metas !== null) this.#kept.set(taskId, { metas, sinceMs: this.#parts.clock.monotonic() })
    else if (before !== undefined) this.#kept.set(taskId, before)
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
    const metas = readMetas(taskId, engine, this.#parts.topology)
    if (parseTaskId(taskId) !== undefined) this.#kept.set(taskId, { metas, sinceMs: this.#parts.clock.monotonic() })
  }
}

/** The meta rows of a task's stores, of those that have one. */
export function readMetas(taskId: string, engine: TaskEngine, { subtopologies }: PhysicalTopology): readonly StoredMeta[] {
  const subtopology = subtopologies.find(({ id }) => id === parseTaskId(taskId)?.subtopology)
  return (subtopology?.stores ?? []).flatMap((store) => {
    const meta = engine.readMeta(store.name)
    return meta === null ? [] : [{ store, meta }]
  })
}
