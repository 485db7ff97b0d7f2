import type { Admin } from '../../client/admin.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import type { LagInfo } from './view.ts'

/** How far a task is with the changelog of one of its stores. */
export interface ChangelogProgress extends TopicPartition {
  readonly store: string
  /** Offset of the next record to read; `null`: the task runs, nothing is left to read. */
  readonly nextOffset: number | null
}

/** How far stores are behind the ends of their changelogs, by store (sorted) and partition (P§7.11). Rejects when the cluster does not say. */
export async function storeLags(
  changelogs: readonly ChangelogProgress[],
  admin: Admin,
): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
  const lags = new Map<string, Map<number, LagInfo>>()
  if (changelogs.length === 0) return lags
  const ends = await admin.listOffsets(changelogs, 'latest', 'read_uncommitted')
  const sorted = changelogs.toSorted((a, b) => (a.store === b.store ? a.partition - b.partition : a.store < b.store ? -1 : 1))
  for (const { store, topic, partition, nextOffset } of sorted) {
    const endOffset = ends.get(topic, partition)
    if (endOffset === undefined) continue
    const currentOffset = nextOffset ?? endOffset
    const ofStore = lags.get(store) ?? new Map<number, LagInfo>()
    ofStore.set(partition, { currentOffset, endOffset, lag: Math.max(0, endOffset - currentOffset) })
    lags.set(store, ofStore)
  }
  return lags
}
