import type { Clock } from '../../base/environment.ts'
import { Admin } from '../../client/admin.ts'
import type { Client } from '../../client/client.ts'
import { parseTaskId } from '../../protocol/task-id.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { GlobalThread } from '../global/global-thread.ts'
import type { StreamsState } from './app-state.ts'
import type { AppThread } from './app-thread.ts'
import type { Isolation } from '../../state/kinds/read-ground.ts'
import { storeInfos, storeSourceTopics } from './store-infos.ts'
import { storeLags } from './store-lags.ts'
import type { HostInfo, InstancePartitions, LagInfo, QueryableApp, StoreInfo, StoreView, ThreadStore } from './view.ts'

/** What queries see the application through. */
export interface AppQueriesParts {
  readonly client: Client
  readonly clock: Clock
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  readonly state: () => StreamsState
  readonly threads: () => readonly AppThread[]
  /** Whether they are workers. */
  readonly hasWorkers: boolean
  readonly global: () => GlobalThread | null
}

/** A `StreamsApp` as queries see it. */
export class AppQueries implements QueryableApp {
  readonly storeInfos: ReadonlyMap<string, StoreInfo>
  readonly #parts: AppQueriesParts
  readonly #admin: Admin
  readonly #watched = new Set<string>()
  readonly #listeners = new Set<() => void>()
  #instances: readonly InstancePartitions[] = []

  constructor(parts: AppQueriesParts) {
    this.#parts = parts
    this.#admin = new Admin(parts.client)
    this.storeInfos = storeInfos(parts.topology)
  }

  get applicationId(): string {
    return this.#parts.config.applicationId
  }

  get state(): StreamsState {
    return this.#parts.state()
  }

  get clock(): Clock {
    return this.#parts.clock
  }

  get isolation(): Isolation {
    return this.#parts.config.queryIsolation
  }

  get endpoint(): HostInfo | null {
    return this.#parts.config.group.endpoint
  }

  stores(name: string): readonly StoreView[] {
    const global = this.#parts.global()?.view(name)
    return global === undefined ? this.#parts.threads().flatMap((thread) => thread.stores(name)) : [global]
  }

  get hasWorkers(): boolean {
    return this.#parts.hasWorkers
  }

  inThreads(name: string): readonly ThreadStore[] {
    const info = this.storeInfos.get(name)
    if (info === undefined || !this.hasWorkers) return []
    const threads = this.#parts.threads()
    if (info.isGlobal) {
      const running = threads.filter(({ state }) => state !== 'CREATED' && state !== 'DEAD')
      return running.map((thread) => ({ taskId: '-1_-1', partition: -1, state: 'running', ask: (question) => thread.ask(question) }))
    }
    const { subtopologies } = this.#parts.topology
    const owner = subtopologies.find(({ stores }) => stores.some((store) => store.name === name))?.id
    return threads.flatMap((thread) =>
      thread.placed.flatMap(({ taskId, state }) => {
        const task = parseTaskId(taskId)
        if (task === undefined || task.subtopology !== owner) return []
        return [{ taskId, partition: task.partition, state, ask: (question: unknown) => thread.ask(question) }]
      }),
    )
  }

  sourceTopics(store: string): readonly string[] {
    return storeSourceTopics(this.#parts.threads()[0]?.topology ?? this.#parts.topology, this.applicationId, store)
  }

  instances(): readonly InstancePartitions[] {
    return this.#instances
  }

  partitionCount(topic: string): number | undefined {
    const { metadata } = this.#parts.client
    if (!this.#watched.has(topic)) {
      this.#watched.add(topic)
      metadata.watch(topic)
    }
    return metadata.topic(topic)?.partitions.length
  }

  async learnPartitions(topics: readonly string[]): Promise<void> {
    const unknown = topics.filter((topic) => this.partitionCount(topic) === undefined)
    if (unknown.length > 0) await this.#parts.client.metadata.fetchTopics(unknown)
  }

  async lags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    const changelogs = await Promise.all(this.#parts.threads().map((thread) => thread.changelogs()))
    return storeLags(changelogs.flat(), this.#admin)
  }

  onInstances(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The group has said anew who reads what. */
  takeInstances(instances: readonly InstancePartitions[]): void {
    this.#instances = instances.toSorted(({ endpoint: a }, { endpoint: b }) =>
      a.host === b.host ? a.port - b.port : a.host < b.host ? -1 : 1,
    )
    for (const listener of this.#listeners) listener()
  }

  /** Has the partitions of all topics looked up from which stores are filled, so that keys can be found at once. */
  watchSources(): void {
    for (const store of this.storeInfos.keys()) for (const topic of this.sourceTopics(store)) this.partitionCount(topic)
  }
}
