import type { Environment } from '../../base/environment.ts'
import { TaskError } from '../../base/errors.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import type { GlobalRange, GlobalTask } from './global-task.ts'
import type { GlobalPartition, GlobalTopics } from './global-topics.ts'

/** What filling the global stores works with. */
export interface GlobalBootstrapParts {
  readonly task: GlobalTask
  readonly topics: GlobalTopics
  /** The first offset of each partition. */
  readonly starts: TopicPartitionMap<number>
  /** How far each partition is to be read. */
  readonly ends: TopicPartitionMap<number>
  readonly listener: RestoreListener
  readonly environment: Environment
  readonly taskTimeoutMs: number
}

/** Where to read a partition on. */
export interface StartOfPartition {
  readonly at: TopicPartition
  readonly position: number
}

interface Progress {
  readonly partition: GlobalPartition
  readonly end: number
  start: number
  position: number
  restored: number
  isDone: boolean
}

/** Fills the global stores of an instance before it runs: from where they are to the ends of their topics. */
export class GlobalBootstrap {
  readonly #parts: GlobalBootstrapParts
  readonly #progress = new TopicPartitionMap<Progress>()
  #left = 0
  #lastProgressMs: number

  /** A store that cannot be continued is emptied: its topic no longer has the position, or never had it. */
  constructor(parts: GlobalBootstrapParts) {
    const { task, topics, starts, ends } = parts
    this.#parts = parts
    this.#lastProgressMs = parts.environment.clock.monotonic()
    for (const global of task.globalStores) {
      const partitions = topics.partitionsOf(global)
      const isLost = partitions.some((at) => {
        const position = task.position(global.store.name, at)
        return position !== null && (position < offsetOf(starts, at) || position > offsetOf(ends, at))
      })
      if (isLost) this.#empty(global.store.name, partitions)
      for (const at of partitions) {
        const position = task.position(global.store.name, at) ?? offsetOf(starts, at)
        this.#begin({ partition: { global, at }, end: offsetOf(ends, at), start: position, position, restored: 0, isDone: false })
      }
    }
  }

  /** Whether all partitions have been read to their ends. */
  get isDone(): boolean {
    return this.#left === 0
  }

  /** From where each partition is to be read, those at their ends included. */
  positions(): StartOfPartition[] {
    return Array.from(this.#progress.values(), ({ partition, position }) => ({ at: partition.at, position }))
  }

  /** Applies what was read of a partition. */
  apply({ global, at }: GlobalPartition, chunk: GlobalRange): void {
    const progress = this.#of(at)
    const count = this.#parts.task.restore(global, at, chunk)
    progress.restored += count
    progress.position = chunk.nextOffset
    this.#parts.listener.restoreBatch?.({ store: global.store.name, ...at, offset: chunk.nextOffset, count })
    this.#lastProgressMs = this.#parts.environment.clock.monotonic()
    this.#note(progress)
  }

  /** Empties the store that is fed from `lost`, whose log now begins at `logStart`; gives from where to read its partitions. */
  startOver({ global, at: lost }: GlobalPartition, logStart: number): StartOfPartition[] {
    const { topics, starts } = this.#parts
    starts.set(lost.topic, lost.partition, logStart)
    const partitions = topics.partitionsOf(global)
    this.#empty(global.store.name, partitions)
    return partitions.map((at) => {
      const progress = this.#of(at)
      if (progress.isDone) this.#left++
      progress.isDone = false
      progress.position = offsetOf(starts, at)
      this.#note(progress)
      return { at, position: progress.position }
    })
  }

  /** Throws `TaskError` `TASK_TIMED_OUT` when nothing has arrived for `taskTimeoutMs`. */
  checkProgress(): void {
    const { environment, taskTimeoutMs } = this.#parts
    if (this.isDone || environment.clock.monotonic() - this.#lastProgressMs < taskTimeoutMs) return
    const waiting = [...this.#progress.values()].find(({ isDone }) => !isDone)!
    const { global, at } = waiting.partition
    throw new TaskError(
      'TASK_TIMED_OUT',
      `Cannot fill global store "${global.store.name}": "${at.topic}" partition ${at.partition} has been at offset ${waiting.position} of ${waiting.end} for ${taskTimeoutMs} ms (taskTimeoutMs)`,
      { store: global.store.name, topic: at.topic, partition: at.partition },
    )
  }

  #of({ topic, partition }: TopicPartition): Progress {
    return this.#progress.get(topic, partition)!
  }

  #begin(progress: Progress): void {
    const { global, at } = progress.partition
    this.#progress.set(at.topic, at.partition, progress)
    this.#left++
    const { end: to, start: from } = progress
    if (from < to) this.#parts.listener.restoreStart({ store: global.store.name, ...at, from, to })
    this.#note(progress)
  }

  #note(progress: Progress): void {
    if (progress.isDone || progress.position < progress.end) return
    progress.isDone = true
    this.#left--
    const { global, at } = progress.partition
    const { restored, start, end } = progress
    if (start < end) this.#parts.listener.restoreEnd({ store: global.store.name, ...at, restored })
  }

  #empty(store: string, partitions: readonly TopicPartition[]): void {
    this.#parts.environment.logger.warn({ store }, `Global store "${store}" is emptied and read anew: its topic does not have its position`)
    this.#parts.task.wipe(store, partitions)
  }
}

function offsetOf(offsets: TopicPartitionMap<number>, { topic, partition }: TopicPartition): number {
  return offsets.get(topic, partition) ?? 0
}
