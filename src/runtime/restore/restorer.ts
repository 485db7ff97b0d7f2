import { assert } from '../../base/assert.ts'
import type { Clock, Logger } from '../../base/environment.ts'
import { TaskError } from '../../base/errors.ts'
import type { Admin } from '../../client/admin.ts'
import type { FetchedChunk } from '../../client/fetched-chunk.ts'
import type { FetchProblem, Fetcher } from '../../client/fetcher.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import { RetentionProbe, WORTH_PROBING } from './retention-probe.ts'
import type { RestoredPartition, RestoreListener } from './restore-listener.ts'
import type { ChangelogReplay, RestoreTarget } from './restore-target.ts'

/** What restoring works with. The fetcher reads read_committed under both guarantees. */
export interface RestorerParts {
  readonly fetcher: Fetcher
  readonly admin: Admin
  readonly clock: Clock
  readonly logger: Logger
  readonly listener: RestoreListener
  /** Committed input offsets, for changelogs that are source topics. */
  readonly committedOffsets: (partitions: readonly TopicPartition[]) => Promise<TopicPartitionMap<number>>
}

interface Replay {
  readonly changelog: ChangelogReplay
  readonly target: RestoreTarget
  /** Restored when the position has reached it (N§3.6, end of partition); `Infinity`: never, a standby follows the changelog. */
  readonly end: number
  /** From where to read when the store has to be wiped. */
  readonly logStart: number
  /** Looks for where to begin; `null`: that is known. */
  probe: RetentionProbe | null
  position: number
  /** Since when an open transaction has kept it from what is behind, of the monotonic clock; `null`: none does. */
  waitingSinceMs: number | null
  /** After how long the next line in the log says so. */
  warnsAfterMs: number
  restored: number
  isPaused: boolean
  /** Its store has failed: what comes is not for it any more. */
  hasFailed: boolean
}

/** For how long the end of a changelog is looked at to find out what has expired. */
const PROBE_MS = 5_000

/** How often it is looked who waits for a transaction, and after how long the log says so first. */
const LOOK_MS = 1_000
const WARN_MS = 30_000

/** So many partitions are read at a time: those with the least left, so that their tasks run soon. */
const READ_AT_ONCE = 16

/**
 * Brings the stores of tasks up to date from their changelogs, while other tasks run. `plan` asks the cluster how far to read; `poll`
 * applies what has arrived; `isRestored` says when a task may run. Standbys wait while tasks are restored that are to run.
 *
 * The end is the high watermark, taken with read_uncommitted after the task was assigned, while records are read read_committed: a
 * restore therefore waits until every transaction below the end is decided. With the last stable offset as the end a transaction that is
 * still in PrepareCommit would be missed although its input offsets are already visible (N§3.6).
 */
export class Restorer {
  readonly #parts: RestorerParts
  readonly #replays = new TopicPartitionMap<Replay>()
  readonly #planned = new Set<RestoreTarget>()
  /** The latest plan of each target: one that was removed meanwhile, or is planned anew, ignores the answers to an earlier plan. */
  readonly #plans = new Map<RestoreTarget, symbol>()
  /** When the next look is due at who waits for transactions. */
  #nextLookMs = 0
  /** Those of which is not known yet where to begin. */
  readonly #probing = new Set<Replay>()
  /** What is to be done when all chunks of a poll are looked at. */
  readonly #steps: (() => void)[] = []
  /** What ended the restores of tasks, not thrown yet. */
  readonly #failures: unknown[] = []

  constructor(parts: RestorerParts) {
    this.#parts = parts
  }

  /** Starts to restore `target`. Rejects with what the cluster answered; the caller then removes the target or tries again. */
  async plan(target: RestoreTarget): Promise<void> {
    const partitions = target.changelogs.map(({ topic, partition }) => ({ topic, partition }))
    const plan = Symbol(target.taskId)
    this.#plans.set(target, plan)
    if (partitions.length === 0) {
      this.#planned.add(target)
      return
    }
    const [ends, starts] = await Promise.all([
      this.#parts.admin.listOffsets(partitions, 'latest', 'read_uncommitted'),
      this.#parts.admin.listOffsets(partitions, 'earliest', 'read_uncommitted'),
    ])
    const limits = await this.#limits(target)
    if (this.#plans.get(target) !== plan) return
    for (const changelog of target.changelogs) {
      const end = offsetOf(ends, changelog)
      const last = changelog.isSourceTopic ? Math.min(end, limits.get(changelog.topic, changelog.partition) ?? 0) : end
      this.#begin(newReplay({ changelog, target, end: last, logStart: offsetOf(starts, changelog) }), last)
    }
    this.#planned.add(target)
    this.#balance()
  }

  /**
   * Starts to keep `target`, a standby, up to date until it is removed. Stores whose changelog is a source topic are left as they are: how
   * far they may be read is known only when the task is run, which then reads them. Rejects as `plan`.
   */
  async follow(target: RestoreTarget): Promise<void> {
    const changelogs = target.changelogs.filter(({ isSourceTopic }) => !isSourceTopic)
    const plan = Symbol(target.taskId)
    this.#plans.set(target, plan)
    const mayProbe = changelogs.filter((changelog) => changelog.window !== null && changelog.storedOffset() === null)
    const { admin } = this.#parts
    const [starts, ends] = await Promise.all([
      changelogs.length === 0 ? null : admin.listOffsets(changelogs, 'earliest', 'read_uncommitted'),
      mayProbe.length === 0 ? null : admin.listOffsets(mayProbe, 'latest', 'read_uncommitted'),
    ])
    if (this.#plans.get(target) !== plan) return
    for (const changelog of changelogs) {
      const replay = newReplay({ changelog, target, end: Infinity, logStart: offsetOf(starts!, changelog) })
      this.#begin(replay, ends?.get(changelog.topic, changelog.partition) ?? 0)
    }
    this.#planned.add(target)
    this.#balance()
  }

  /** Applies what has arrived. Whether anything has. Throws what ended the restore of a task. */
  poll(): boolean {
    const chunks = this.#failures.length > 0 ? [] : this.#parts.fetcher.poll()
    // The fetcher gives each once: what fails in one does not keep the others from their stores.
    for (const chunk of chunks) {
      try {
        this.#apply(chunk)
      } catch (error) {
        this.#failures.push(error)
      }
    }
    // Not before all chunks are looked at: what was fetched before a seek is not to be taken for what comes after it.
    for (const step of this.#steps.splice(0)) step()
    const now = this.#parts.clock.monotonic()
    this.#watchProbes(now)
    if (now >= this.#nextLookMs) this.#lookForWaiting(now)
    if (this.#failures.length > 0) throw this.#failures.shift()
    return chunks.length > 0
  }

  /** Whether `plan` has succeeded for `target`. */
  isPlanned(target: RestoreTarget): boolean {
    return this.#planned.has(target)
  }

  /** Whether all changelogs of `target` have been read to their ends. */
  isRestored(target: RestoreTarget): boolean {
    return this.#planned.has(target) && target.changelogs.every(({ topic, partition }) => !this.#replays.has(topic, partition))
  }

  /** Stops restoring `target`, restored or not, or following it: because it will run (`promoted`), or is given up. */
  remove(target: RestoreTarget, reason: 'migrated' | 'promoted' = 'migrated'): void {
    this.#planned.delete(target)
    this.#plans.delete(target)
    for (const changelog of target.changelogs) {
      const replay = this.#replays.get(changelog.topic, changelog.partition)
      if (replay?.target !== target) continue
      this.#replays.delete(changelog.topic, changelog.partition)
      this.#parts.fetcher.remove(changelog)
      this.#probing.delete(replay)
      const { listener } = this.#parts
      // Nobody was told that it began.
      if (replay.probe !== null) continue
      if (replay.end !== Infinity) listener.restoreSuspended?.({ ...placeOf(changelog), restored: replay.restored })
      else listener.standbyEnd?.({ ...placeOf(changelog), taskId: target.taskId, offset: replay.position, reason })
    }
    this.#balance()
  }

  /** What the fetcher could not settle: called by it. */
  readonly onProblem = (problem: FetchProblem): void => {
    const replay = this.#replays.get(problem.topic, problem.partition)
    if (replay === undefined) return
    if (problem.kind === 'out-of-range' || problem.kind === 'truncated' || problem.kind === 'recreated') {
      this.#startOver(replay, problem)
      return
    }
    const failure = new TaskError(
      'RESTORE_FAILED',
      `Cannot restore store "${replay.changelog.store}" of task ${replay.target.taskId} from "${problem.topic}": ${problem.error.message}`,
      {
        cause: problem.error,
        taskId: replay.target.taskId,
        store: replay.changelog.store,
        topic: problem.topic,
        partition: problem.partition,
      },
    )
    this.#failures.push(failure)
  }

  async #limits(target: RestoreTarget): Promise<TopicPartitionMap<number>> {
    const sources = target.changelogs.filter(({ isSourceTopic }) => isSourceTopic)
    return sources.length === 0 ? new TopicPartitionMap() : this.#parts.committedOffsets(sources)
  }

  /** `last`: the end of the changelog as it was, also for a standby. */
  #begin(replay: Replay, last: number): void {
    const { changelog, end, logStart } = replay
    const stored = changelog.storedOffset()
    if (stored !== null && (stored + 1 < logStart || stored >= end)) {
      changelog.wipe(
        stored + 1 < logStart
          ? `its offset ${stored} is below the start ${logStart} of the changelog`
          : `its offset ${stored} is beyond the end ${end} of the changelog`,
      )
    }
    replay.position = Math.max(logStart, (changelog.storedOffset() ?? -1) + 1)
    if (replay.position >= end) return
    this.#replays.set(changelog.topic, changelog.partition, replay)
    if (changelog.window !== null && changelog.storedOffset() === null && last - logStart >= WORTH_PROBING) {
      replay.probe = new RetentionProbe(changelog.window, last)
      this.#probing.add(replay)
      this.#parts.fetcher.add(changelog, replay.probe.position)
      return
    }
    this.#announce(replay)
    this.#parts.fetcher.add(changelog, replay.position)
  }

  #announce({ changelog, target, end, position }: Replay): void {
    const { listener } = this.#parts
    if (end !== Infinity) listener.restoreStart({ ...placeOf(changelog), from: position, to: end })
    else listener.standbyStart?.({ ...placeOf(changelog), taskId: target.taskId, from: position })
  }

  /** The probe of a replay has looked at what it wanted to see. */
  #settle(replay: Replay, probe: RetentionProbe): void {
    const { changelog } = replay
    const { time } = probe
    if (time === null && probe.widen()) {
      this.#parts.fetcher.seek(changelog, probe.position)
      return
    }
    probe.isOver = true
    if (time === null) {
      this.#readFrom(replay, replay.logStart)
      return
    }
    // Offsets of records that are not decided, or aborted, are not later than those of others: with them it begins too early, if anything.
    const found = this.#parts.admin.listOffsets([changelog], time, 'read_uncommitted')
    found.then(
      (offsets) => this.#decided(replay, probe, offsets.get(changelog.topic, changelog.partition) ?? -1),
      () => this.#decided(replay, probe, -1),
    )
  }

  #decided(replay: Replay, probe: RetentionProbe, offset: number): void {
    const { changelog, logStart, position } = replay
    if (replay.probe !== probe || this.#replays.get(changelog.topic, changelog.partition) !== replay) return
    this.#readFrom(replay, Math.max(logStart, offset))
    if (replay.position === position) return
    this.#parts.logger.info(
      {
        store: changelog.store,
        topic: changelog.topic,
        partition: changelog.partition,
        from: replay.position,
        skipped: replay.position - position,
      },
      'restoring a store from where its windows have not expired',
    )
  }

  /** Ends the probing of a replay: what is below `offset` has expired. */
  #readFrom(replay: Replay, offset: number): void {
    this.#probing.delete(replay)
    replay.probe = null
    replay.position = offset
    this.#announce(replay)
    this.#parts.fetcher.seek(replay.changelog, offset)
    if (offset >= replay.end) this.#end(replay)
    else this.#balance()
  }

  /** A probe that gets nothing to see, as behind an open transaction, is given up: then all is read. */
  #watchProbes(now: number): void {
    for (const replay of this.#probing) {
      const { probe } = replay
      if (probe === null || probe.isOver || replay.isPaused) continue
      probe.startedMs ??= now
      if (now - probe.startedMs < PROBE_MS) continue
      probe.isOver = true
      this.#readFrom(replay, replay.logStart)
    }
  }

  /** A transaction that nobody ends keeps a restore waiting for ever, with nothing else to see of it. */
  #lookForWaiting(now: number): void {
    this.#nextLookMs = now + LOOK_MS
    const { fetcher, logger } = this.#parts
    for (const replay of this.#replays.values()) {
      const { changelog, end, position, probe, target } = replay
      const stable = fetcher.lastStableOffset(changelog)
      const isWaiting = end !== Infinity && !replay.isPaused && probe === null && stable !== null && position >= stable
      if (!isWaiting) {
        replay.waitingSinceMs = null
        continue
      }
      replay.waitingSinceMs ??= now
      const waitedMs = now - replay.waitingSinceMs
      // At 30 s, and from then on each time that it has become twice as long.
      if (waitedMs < replay.warnsAfterMs) continue
      replay.warnsAfterMs = Math.max(replay.warnsAfterMs * 2, waitedMs + LOOK_MS)
      const { store, topic, partition } = changelog
      logger.warn(
        { taskId: target.taskId, store, topic, partition, offset: position, end, waitedMs },
        `Store "${store}" of task ${target.taskId} has waited ${Math.floor(waitedMs / 1000)} s for a transaction that is open at ${topic}-${partition} offset ${position}: what is behind it, up to ${end}, is read when it has ended`,
      )
    }
  }

  /** Reads of what is to run the partitions with the least left, and of standbys only when nothing is. */
  #balance(): void {
    const replays = Array.from(this.#replays.values())
    const left = ({ end, position }: Replay): number => end - position
    const urgent = replays.filter(({ end }) => end !== Infinity).sort((a, b) => left(a) - left(b))
    const read = new Set(urgent.length === 0 ? replays : urgent.slice(0, READ_AT_ONCE))
    for (const replay of replays) {
      const isPaused = !read.has(replay)
      if (isPaused === replay.isPaused) continue
      replay.isPaused = isPaused
      if (isPaused) this.#parts.fetcher.pause(replay.changelog)
      else this.#parts.fetcher.resume(replay.changelog)
    }
  }

  #apply(chunk: FetchedChunk): void {
    const replay = this.#replays.get(chunk.topic, chunk.partition)
    try {
      if (replay === undefined || replay.hasFailed) return
      const { probe } = replay
      if (probe !== null) {
        if (probe.feed(chunk.batches, chunk.from, chunk.nextOffset)) this.#steps.push(() => this.#settle(replay, probe))
        return
      }
      assert(chunk.nextOffset >= replay.position, 'a changelog is read forward')
      // Beyond the end there may be more: of a source topic what is not processed yet, which must not be in the store.
      const nextOffset = Math.min(chunk.nextOffset, replay.end)
      this.#restore(replay, chunk, nextOffset)
    } finally {
      chunk.release()
    }
    if (replay.position >= replay.end) this.#end(replay)
  }

  #restore(replay: Replay, { batches, from }: FetchedChunk, nextOffset: number): void {
    const { changelog, end, target } = replay
    const { fetcher, listener } = this.#parts
    const isAll = end === Infinity ? fetcher.lag(changelog) === 0 : nextOffset >= end
    replay.hasFailed = true
    const count = changelog.restore(batches, from, nextOffset, isAll)
    replay.hasFailed = false
    replay.restored += count
    replay.position = nextOffset
    if (end !== Infinity) {
      listener.restoreBatch?.({ ...placeOf(changelog), offset: nextOffset, count })
      return
    }
    listener.standbyBatch?.({
      ...placeOf(changelog),
      taskId: target.taskId,
      offset: nextOffset,
      count,
      end: nextOffset + (fetcher.lag(changelog) ?? 0),
    })
  }

  #end({ changelog, restored }: Replay): void {
    this.#replays.delete(changelog.topic, changelog.partition)
    this.#parts.fetcher.remove(changelog)
    this.#parts.listener.restoreEnd({ ...placeOf(changelog), restored })
    this.#balance()
  }

  #startOver(replay: Replay, problem: FetchProblem): void {
    const from = Math.max(problem.logStartOffset, 0)
    replay.changelog.wipe(`offset ${problem.offset} of "${problem.topic}" cannot be read any more (${problem.kind})`)
    replay.position = from
    if (replay.probe !== null) {
      this.#probing.delete(replay)
      replay.probe = null
      this.#announce(replay)
    }
    this.#parts.logger.warn(
      { store: replay.changelog.store, topic: problem.topic, partition: problem.partition, offset: problem.offset, from },
      'restoring a store from the start of its changelog',
    )
    this.#parts.fetcher.seek(replay.changelog, from)
    if (from >= replay.end) this.#end(replay)
  }
}

type ReplayParts = Pick<Replay, 'changelog' | 'target' | 'end' | 'logStart'>

function newReplay(parts: ReplayParts): Replay {
  return { ...parts, probe: null, position: 0, waitingSinceMs: null, warnsAfterMs: WARN_MS, restored: 0, isPaused: false, hasFailed: false }
}

function placeOf({ store, topic, partition }: ChangelogReplay): RestoredPartition {
  return { store, topic, partition }
}

function offsetOf(offsets: TopicPartitionMap<number>, { topic, partition, store }: ChangelogReplay): number {
  const offset = offsets.get(topic, partition)
  if (offset === undefined) {
    throw new TaskError(
      'RESTORE_FAILED',
      `Cannot restore store "${store}": partition ${partition} of changelog "${topic}" has no offsets`,
      {
        topic,
        partition,
        store,
      },
    )
  }
  return offset
}
