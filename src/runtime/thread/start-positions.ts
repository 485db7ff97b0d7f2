import type { Clock } from '../../base/environment.ts'
import { TaskError } from '../../base/errors.ts'
import type { Admin } from '../../client/admin.ts'
import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import type { IsolationLevel } from '../../config/streams-config.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { OffsetReset } from '../../topology/physical-topology.ts'

/** What finding positions works with. */
export interface StartPositionsParts {
  readonly admin: Admin
  readonly clock: Clock
  /** Where the end is: with `read_committed` before the first transaction that is open, as the consumer of Java has it. */
  readonly isolation: IsolationLevel
  /** What to do for a topic when there is no valid position. */
  readonly resetOf: (topic: string) => OffsetReset
}

/** Where to read each partition from: the committed offset, or what the reset policy of its topic says (P§1.3). */
export async function startPositions(
  partitions: readonly TopicPartition[],
  committed: TopicPartitionMap<CommittedOffset>,
  parts: StartPositionsParts,
): Promise<TopicPartitionMap<number>> {
  const positions = new TopicPartitionMap<number>()
  const missing = new Map<OffsetReset, TopicPartition[]>()
  for (const { topic, partition } of partitions) {
    const found = committed.get(topic, partition)
    if (found !== undefined) {
      positions.set(topic, partition, found.offset)
      continue
    }
    const reset = parts.resetOf(topic)
    missing.set(reset, [...(missing.get(reset) ?? []), { topic, partition }])
  }
  for (const [reset, lost] of missing) {
    for (const [{ topic, partition }, offset] of (await resetPositions(lost, reset, parts)).entries())
      positions.set(topic, partition, offset)
  }
  return positions
}

/** Where to read partitions from that have no valid position. Rejects with `OFFSET_RESET_NONE` where the policy is `none`. */
export async function resetPositions(
  partitions: readonly TopicPartition[],
  reset: OffsetReset,
  { admin, clock, isolation }: StartPositionsParts,
): Promise<TopicPartitionMap<number>> {
  if (reset === 'none') {
    const { topic, partition } = partitions[0]!
    throw new TaskError(
      'OFFSET_RESET_NONE',
      `Cannot read "${topic}" partition ${partition}: there is no valid position, and its offset reset is "none"`,
      { topic, partition },
    )
  }
  if (typeof reset === 'string') return admin.listOffsets(partitions, reset, isolation)
  const found = await admin.listOffsets(partitions, clock.now() - reset.byDuration, isolation)
  const later = partitions.filter(({ topic, partition }) => (found.get(topic, partition) ?? -1) < 0)
  if (later.length > 0) {
    for (const [{ topic, partition }, offset] of (await admin.listOffsets(later, 'latest', isolation)).entries()) {
      found.set(topic, partition, offset)
    }
  }
  return found
}

/** Where to go on in a log that was cut below the position: at the cut, where it is known. */
export function positionAfterCut({ offset, endOffset }: { readonly offset: number; readonly endOffset: number }): number {
  return endOffset >= 0 ? endOffset : offset
}
