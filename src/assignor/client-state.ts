import { assert } from '../base/assert.ts'
import { hashProcessId } from './java-identity.ts'

/** A task by its place in the sorted list of all tasks. */
export type TaskIndex = number

/** What is known of a process before its tasks are assigned. */
export interface ClientFacts {
  /** UUID text. */
  readonly processId: string
  /** Sorted: one per stream thread. */
  readonly memberIds: readonly string[]
  /** The place of its first member in the order in which Java looks at members. */
  readonly arrival: number
  readonly tags: ReadonlyMap<string, string>
  /** What it ran as active and what it had on its disk besides. */
  readonly previousActive: ReadonlySet<TaskIndex>
  readonly previousStandby: ReadonlySet<TaskIndex>
  /** The stateful tasks that each member told of, if the topology has them. */
  readonly previousOf: ReadonlyMap<string, ReadonlySet<TaskIndex>>
  /** Of every stateful task: records to restore, -2 = runs here, -3 = not known (N§2.7 step 6). */
  readonly lags: ReadonlyMap<TaskIndex, number>
}

/** A process of the application and the tasks that it gets: Java's `ClientState`. */
export class ClientState {
  readonly facts: ClientFacts
  /** The place of the process in the order of process ids. */
  readonly order: number
  /** Of the process id, as Java has it. */
  readonly hash: number
  /** Stream threads. */
  readonly capacity: number
  readonly #active = new Set<TaskIndex>()
  readonly #standby = new Set<TaskIndex>()
  /** When a member of the process must ask for another rebalance, epoch milliseconds; null: not because of the assignor. */
  followupRebalanceMs: number | null = null

  constructor(facts: ClientFacts, order: number) {
    assert(facts.memberIds.length > 0, 'a process has at least one member')
    this.facts = facts
    this.order = order
    this.hash = hashProcessId(facts.processId)
    this.capacity = facts.memberIds.length
  }

  /** Ascending. */
  active(): TaskIndex[] {
    return ascending(this.#active)
  }

  /** Ascending; warm-ups are among them. */
  standby(): TaskIndex[] {
    return ascending(this.#standby)
  }

  hasActive(task: TaskIndex): boolean {
    return this.#active.has(task)
  }

  hasStandby(task: TaskIndex): boolean {
    return this.#standby.has(task)
  }

  has(task: TaskIndex): boolean {
    return this.#active.has(task) || this.#standby.has(task)
  }

  get activeCount(): number {
    return this.#active.size
  }

  get taskCount(): number {
    return this.#active.size + this.#standby.size
  }

  /** Tasks per thread. */
  get load(): number {
    return this.taskCount / this.capacity
  }

  get activeLoad(): number {
    return this.#active.size / this.capacity
  }

  lagOf(task: TaskIndex): number {
    const lag = this.facts.lags.get(task)
    assert(lag !== undefined, `the lag of task ${task} is known`)
    return lag
  }

  assignActive(task: TaskIndex): void {
    assert(!this.has(task), `task ${task} is not assigned to this process yet`)
    this.#active.add(task)
  }

  assignStandby(task: TaskIndex): void {
    assert(!this.has(task), `task ${task} is not assigned to this process yet`)
    this.#standby.add(task)
  }

  unassignActive(task: TaskIndex): void {
    assert(this.#active.delete(task), `task ${task} is active on this process`)
  }

  unassignStandby(task: TaskIndex): void {
    assert(this.#standby.delete(task), `task ${task} is a standby on this process`)
  }
}

function ascending(tasks: ReadonlySet<TaskIndex>): TaskIndex[] {
  return [...tasks].sort((a, b) => a - b)
}
