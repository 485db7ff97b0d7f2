import { byHash } from '../base/java-order.ts'
import type { ClientQueue } from './client-queue.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { placeOnLightest, type StandbyPlacement, standbyQueue } from './default-standbys.ts'
import { hashTaskId } from './java-identity.ts'
import type { TaskGroup } from './task-group.ts'

/**
 * Spreads the copies of a task over different values of the tags of `rack.aware.assignment.tags` (KIP-708), as far as there are processes
 * with such; what is left goes to the least loaded processes.
 */
export const tagAwareStandbys: StandbyPlacement = {
  place(group) {
    const { clients, stateful, ids, options } = group
    const tags = new TagValues(clients, options.rackAwareAssignmentTags)
    const queue = standbyQueue()
    const missing = new Map<TaskIndex, number>()
    for (const task of stateful) {
      missing.set(task, options.numStandbyReplicas)
      for (const client of clients) {
        if (!client.hasActive(task)) continue
        const left = placeOnOtherTags({ group, queue, tags, task, count: missing.get(task)! }, client)
        if (left > 0) missing.set(task, left)
        else missing.delete(task)
      }
    }
    queue.offerAll(clients)
    for (const task of byHash([...missing.keys()], (index) => hashTaskId(ids[index]!), stateful.length)) {
      placeOnLightest(queue, task, missing.get(task)!)
    }
  },
  mayBalance: (source, destination) => source.facts.tags.entries().every(([key, value]) => destination.facts.tags.get(key) === value),
  mayMove(source, destination, task, clients) {
    const others = clients.filter((client) => client.has(task) && client !== source && client !== destination)
    return countTags([...others, destination]) >= countTags([...others, source])
  },
}

function countTags(clients: readonly ClientState[]): number {
  return new Set(clients.flatMap(({ facts }) => Array.from(facts.tags, ([key, value]) => entryKey(key, value)))).size
}

interface Spreading {
  readonly group: TaskGroup
  readonly queue: ClientQueue
  readonly tags: TagValues
  readonly task: TaskIndex
  readonly count: number
}

/** Places up to `count` copies of a task that is active on `activeClient`, each where no tag value is used yet. Gives how many are left. */
function placeOnOtherTags({ group, queue, tags, task, count }: Spreading, activeClient: ClientState): number {
  queue.offerAll(group.clients)
  const used = new Map<string, ReadonlySet<ClientState>>()
  let left = count
  let lastUsed = activeClient
  // The active task uses a process, too.
  for (let usedClients = 1; left > 0; usedClients++) {
    tags.markUsed(lastUsed, usedClients, used)
    const found = queue.poll(task, (client) => !used.values().some((clients) => clients.has(client)))
    if (found === undefined) break
    found.assignStandby(task)
    lastUsed = found
    left--
  }
  return left
}

/** Which values the tags have, and on which processes. */
class TagValues {
  readonly #keys: ReadonlySet<string>
  readonly #valuesOf = new Map<string, Set<string>>()
  readonly #clientsOf = new Map<string, Set<ClientState>>()

  constructor(clients: readonly ClientState[], keys: readonly string[]) {
    this.#keys = new Set(keys)
    for (const client of clients) {
      for (const [key, value] of client.facts.tags) {
        addTo(this.#valuesOf, key, value)
        addTo(this.#clientsOf, entryKey(key, value), client)
      }
    }
  }

  /**
   * Adds to `used` the processes that share a tag value with `client`. A tag of which every value is used by now says nothing any more: all
   * its values are taken out, so that the other tags decide.
   */
  markUsed(client: ClientState, usedClients: number, used: Map<string, ReadonlySet<ClientState>>): void {
    for (const [key, value] of client.facts.tags) {
      if (!this.#keys.has(key)) continue
      const values = this.#valuesOf.get(key)!
      if (values.size <= usedClients) for (const each of values) used.delete(entryKey(key, each))
      else used.set(entryKey(key, value), this.#clientsOf.get(entryKey(key, value))!)
    }
  }
}

function addTo<K, V>(map: Map<K, Set<V>>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, new Set([value]))
  else values.add(value)
}

function entryKey(key: string, value: string): string {
  return JSON.stringify([key, value])
}
