import { assert } from '../base/assert.ts'
import type { ClientState, TaskIndex } from './client-state.ts'

/** What a traffic from another rack and a move cost; only their relation matters. */
export interface RackCosts {
  /** Of one partition of a task that has no replica in the rack of the process. */
  readonly traffic: number
  /** Of a task that is not where it was placed before. */
  readonly nonOverlap: number
}

/** For each partition of a task, the racks of its replicas. */
export type TaskRacks = readonly (readonly ReadonlySet<string>[])[]

/** Where processes and the partitions of tasks are; complete, or there is no such object (KIP-925). */
export class RackAwareness {
  readonly #rackOf: ReadonlyMap<ClientState, string>
  readonly #sources: TaskRacks
  readonly #changelogs: TaskRacks

  /** `sources`, `changelogs`: by task index. */
  constructor(rackOf: ReadonlyMap<ClientState, string>, sources: TaskRacks, changelogs: TaskRacks) {
    this.#rackOf = rackOf
    this.#sources = sources
    this.#changelogs = changelogs
  }

  rackOf(client: ClientState): string {
    const rack = this.#rackOf.get(client)
    assert(rack !== undefined, 'the rack of every process is known')
    return rack
  }

  /** What it costs to have an active task (which reads its sources) on a process, `isPlaced`: which it is on now. */
  activeCost(task: TaskIndex, client: ClientState, isPlaced: boolean, costs: RackCosts): number {
    return this.#cost(this.#sources[task]!, client, isPlaced, costs)
  }

  /** The same for a standby, which reads its changelogs. */
  standbyCost(task: TaskIndex, client: ClientState, isPlaced: boolean, costs: RackCosts): number {
    return this.#cost(this.#changelogs[task]!, client, isPlaced, costs)
  }

  #cost(partitions: readonly ReadonlySet<string>[], client: ClientState, isPlaced: boolean, { traffic, nonOverlap }: RackCosts): number {
    const rack = this.rackOf(client)
    const elsewhere = partitions.filter((racks) => !racks.has(rack)).length
    return elsewhere * traffic + (isPlaced ? 0 : nonOverlap)
  }
}
