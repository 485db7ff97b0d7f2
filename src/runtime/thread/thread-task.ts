import type { CommittedOffset } from '../../client/group-metadata.ts'
import type { FetchedChunk } from '../../client/fetcher.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { CommittableTask } from '../commit/committer.ts'
import type { RestoreTarget } from '../restore/restore-target.ts'

/** A task as its stream thread sees it: `OpenTask` makes one of a `Task` and its stores. */
export interface ThreadTask extends CommittableTask, RestoreTarget {
  readonly id: TaskId
  readonly inputs: readonly TopicPartition[]
  /** A processor asked for a commit since the last one. */
  readonly isCommitRequested: boolean
  /** Bytes that wait for the next commit in its overlays. */
  readonly uncommittedBytes: number
  /** The stores are up to date: opens the processors. `committed`: what the last owner left, for partition times. Offsets: where reading starts. */
  begin(committed: TopicPartitionMap<CommittedOffset>, positions: TopicPartitionMap<number>): void
  /** Queues what was fetched. */
  add(chunk: FetchedChunk): void
  /** Tells that `partition` was read up to `offset` and nothing more is there now: what decides whether to wait for it (`max.task.idle.ms`). */
  setLag(partition: TopicPartition, lag: number | null): void
  /** Input partitions whose queues are full, and those that have room again, since the last call. */
  takePauses(): { readonly pause: readonly TopicPartition[]; readonly resume: readonly TopicPartition[] }
  /** Processes up to `recordsMax` records; how many it did. */
  process(recordsMax: number): number
  /** Runs the punctuators that are due; whether any was. */
  punctuate(): boolean
  /** When the next wall-clock punctuator is due, or a task that waits for input may go on without; `Infinity`: never. Milliseconds since 1970. */
  nextDueMs(): number
  /** Drops queues, overlays and caches, closes the processors. `begin` opens it again; the engine stays open. */
  rollBack(): void
  /** Closes everything; drops what is not committed. */
  close(): void
  /** The typed store, while the task runs. */
  store(name: string): unknown
}
