import { assert } from '../../base/assert.ts'
import type { Random } from '../../base/environment.ts'
import type { ConnectionPurpose } from '../../protocol/transport.ts'
import type { ClusterCore, FaultHooks } from '../cluster-core.ts'
import type { EmbeddedConnection } from '../connection/embedded-connection.ts'
import type { CoordinatorPlacement } from '../coordinator-placement.ts'
import { type ActiveRule, type FaultDecision, type FaultPoint, type FaultRule, FaultRules } from './fault-rules.ts'
import { RandomFaults, type RandomFaultOptions } from './random-faults.ts'

/** Which connections; what is not said matches all. */
export interface ConnectionFilter {
  readonly clientId?: string | undefined
  readonly node?: number | undefined
  readonly purpose?: ConnectionPurpose | undefined
}

/** Whose coordinator. */
export type CoordinatorKind = 'group' | 'transaction'

/** What faults need to know of a cluster that is being made. */
export interface FaultTargets {
  readonly core: ClusterCore
  readonly connections: ReadonlySet<EmbeddedConnection>
}

/**
 * Trouble on demand: rules that strike connections at chosen requests, moves and losses of the cluster at once, and trouble drawn from a
 * seed. Nothing happens that a TCP connection and a real cluster could not do.
 */
export class ClusterFaults implements FaultHooks {
  /** How long each transaction marker takes, at least. In milliseconds; default 0. */
  slowMarkersMs = 0
  readonly #targets: () => FaultTargets
  readonly #rules: FaultRules
  #random: RandomFaults | null = null

  /** `targets` is asked when something is to happen, not before. */
  constructor(random: Random, targets: () => FaultTargets) {
    this.#rules = new FaultRules(random)
    this.#targets = targets
  }

  /** Puts a rule in force. */
  add(rule: FaultRule): ActiveRule {
    return this.#rules.add(rule)
  }

  /** Begins with faults drawn from a seed; those drawn from another end. */
  startRandom(options: RandomFaultOptions = {}): void {
    this.#random?.stop()
    const { environment } = this.#core
    this.#random = new RandomFaults(
      {
        environment,
        moveSomeLeader: (random) => this.#moveSomeLeader(random),
        moveSomeCoordinator: (random, loadMaxMs) => this.#moveSomeCoordinator(random, loadMaxMs),
        loseSomeSessions: (random) => this.loseFetchSessions(this.#someNode(random)),
        fenceSomeProducer: (random) => this.#fenceSomeProducer(random),
      },
      options,
    )
  }

  /** Ends all trouble: rules, seeded faults, slow markers. What is stalled stays so until its client gives up. */
  stop(): void {
    this.#random?.stop()
    this.#random = null
    this.#rules.clear()
    this.slowMarkersMs = 0
  }

  /** Makes another node (the next one, by default) the leader of a partition. */
  moveLeader(topic: string, partition: number, node?: number): void {
    const { topics, nodes } = this.#core
    const found = topics.findPartition(topic, partition)
    assert(found !== undefined, `There is a partition ${topic}-${partition}`)
    topics.moveLeader(found, node ?? (found.leader + 1) % nodes.count)
  }

  /**
   * Makes another node (the next one, by default) the coordinator of a group or transactional id, and of those that share its internal
   * partition. It answers 14 for `loadMs` (default 0), the old one 16.
   */
  moveCoordinator(kind: CoordinatorKind, key: string, options: { readonly node?: number; readonly loadMs?: number } = {}): void {
    const { nodes, groups } = this.#core
    const placement = this.#placementOf(kind)
    const node = options.node ?? (placement.nodeOf(key) + 1) % nodes.count
    const partition = placement.move(key, node, options.loadMs ?? 0)
    if (kind === 'group') groups.reload(partition)
  }

  /** The coordinator restarts in place and answers 14 for `loadMs`. */
  loadCoordinator(kind: CoordinatorKind, key: string, loadMs: number): void {
    const partition = this.#placementOf(kind).reload(key, loadMs)
    if (kind === 'group') this.#core.groups.reload(partition)
  }

  /** A node (all, by default) forgets its fetch sessions: their next request gets 70. */
  loseFetchSessions(node?: number): void {
    this.#core.sessions.forEach((sessions, id) => {
      if (node === undefined || node === id) sessions.loseAll()
    })
  }

  /** Does what another producer with this transactional id would: the present one is fenced. False: there is none, or markers are pending. */
  fenceProducer(transactionalId: string): boolean {
    return this.#core.transactions.fence(transactionalId)
  }

  /** Cuts connections now; requests in flight may or may not have had their effect. Returns how many. */
  cutConnections(filter: ConnectionFilter = {}): number {
    const cut = [...this.#targets().connections].filter(({ peer }) => {
      if (filter.clientId !== undefined && filter.clientId !== peer.clientId) return false
      if (filter.node !== undefined && filter.node !== peer.node) return false
      return filter.purpose === undefined || filter.purpose === peer.purpose
    })
    for (const connection of cut) connection.cut()
    return cut.length
  }

  /** What happens to a connection now; `null`: nothing. Asked by the cluster. */
  decide(point: FaultPoint): FaultDecision | null {
    return this.#rules.decide(point) ?? this.#random?.decide(point) ?? null
  }

  /** How long the next transaction marker takes. Asked by the cluster. */
  markerDelayMs(): number {
    return this.slowMarkersMs + (this.#random?.markerDelayMs() ?? 0)
  }

  get #core(): ClusterCore {
    return this.#targets().core
  }

  #placementOf(kind: CoordinatorKind): CoordinatorPlacement {
    return kind === 'group' ? this.#core.groupPlacement : this.#core.transactionPlacement
  }

  #someNode(random: Random): number {
    return Math.floor(random.next() * this.#core.nodes.count)
  }

  #moveSomeLeader(random: Random): void {
    const partitions = this.#core.topics.all().flatMap((topic) => topic.partitions)
    const partition = partitions[Math.floor(random.next() * partitions.length)]
    if (partition !== undefined) this.#core.topics.moveLeader(partition, this.#someNode(random))
  }

  #moveSomeCoordinator(random: Random, loadMaxMs: number): void {
    const kind: CoordinatorKind = random.next() < 0.5 ? 'group' : 'transaction'
    const keys = this.#placementOf(kind).keys()
    const key = keys[Math.floor(random.next() * keys.length)]
    const loadMs = Math.floor(random.next() * (loadMaxMs + 1))
    if (key !== undefined) this.moveCoordinator(kind, key, { node: this.#someNode(random), loadMs })
  }

  #fenceSomeProducer(random: Random): void {
    const ids = this.#core.transactions.ids()
    const id = ids[Math.floor(random.next() * ids.length)]
    if (id !== undefined) this.fenceProducer(id)
  }
}
