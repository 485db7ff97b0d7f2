import { byHash } from '../base/java-order.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { JavaPriorityQueue } from './java-priority-queue.ts'

/** Processes by load, from which the lightest one that may take a task is polled: Java's `ConstrainedPrioritySet`. */
export class ClientQueue {
  readonly #mayTake: (client: ClientState, task: TaskIndex) => boolean
  readonly #queue: JavaPriorityQueue<ClientState>
  readonly #members = new Set<ClientState>()

  constructor(mayTake: (client: ClientState, task: TaskIndex) => boolean, loadOf: (client: ClientState) => number) {
    this.#mayTake = mayTake
    this.#queue = new JavaPriorityQueue((a, b) => loadOf(a) - loadOf(b) || a.order - b.order)
  }

  /** Takes the lightest process out that may take `task`; undefined if none may. */
  poll(task: TaskIndex, isEligible: (client: ClientState) => boolean = () => true): ClientState | undefined {
    const passedOver: ClientState[] = []
    let found: ClientState | undefined
    while (found === undefined) {
      const candidate = this.#queue.poll()
      if (candidate === undefined) break
      this.#members.delete(candidate)
      if (this.#mayTake(candidate, task) && isEligible(candidate)) found = candidate
      else passedOver.push(candidate)
    }
    this.offerAll(byHash(passedOver, ({ hash }) => hash))
    return found
  }

  /** Puts a process in, or to its new place if its load has changed. */
  offer(client: ClientState): void {
    if (this.#members.has(client)) this.#queue.remove(client)
    else this.#members.add(client)
    this.#queue.offer(client)
  }

  offerAll(clients: Iterable<ClientState>): void {
    for (const client of clients) this.offer(client)
  }
}
