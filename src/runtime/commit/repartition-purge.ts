import type { Clock, Logger } from '../../base/environment.ts'
import { isMillraceError } from '../../base/errors.ts'
import type { Admin } from '../../client/admin.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'

/** A task as the purge sees it. */
export interface PurgeableTask {
  readonly inputs: readonly TopicPartition[]
  /** The input offset that was last committed, `undefined` before the first commit. */
  committedOffset(topic: string, partition: number): number | undefined
}

/** What purging works with. */
export interface RepartitionPurgeParts {
  readonly admin: Admin
  readonly clock: Clock
  readonly logger: Logger
  /** `repartition.purge.interval.ms`. */
  readonly intervalMs: number
  /** Full names of the repartition topics. */
  readonly repartitionTopics: ReadonlySet<string>
}

/**
 * Deletes the records of repartition topics that have been processed and committed: nobody else reads them (P§7.7). In the background and
 * one request at a time; a failure is only logged, the next one deletes more.
 */
export class RepartitionPurge {
  readonly #parts: RepartitionPurgeParts
  readonly #purged = new TopicPartitionMap<number>()
  #lastMs: number
  #isUnderWay = false

  constructor(parts: RepartitionPurgeParts) {
    this.#parts = parts
    this.#lastMs = parts.clock.monotonic()
  }

  /** Called after each commit. */
  afterCommit(tasks: readonly PurgeableTask[]): void {
    const { admin, clock, logger, intervalMs } = this.#parts
    if (this.#isUnderWay || clock.monotonic() - this.#lastMs < intervalMs) return
    const before = this.#processed(tasks)
    if (before.size === 0) return
    this.#lastMs = clock.monotonic()
    this.#isUnderWay = true
    admin
      .deleteRecords(before)
      .then(() => {
        for (const [{ topic, partition }, offset] of before.entries()) this.#purged.set(topic, partition, offset)
      })
      .catch((error: unknown) => {
        // A thread that closes does not wait for it.
        if (isMillraceError(error) && error.code === 'CLIENT_CLOSED') return
        logger.warn({ err: error }, 'could not delete processed records of repartition topics')
      })
      .finally(() => {
        this.#isUnderWay = false
      })
  }

  #processed(tasks: readonly PurgeableTask[]): TopicPartitionMap<number> {
    const before = new TopicPartitionMap<number>()
    for (const task of tasks) {
      for (const { topic, partition } of task.inputs) {
        if (!this.#parts.repartitionTopics.has(topic)) continue
        const offset = task.committedOffset(topic, partition)
        if (offset !== undefined && offset > (this.#purged.get(topic, partition) ?? 0)) before.set(topic, partition, offset)
      }
    }
    return before
  }
}
