import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import type { FetchedChunk } from '../../client/fetched-chunk.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { StoreView } from '../app/view.ts'
import type { CommittableTask } from '../commit/committer.ts'
import type { DeadLetter } from '../task/dead-letter.ts'
import type { RestoreTarget } from '../restore/restore-target.ts'

/** A store of a task as queries see it, whatever the task does now. */
export type TaskStoreView = Omit<StoreView, 'state'>

/** A task as its stream thread sees it: `OpenTask` makes one of a `Task` and its stores. */
export interface ThreadTask extends CommittableTask, RestoreTarget {
  readonly id: TaskId
  readonly inputs: readonly TopicPartition[]
  /** A processor asked for a commit since the last one. */
  readonly isCommitRequested: boolean
  /** Bytes that wait for the next commit in its overlays. */
  readonly uncommittedBytes: number
  /**
   * The stores are up to date: opens the processors. `committed` is what the last owner left: partition times come from it. `positions`:
   * where the inputs are read from.
   */
  begin(committed: TopicPartitionMap<CommittedOffset>, positions: TopicPartitionMap<number>): void
  /** The topic of an input was made anew, and is read from `offset` on. */
  restartInput(input: TopicPartition, offset: number): void
  /** Queues what was fetched. */
  add(chunk: FetchedChunk): void
  /** How many records of an input are on the cluster and not fetched yet; `null`: not known. Decides whether to wait for it (`max.task.idle.ms`). */
  setLag(input: TopicPartition, lag: number | null): void
  /** Input partitions whose queues are full, and those that have room again, since the last call. */
  takePauses(): { readonly pause: readonly TopicPartition[]; readonly resume: readonly TopicPartition[] }
  /** Processes up to `recordsMax` records; how many it did. */
  process(recordsMax: number): number
  /** Runs the punctuators that are due; whether any was. */
  punctuate(): boolean
  /** When the next wall-clock punctuator is due, or a task that waits for input may go on without; `Infinity`: never. Milliseconds since 1970. */
  nextDueMs(): number
  /** Lets its engine do what is due, whatever the task does now; `nowMs`: of the monotonic clock. */
  maintain(nowMs: number): void
  /** Lets go of fetched memory of which little is still queued. */
  compact(): void
  /** The input offset that was last committed, `undefined` before the first commit. */
  committedOffset(topic: string, partition: number): number | undefined
  /**
   * What the task reads from its next `rollBack` on. Until then the offsets of inputs that are not among them are not committed: their
   * topics may not exist any more.
   */
  willRead(inputs: readonly TopicPartition[]): void
  /** Whether some of what it reads is not among what it will read. */
  readonly losesInputs: boolean
  /** Drops queues, overlays and caches, closes the processors. `begin` opens it again; the engine stays open. */
  rollBack(): void
  /** Closes everything; drops what is not committed. */
  close(): void
  /** A record that came of this task was lost because the production handler said so. */
  noteDropped(): void
  /** Writes to the dead-letter topic with the producer of the thread; `node` is where the record failed. */
  writeDeadLetter(letter: DeadLetter, node: string): void
  /** A store as queries see it, whether or not the task runs; `undefined` if the task has none of that name. */
  view(name: string): TaskStoreView | undefined
}
