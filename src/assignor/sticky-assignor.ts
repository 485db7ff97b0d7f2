import { byHash } from '../base/java-order.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { bySubtopology, inClientOrder } from './java-collections.ts'
import { hashTaskId } from './java-identity.ts'
import { moveActive, moveStandbys, solverOf } from './rack-optimizer.ts'
import { TaskPairs } from './task-pairs.ts'
import type { TaskGroup } from './task-group.ts'

/** Costs of Java's sticky assignors where none are configured. */
const defaultCosts = { traffic: 1, nonOverlap: 10 } as const

/**
 * Leaves active tasks where they are as long as no process has more than its part, gives those that are free to processes that had them as
 * standbys, and else to the least loaded, such that pairs of tasks that were not together yet come together. Does not look at lags: a task
 * may go where its state is not, so there is nothing to probe for. Java's public `StickyTaskAssignor`.
 */
export function assignSticky(group: TaskGroup): void {
  const assignment = new StickyAssignment(group, { prefersThreads: false })
  assignment.assignActive({ keepsAll: false })
  const inHashOrder = { ...group, clients: inClientOrder(group.clients) }
  const costs = {
    traffic: group.options.rackAwareTrafficCost ?? defaultCosts.traffic,
    nonOverlap: group.options.rackAwareNonOverlapCost ?? defaultCosts.nonOverlap,
  }
  moveActive(inHashOrder, group.withStores, costs)
  moveActive(inHashOrder, group.withoutStores, { traffic: 1, nonOverlap: 0 })
  assignment.assignStandbys()
  moveStandbys(inHashOrder, costs, { mayMove: () => true, solver: solverOf(group) })
}

/**
 * For when the end offsets of changelogs cannot be found out: every active task stays where it is, balanced or not, and the rest is assigned
 * as `assignSticky` does. Another rebalance must follow. Java's `FallbackPriorTaskAssignor`.
 */
export function assignToPriorOwners(group: TaskGroup): void {
  const assignment = new StickyAssignment(group, { prefersThreads: true })
  assignment.assignActive({ keepsAll: true })
  assignment.assignStandbys()
}

class StickyAssignment {
  readonly #group: TaskGroup
  /** Of two processes with the same load, the one with more threads counts as less loaded. */
  readonly #prefersThreads: boolean
  /** As a hash map of Java has them. */
  readonly #clients: readonly ClientState[]
  readonly #pairs: TaskPairs
  readonly #previousActive = new Map<TaskIndex, ClientState>()
  readonly #previousStandby = new Map<TaskIndex, ClientState[]>()

  constructor(group: TaskGroup, { prefersThreads }: { prefersThreads: boolean }) {
    this.#group = group
    this.#prefersThreads = prefersThreads
    this.#clients = inClientOrder(group.clients)
    this.#pairs = new TaskPairs(group.ids.length)
    for (const client of this.#clients) {
      for (const task of sorted(client.facts.previousActive)) this.#previousActive.set(task, client)
      for (const task of sorted(client.facts.previousStandby)) {
        this.#previousStandby.set(task, inClientOrder([...(this.#previousStandby.get(task) ?? []), client]))
      }
    }
  }

  assignActive({ keepsAll }: { keepsAll: boolean }): void {
    const { ids, clients } = this.#group
    const perThread = Math.floor(ids.length / clients.reduce((sum, { capacity }) => sum + capacity, 0))
    const hasRoom = (client: ClientState): boolean => client.activeCount < client.capacity * perThread
    const free = new Set(ids.keys())
    for (const task of this.#inTaskOrder([...this.#previousActive.keys()])) {
      const client = this.#previousActive.get(task)!
      if (!keepsAll && !hasRoom(client)) continue
      this.#assignActive(task, client)
      free.delete(task)
    }
    for (const task of this.#inTaskOrder(bySubtopology(ids, [...free]), ids.length)) {
      const client = this.#previousStandby.get(task)?.find(hasRoom)
      if (client === undefined) continue
      this.#assignActive(task, client)
      free.delete(task)
    }
    for (const task of sorted(free)) this.#assignActive(task, this.#findClient(task, this.#clients))
  }

  assignStandbys(): void {
    const { ids, stateful, options } = this.#group
    for (const task of this.#inTaskOrder(bySubtopology(ids, stateful))) {
      for (let copy = 0; copy < options.numStandbyReplicas; copy++) {
        const candidates = inClientOrder(this.#clients.filter((client) => !client.has(task)))
        if (candidates.length === 0) break
        const client = this.#findClient(task, candidates)
        this.#pairs.add(task, tasksOf(client))
        client.assignStandby(task)
      }
    }
  }

  #assignActive(task: TaskIndex, client: ClientState): void {
    this.#pairs.add(task, tasksOf(client))
    client.assignActive(task)
  }

  #findClient(task: TaskIndex, candidates: readonly ClientState[]): ClientState {
    if (candidates.length === 1) return candidates[0]!
    const previous = this.#findPrevious(task, candidates)
    if (previous === undefined) return this.#leastLoaded(task, candidates)!
    if (!this.#shouldShed(previous)) return previous
    const standby = this.#findPreviousStandby(task, candidates)
    return standby === undefined || this.#shouldShed(standby) ? this.#leastLoaded(task, candidates)! : standby
  }

  #findPrevious(task: TaskIndex, candidates: readonly ClientState[]): ClientState | undefined {
    const active = this.#previousActive.get(task)
    return active !== undefined && candidates.includes(active) ? active : this.#findPreviousStandby(task, candidates)
  }

  #findPreviousStandby(task: TaskIndex, candidates: readonly ClientState[]): ClientState | undefined {
    const standbys = this.#previousStandby.get(task) ?? []
    return this.#leastLoaded(
      task,
      standbys.filter((client) => candidates.includes(client)),
    )
  }

  #shouldShed(client: ClientState): boolean {
    return client.taskCount >= client.capacity && this.#clients.some((other) => this.#hasMoreRoom(other, client))
  }

  #leastLoaded(task: TaskIndex, candidates: readonly ClientState[]): ClientState | undefined {
    const isNew = (client: ClientState): boolean => this.#pairs.hasNew(task, tasksOf(client))
    return this.#findLeastLoaded(candidates, isNew) ?? this.#findLeastLoaded(candidates, () => true)
  }

  #findLeastLoaded(candidates: readonly ClientState[], mayTake: (client: ClientState) => boolean): ClientState | undefined {
    let least: ClientState | undefined
    for (const client of candidates) {
      if (client.taskCount === 0) return client
      if ((least === undefined || this.#hasMoreRoom(client, least)) && mayTake(client)) least = client
    }
    return least
  }

  #hasMoreRoom(client: ClientState, other: ClientState): boolean {
    if (client.load === other.load) return this.#prefersThreads && client.capacity > other.capacity
    return client.load < other.load
  }

  #inTaskOrder(tasks: readonly TaskIndex[], mostEver: number = tasks.length): TaskIndex[] {
    return byHash(tasks, (task) => hashTaskId(this.#group.ids[task]!), mostEver)
  }
}

function tasksOf(client: ClientState): readonly TaskIndex[] {
  return [...client.active(), ...client.standby()]
}

function sorted(tasks: ReadonlySet<TaskIndex>): TaskIndex[] {
  return [...tasks].sort((a, b) => a - b)
}
