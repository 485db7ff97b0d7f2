import type { TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { Coordinator } from './coordinator.ts'
import type { GroupMetadata } from './group-metadata.ts'
import type { CommittedOffset, OffsetToCommit } from './offset-to-commit.ts'

/** Commits under at-least-once. `group` is read again at each try. Rejects with TASK_MIGRATED (25, 110, 22, 27, 82), COMMIT_FAILED or, at the deadline, the last error. */
export declare function commitOffsets(
  coordinator: Coordinator,
  group: () => GroupMetadata,
  offsets: readonly OffsetToCommit[],
  options: { readonly timeoutMs: number },
): Promise<void>

/** Committed positions; a partition without one is absent. Retries 88 (a transaction is pending) with back-off until `timeoutMs`. */
export declare function fetchOffsets(
  coordinator: Coordinator,
  group: () => GroupMetadata,
  partitions: readonly TopicPartition[],
  options: { readonly requireStable: boolean; readonly timeoutMs: number },
): Promise<TopicPartitionMap<CommittedOffset>>
