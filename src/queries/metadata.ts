import { partitionOf } from '../base/murmur2.ts'
import { QueryError } from '../base/errors.ts'
import type { Partitioner } from '../model/partitioner.ts'
import { recordHeaders } from '../record/record-headers.ts'
import type { HostInfo, InstancePartitions, QueryableApp, StoreInfo } from '../runtime/app/view.ts'
import type { Serde } from '../serdes/serde.ts'

/** What one instance of the application has (Java's `StreamsMetadata`). */
export interface StreamsMetadata {
  /** Its `applicationServer`. */
  readonly hostInfo: HostInfo
  /** The stores of its active tasks, and all global ones; sorted. */
  readonly stateStoreNames: readonly string[]
  /** What its active tasks read: by topic, partitions in ascending order. */
  readonly topicPartitions: ReadonlyMap<string, readonly number[]>
  /** The stores of its standby tasks; sorted. */
  readonly standbyStateStoreNames: readonly string[]
  readonly standbyTopicPartitions: ReadonlyMap<string, readonly number[]>
}

/** Where a key is (Java's `KeyQueryMetadata`). */
export interface KeyQueryMetadata {
  /** The instance with the active task of the key; `null`: not known now. */
  readonly activeHost: HostInfo | null
  /** Those with a standby of it. */
  readonly standbyHosts: readonly HostInfo[]
  /** The partition of the key; -1: not known now, or of a global store, which every instance has whole. */
  readonly partition: number
}

/** How the partition of a key is found out. Default: by murmur2 of the bytes that the key serde of the store makes. */
export interface KeyMetadataOptions<K> {
  /** Other than that of the store: that by which the records of the source topic were partitioned. */
  readonly serde?: Serde<K> | undefined
  /** That of the producers of the source topic. It gets `null` for the value. */
  readonly partitioner?: Partitioner<K, null> | undefined
}

/** What is known of all instances that have an `applicationServer`, by host and port. */
export function allMetadata(app: QueryableApp): readonly StreamsMetadata[] {
  const sources = new Map([...app.storeInfos.keys()].map((name) => [name, app.sourceTopics(name)]))
  const globals = [...app.storeInfos].filter(([, { isGlobal }]) => isGlobal).map(([name]) => name)
  const storesOf = (partitions: ReadonlyMap<string, readonly number[]>): string[] =>
    [...sources].filter(([name, topics]) => !globals.includes(name) && topics.some((topic) => partitions.has(topic))).map(([name]) => name)
  return app.instances().map(({ endpoint, active, standby }) => ({
    hostInfo: endpoint,
    stateStoreNames: [...storesOf(active), ...globals].sort(),
    topicPartitions: active,
    standbyStateStoreNames: storesOf(standby).sort(),
    standbyTopicPartitions: standby,
  }))
}

/** Those of `allMetadata` that have the store, active or as a standby. */
export function metadataForStore(app: QueryableApp, store: string): readonly StreamsMetadata[] {
  return allMetadata(app).filter(
    ({ stateStoreNames, standbyStateStoreNames }) => stateStoreNames.includes(store) || standbyStateStoreNames.includes(store),
  )
}

/** How many partitions a store has: as many as the largest topic that fills it. `null`: not known now. */
export function storePartitions(app: QueryableApp, store: string): { readonly topic: string; readonly count: number } | null {
  let largest: { topic: string; count: number } | null = null
  for (const topic of app.sourceTopics(store)) {
    const count = app.partitionCount(topic)
    if (count !== undefined && count > (largest?.count ?? 0)) largest = { topic, count }
  }
  return largest
}

/** The partition of `key` in a store, which is not global; `null`: not known now. Throws what serde and partitioner throw. */
export function partitionOfKey<K>(
  app: QueryableApp,
  { definition }: StoreInfo,
  key: K,
  { serde, partitioner }: KeyMetadataOptions<K> = {},
): number | null {
  const partitions = storePartitions(app, definition.name)
  if (partitions === null) return null
  const { topic, count } = partitions
  const headers = recordHeaders()
  const chosen = partitioner?.(key, null, count, { topic, headers }) ?? null
  if (chosen !== null) return checkedPartition(typeof chosen === 'number' ? [chosen] : chosen, count, definition.name)
  const writer = serde ?? (definition.key as Serde<K>)
  const bytes = writer.serialize(key, { topic, isKey: true, role: 'source', headers })
  return partitionOf(bytes, 0, bytes.length, count)
}

/** Who has a partition of a store, as far as the group has said. */
export function hostsOf(app: QueryableApp, store: string, partition: number): Omit<KeyQueryMetadata, 'partition'> {
  const topics = app.sourceTopics(store)
  const has = (partitions: InstancePartitions['active']): boolean =>
    topics.some((topic) => partitions.get(topic)?.includes(partition) === true)
  const instances = app.instances()
  return {
    activeHost: instances.find(({ active }) => has(active))?.endpoint ?? null,
    standbyHosts: instances.filter(({ standby }) => has(standby)).map(({ endpoint }) => endpoint),
  }
}

/** Where `key` of a store is. A global store: here, or at any instance. */
export function metadataForKey<K>(app: QueryableApp, info: StoreInfo, key: K, options?: KeyMetadataOptions<K>): KeyQueryMetadata {
  if (info.isGlobal) {
    return { activeHost: app.endpoint ?? app.instances()[0]?.endpoint ?? null, standbyHosts: [], partition: -1 }
  }
  const partition = partitionOfKey(app, info, key, options)
  if (partition === null) return { activeHost: null, standbyHosts: [], partition: -1 }
  return { ...hostsOf(app, info.definition.name, partition), partition }
}

function checkedPartition(chosen: readonly number[], count: number, store: string): number {
  const [partition] = chosen
  if (chosen.length === 1 && Number.isInteger(partition) && partition! >= 0 && partition! < count) return partition!
  throw new QueryError(
    'PARTITION_UNCLEAR',
    `Cannot find the partition of a key of store "${store}": the partitioner gave [${chosen.join(', ')}] of ${count} partitions, exactly one of them is required`,
    { store },
  )
}
