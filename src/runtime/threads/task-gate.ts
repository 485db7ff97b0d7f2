import { parseTaskId } from '../../protocol/task-id.ts'
import type { EngineFactory, TaskEngine } from '../../state/engines/engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { readMetas } from '../directory/kept-tasks.ts'
import { WatchedEngine } from '../directory/watched-engine.ts'
import type { FromThread, KeptMeta } from './messages.ts'

/** What a gate works with. */
export interface TaskGateParts {
  readonly engines: EngineFactory
  readonly topology: PhysicalTopology
  readonly threadIndex: number
  /** Whether rows outlive the task: then the main thread is told how far its stores are when it closes. */
  readonly arePersistent: boolean
  readonly post: (message: FromThread) => void
}

interface Gate {
  /** Steps that have asked and are not through. */
  takers: number
  isHeld: boolean
  isOpen: boolean
  waiting: (() => void)[]
}

/**
 * The engines of a stream thread that is a worker: a task is opened only while the main thread has given it to this one, and is given back
 * when it is closed, so that two threads never have the same files. Global stores are the thread's own, under a name of their own.
 */
export class TaskGate implements EngineFactory {
  readonly #parts: TaskGateParts
  readonly #gates = new Map<string, Gate>()

  constructor(parts: TaskGateParts) {
    this.#parts = parts
  }

  /** Resolves when the task is this thread's. `took` is called afterwards. */
  take(taskId: string): Promise<void> {
    let gate = this.#gates.get(taskId)
    if (gate === undefined) this.#gates.set(taskId, (gate = { takers: 0, isHeld: false, isOpen: false, waiting: [] }))
    gate.takers++
    if (gate.isHeld) return Promise.resolve()
    const { waiting } = gate
    if (waiting.length === 0) this.#parts.post({ kind: 'take', taskId })
    return new Promise((resolve) => waiting.push(resolve))
  }

  /** What `take` was called for is done. */
  took(taskId: string): void {
    const gate = this.#gates.get(taskId)
    if (gate === undefined) return
    gate.takers--
    this.#releaseIfUnused(taskId, gate, null)
  }

  /** The main thread has given the task to this one. */
  granted(taskId: string): void {
    const gate = this.#gates.get(taskId)
    if (gate === undefined) return
    gate.isHeld = true
    for (const resolve of gate.waiting.splice(0)) resolve()
  }

  open(taskId: string): TaskEngine {
    const { engines, topology, arePersistent } = this.#parts
    const engine = engines.open(this.#nameOf(taskId))
    const gate = this.#gates.get(taskId)
    if (gate === undefined) return engine
    gate.isOpen = true
    let metas: readonly KeptMeta[] = []
    const readKept = (): void => {
      if (arePersistent) metas = readMetas(taskId, engine, topology).map(({ store, meta }) => ({ store: store.name, meta }))
    }
    return new WatchedEngine(engine, readKept, () => {
      gate.isOpen = false
      this.#releaseIfUnused(taskId, gate, metas)
    })
  }

  remove(taskId: string): void {
    this.#parts.engines.remove(this.#nameOf(taskId))
  }

  taskIds(): readonly string[] {
    return this.#parts.engines.taskIds()
  }

  resize(memoryBytesMax: number): void {
    this.#parts.engines.resize?.(memoryBytesMax)
  }

  close(): void {
    this.#parts.engines.close()
  }

  /** Global stores are no task: each thread has its own. */
  #nameOf(taskId: string): string {
    return parseTaskId(taskId) === undefined ? `${taskId}-${this.#parts.threadIndex}` : taskId
  }

  #releaseIfUnused(taskId: string, gate: Gate, metas: readonly KeptMeta[] | null): void {
    if (gate.takers > 0 || gate.isOpen) return
    this.#gates.delete(taskId)
    this.#parts.post({ kind: 'release', taskId, metas })
  }
}
