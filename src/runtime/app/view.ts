import type { Clock } from '../../base/environment.ts'
import type { Isolation } from '../../state/kinds/read-ground.ts'
import type { Position } from '../../state/position.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { StreamsState } from './app-state.ts'

/** A store of one task of this instance, or a global store, as queries see it. Look it up anew for each query. */
export interface StoreView {
  /** `<sub-topology>_<partition>`; `-1_-1` for a global store. */
  readonly taskId: string
  /** -1 for a global store. */
  readonly partition: number
  /** `running`: of an active task that runs; `restoring`: of one that does not yet; `standby`: of one that follows its changelogs. */
  readonly state: 'running' | 'restoring' | 'standby'
  /** The store for reading, with what is not committed and what its cache holds back (`TaskState.view`). */
  readonly store: unknown
  /** The same with the timestamps of rows; `null` where they have none. */
  readonly stamped: unknown
  /** What is seen beneath the cache, or of what is committed alone (`TaskState.read`). `isStamped`: with timestamps where rows have them. */
  read(isolation: Isolation, isStamped: boolean): unknown
  /** Which input records it reflects: what is committed, its rows beneath the cache, or all. */
  position(of: 'committed' | 'rows' | 'all'): Position
}

/** A store of one task of this instance whose stream thread is a worker: it is asked. */
export interface ThreadStore extends Pick<StoreView, 'taskId' | 'partition' | 'state'> {
  /** Resolves with the answer of the thread, rejects with what answering has thrown, or `QueryError` `STORE_NOT_AVAILABLE` where the thread ends. */
  ask(question: unknown): Promise<unknown>
}

/** Where an instance can be asked: `application.server`. */
export interface HostInfo {
  readonly host: string
  readonly port: number
}

/** What one instance of the application reads, as the group last said: by topic, partitions in ascending order. */
export interface InstancePartitions {
  readonly endpoint: HostInfo
  readonly active: ReadonlyMap<string, readonly number[]>
  readonly standby: ReadonlyMap<string, readonly number[]>
}

/** How far a store partition of this instance is behind its changelog (P§7.11). */
export interface LagInfo {
  /** Offset of the next changelog record to read; of a task that runs the end. */
  readonly currentOffset: number
  /** The high watermark of the changelog. */
  readonly endOffset: number
  /** `endOffset - currentOffset`, never negative. */
  readonly lag: number
}

/** What there is to know of a store before anybody opens it. */
export interface StoreInfo {
  readonly definition: StoreDefinition
  readonly isGlobal: boolean
}

/** A running application as queries see it. */
export interface QueryableApp {
  readonly applicationId: string
  readonly state: StreamsState
  readonly clock: Clock
  /** What queries see that do not say. */
  readonly isolation: Isolation
  /** `application.server` of this instance; `null`: it has none. */
  readonly endpoint: HostInfo | null
  /** All stores of the topology, by name. */
  readonly storeInfos: ReadonlyMap<string, StoreInfo>
  /** The stores of that name that are open here now, by task. */
  stores(name: string): readonly StoreView[]
  /** Whether stores are in stream threads that are workers, and not in this one. */
  readonly hasWorkers: boolean
  /** The stores of that name that are open now in stream threads that are workers, by task. */
  inThreads(name: string): readonly ThreadStore[]
  /** Full names of the topics from which a store is filled, sorted. */
  sourceTopics(store: string): readonly string[]
  /** The instances that can be asked, by host and port, as the group last said. */
  instances(): readonly InstancePartitions[]
  /** How many partitions a topic has, as far as it is known now. Asking has it looked up. */
  partitionCount(topic: string): number | undefined
  /** Resolves when the partitions of these topics are known, or are known not to be there. Rejects when the cluster does not say. */
  learnPartitions(topics: readonly string[]): Promise<void>
  /** How far the stores of all tasks here are behind their changelogs: by store and partition. Asks the cluster. */
  lags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>>
  /** Calls `listener` when `instances` has changed. Returns a function that removes it. */
  onInstances(listener: () => void): () => void
}
