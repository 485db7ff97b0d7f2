import type { Clock } from '../base/environment.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import type { Nodes } from './nodes.ts'

/** How many partitions `__consumer_offsets` and `__transaction_state` have. */
const PARTITIONS = 50

/** Which node coordinates which groups, or which transactional ids; who has moved and is still being loaded. */
export class CoordinatorPlacement {
  readonly #nodes: Nodes
  readonly #clock: Clock
  readonly #moved = new Map<number, number>()
  readonly #loadedMs = new Map<number, number>()
  readonly #keys = new Set<string>()

  constructor(nodes: Nodes, clock: Clock) {
    this.#nodes = nodes
    this.#clock = clock
  }

  /** The keys that requests were about so far, in the order of their first one. */
  keys(): readonly string[] {
    return [...this.#keys]
  }

  /** The partition of the internal topic that holds `key`: Java's `abs(key.hashCode()) % 50`. */
  partitionOf(key: string): number {
    let hash = 0
    for (let index = 0; index < key.length; index++) hash = (Math.imul(hash, 31) + key.charCodeAt(index)) | 0
    return hash === -0x8000_0000 ? 0 : Math.abs(hash) % PARTITIONS
  }

  /** The node that coordinates `key`. */
  nodeOf(key: string): number {
    const partition = this.partitionOf(key)
    return this.#moved.get(partition) ?? partition % this.#nodes.count
  }

  /** Gives the partition of `key`, and all other keys in it, to `node`, which is loading for `loadMs`. Returns the partition. */
  move(key: string, node: number, loadMs: number): number {
    const partition = this.partitionOf(key)
    this.#moved.set(partition, this.#nodes.get(node).id)
    this.#load(partition, loadMs)
    return partition
  }

  /** The present coordinator of `key` loads again for `loadMs`. Returns the partition. */
  reload(key: string, loadMs: number): number {
    const partition = this.partitionOf(key)
    this.#load(partition, loadMs)
    return partition
  }

  /** 0 if `node` coordinates `key` and has loaded it, else 14 (loading) or 16 (another node does). */
  errorFor(key: string, node: number): number {
    this.#keys.add(key)
    if (this.nodeOf(key) !== node) return kafkaErrors.NOT_COORDINATOR
    return this.isLoading(key) ? kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS : kafkaErrors.NONE
  }

  isLoading(key: string): boolean {
    return this.#clock.now() < (this.#loadedMs.get(this.partitionOf(key)) ?? 0)
  }

  #load(partition: number, loadMs: number): void {
    this.#loadedMs.set(partition, this.#clock.now() + loadMs)
  }
}
