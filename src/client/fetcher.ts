import type { Timer } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import { isPassing } from './retry.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { FetchPartitionData } from '../protocol/messages/fetch.ts'
import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { Client } from './client.ts'
import { FetchBudget, type ResponseLease } from './fetch/fetch-budget.ts'
import { fetchErrorAction } from './fetch/fetch-errors.ts'
import { Chunk, FetchPartition } from './fetch/fetch-partition.ts'
import type { FetchTarget } from './fetch/fetch-session.ts'
import { type FetchSelection, FetchSource, type SourceOwner } from './fetch/fetch-source.ts'
import type { PartitionAnswer } from './fetch/partition-answer.ts'
import { selectBatches } from './fetch/select-batches.ts'
import { checkTruncation, type TruncationVerdict } from './fetch/truncation-check.ts'
import type { FetchedChunk } from './fetched-chunk.ts'
import type { FetcherOptions } from './fetcher-options.ts'
import type { NodeLinks } from './node-links.ts'

/** What a fetcher cannot settle by itself. The partition is not fetched any more until `seek`, or `remove` and `add`. */
export interface FetchProblem {
  /**
   * - `out-of-range`: the log does not have the position.
   * - `truncated`: the log was cut below the position; `endOffset` is where it diverges.
   * - `corrupt`: the next batch cannot be read.
   * - `recreated`: the topic now has another id.
   */
  readonly kind: 'out-of-range' | 'truncated' | 'corrupt' | 'recreated' | 'unauthorized' | 'failed'
  readonly topic: string
  readonly partition: number
  /** The position. */
  readonly offset: number
  /** Log start as the broker gave it; -1 unknown. */
  readonly logStartOffset: number
  /** Where a truncated log ends; -1 unknown. */
  readonly endOffset: number
  readonly error: ClusterError
}

/** Who leads a partition, who is to be asked for its records, and for what. */
interface LedTarget {
  readonly leaderId: number
  readonly nodeId: number
  readonly target: FetchTarget
}

/** Queued bytes of a partition, in multiples of `partitionMaxBytes`, from which on it is not asked for. */
const QUEUED_CHUNKS_MAX = 2

/**
 * Reads partitions from their leaders, or from the followers of our rack that they name (KIP-392), ahead of need: a request is in flight to every broker as long as a partition of it has room.
 * Everything but `whenReady` and `close` is synchronous.
 *
 * What passes (moves of leaders, lost connections, lost sessions) is retried inside; the rest is told to `onProblem`, outside of any call
 * of the owner. An answer for a partition that was removed or moved meanwhile is dropped.
 */
export class Fetcher {
  /** Called, outside of any call of the owner, when `poll()` has something that it did not have. */
  onReady: (() => void) | null = null
  readonly #client: Client
  readonly #options: FetcherOptions
  readonly #onProblem: (problem: FetchProblem) => void
  readonly #links: NodeLinks
  readonly #partitions = new TopicPartitionMap<FetchPartition>()
  readonly #sources = new Map<number, FetchSource>()
  readonly #owner: SourceOwner
  readonly #stopListening: () => void
  #waiter: PromiseWithResolvers<void> | null = null
  /** Steps to come. */
  readonly #timers = new Set<Timer>()
  #isStepPlanned = false
  #rotation = 0
  #isClosed = false

  constructor(client: Client, options: FetcherOptions, onProblem: (problem: FetchProblem) => void) {
    this.#client = client
    this.#options = options
    this.#onProblem = onProblem
    this.#links = client.openLinks(options.purpose)
    this.#owner = {
      client,
      options,
      links: this.#links,
      budget: new FetchBudget(options.bufferBytesMax, () => this.#wake(0)),
      select: (nodeId) => this.#select(nodeId),
      take: (answers, byteLength) => this.#take(answers, byteLength),
      lost: (nodeId) => this.#lost(nodeId),
      refuse: (targets, error) => {
        for (const { partition } of targets) this.#halt(partition, 'failed', error)
      },
      wake: (delayMs) => this.#wake(delayMs),
    }
    this.#stopListening = client.metadata.onUpdate(() => this.#wake(0))
  }

  /** Starts to fetch at `offset`. `leaderEpoch` is that of the record before it, if known (truncation check). */
  add(at: TopicPartition, offset: number, leaderEpoch = -1): void {
    if (this.#partitions.has(at.topic, at.partition)) return this.seek(at, offset, leaderEpoch)
    this.#partitions.set(at.topic, at.partition, new FetchPartition(at.topic, at.partition, offset, leaderEpoch))
    this.#client.metadata.watch(at.topic)
    this.#wake(0)
  }

  /** Does nothing if it was not added. */
  remove(at: TopicPartition): void {
    const state = this.#partitions.get(at.topic, at.partition)
    if (state === undefined) return
    state.isRemoved = true
    state.drop()
    this.#partitions.delete(at.topic, at.partition)
    this.#client.metadata.unwatch(at.topic)
  }

  seek(at: TopicPartition, offset: number, leaderEpoch = -1): void {
    const state = this.#state(at)
    state.seek(offset, leaderEpoch)
    this.#wake(0)
  }

  /** `poll` gives nothing of it, and it is not asked for; what has arrived is kept. */
  pause(at: TopicPartition): void {
    this.#state(at).isPaused = true
  }

  resume(at: TopicPartition): void {
    const state = this.#state(at)
    if (!state.isPaused) return
    state.isPaused = false
    this.#hurry(state)
    this.#wake(0)
    if (state.queue.length > 0) this.#client.options.environment.scheduler.soon(() => this.#announce())
  }

  /** What has arrived of partitions that are not paused: fair over partitions, in offset order within each. */
  poll(): FetchedChunk[] {
    const waiting = [...this.#partitions.values()].filter((state) => !state.isPaused && state.queue.length > 0)
    if (waiting.length === 0) return []
    const first = this.#rotation++ % waiting.length
    const order = [...waiting.slice(first), ...waiting.slice(0, first)]
    const chunks: FetchedChunk[] = []
    for (const state of order) if (this.#isFull(state)) this.#hurry(state)
    for (let isMore = true; isMore;) {
      isMore = false
      for (const state of order) {
        const chunk = state.shift()
        if (chunk !== undefined) chunks.push(chunk)
        if (state.queue.length > 0) isMore = true
      }
    }
    this.#wake(0)
    return chunks
  }

  /** Resolves when `poll()` would give something. Never rejects. */
  whenReady(): Promise<void> {
    if (this.#isReady()) return Promise.resolve()
    this.#waiter ??= Promise.withResolvers()
    return this.#waiter.promise
  }

  /** The offset after the last chunk given out. */
  position(at: TopicPartition): number {
    return this.#state(at).position
  }

  /** `null`: not known yet. */
  highWatermark(at: TopicPartition): number | null {
    return this.#state(at).highWatermark
  }

  /** `null`: not known yet. */
  lastStableOffset(at: TopicPartition): number | null {
    return this.#state(at).lastStableOffset
  }

  /** Offsets between the position and the end (under read_committed the last stable offset); `null`: not known yet. */
  lag(at: TopicPartition): number | null {
    const state = this.#state(at)
    const end = this.#options.isolation === 'read_committed' ? state.lastStableOffset : state.highWatermark
    return end === null ? null : Math.max(0, end - state.position)
  }

  /** Closes idle fetch sessions, ends the connections and drops what was fetched. A waiting `whenReady` resolves. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    this.#stopListening()
    for (const [at] of this.#partitions.entries()) this.remove(at)
    this.#waiter?.resolve()
    await Promise.all([...this.#sources.values()].map((source) => source.close()))
    this.#client.closeLinks(this.#links)
  }

  #state(at: TopicPartition): FetchPartition {
    const state = this.#partitions.get(at.topic, at.partition)
    if (state === undefined) throw new RangeError(`Cannot use '${at.topic}' partition ${at.partition}: it was not added to the fetcher`)
    return state
  }

  #isFull(state: FetchPartition): boolean {
    return state.queuedBytes >= this.#options.partitionMaxBytes * QUEUED_CHUNKS_MAX
  }

  #hurry(state: FetchPartition): void {
    const led = this.#client.metadata.partition(state.topic, state.partition)
    if (led !== undefined) this.#sources.get(state.replicaId >= 0 ? state.replicaId : led.leaderId)?.hurry()
  }

  #wake(delayMs: number): void {
    if (this.#isClosed) return
    const { scheduler } = this.#client.options.environment
    if (delayMs <= 0) {
      if (this.#isStepPlanned) return
      this.#isStepPlanned = true
      return scheduler.soon(() => this.#step())
    }
    // One timer for each: a step that comes too early for a back-off does not look again when it is over.
    const timer = scheduler.after(delayMs, () => {
      this.#timers.delete(timer)
      this.#step()
    })
    this.#timers.add(timer)
  }

  /** Looks at every partition: who leads it, whether its position must be checked, whether it can be asked for. */
  #step(): void {
    this.#isStepPlanned = false
    if (this.#isClosed) return
    const unchecked = new Map<number, FetchTarget[]>()
    const nodes = new Set<number>()
    for (const state of this.#partitions.values()) {
      const led = this.#target(state)
      if (led === null) continue
      nodes.add(led.nodeId)
      if (this.#mustCheck(led.target)) {
        const list = unchecked.get(led.leaderId)
        if (list === undefined) unchecked.set(led.leaderId, [led.target])
        else list.push(led.target)
      }
    }
    for (const [nodeId, targets] of unchecked) void this.#check(nodeId, targets)
    for (const nodeId of nodes) this.#source(nodeId).pump()
  }

  #source(nodeId: number): FetchSource {
    let source = this.#sources.get(nodeId)
    if (source === undefined) this.#sources.set(nodeId, (source = new FetchSource(nodeId, this.#owner)))
    return source
  }

  /** Where and how to ask for a partition; `null` while nobody leads it. Reports a topic that was made anew. */
  #target(state: FetchPartition): LedTarget | null {
    if (state.isHalted) return null
    const topic = this.#client.metadata.topic(state.topic)
    const led = topic?.partitions[state.partition]
    if (topic === undefined || led === undefined) return null
    state.topicId ??= topic.topicId
    if (state.topicId !== topic.topicId) {
      const message = `Cannot read '${state.topic}' partition ${state.partition}: the topic was deleted and created again`
      this.#halt(state, 'recreated', new ClusterError('TOPIC_RECREATED', message, { topic: state.topic, partition: state.partition }))
      return null
    }
    if (led.leaderId < 0) return null
    const bytesMax = this.#options.partitionMaxBytes
    const target = { partition: state, topicId: topic.topicId, leaderEpoch: led.leaderEpoch, bytesMax }
    return { leaderId: led.leaderId, nodeId: this.#replicaOf(state, led.leaderId), target }
  }

  /** The node to read from: the follower that the leader has named, as long as it is there and not for ever. */
  #replicaOf(state: FetchPartition, leaderId: number): number {
    if (state.replicaId < 0) return leaderId
    if (state.replicaUntilMs > this.#nowMs() && this.#client.metadata.node(state.replicaId) !== undefined) return state.replicaId
    state.replicaId = -1
    return leaderId
  }

  #lost(nodeId: number): void {
    for (const state of this.#partitions.values()) if (state.replicaId === nodeId) state.replicaId = -1
  }

  /** A new leader may lack what was read from the old one; positions of unknown epoch cannot be checked. */
  #mustCheck({ partition: state, leaderEpoch }: FetchTarget): boolean {
    if (state.isValidating || state.retryAtMs > this.#nowMs()) return false
    if (state.leaderEpoch >= 0 && leaderEpoch > state.leaderEpoch && leaderEpoch > state.validEpoch) return true
    state.validEpoch = Math.max(state.validEpoch, leaderEpoch)
    return false
  }

  async #check(nodeId: number, targets: readonly FetchTarget[]): Promise<void> {
    const epochs = new Map(targets.map((target) => [target, target.partition.epoch]))
    for (const { partition } of targets) partition.isValidating = true
    let verdicts: ReadonlyMap<FetchTarget, TruncationVerdict> = new Map()
    try {
      verdicts = await checkTruncation(this.#client, nodeId, targets)
    } catch (error) {
      // Without the API there is nothing to check with.
      if (!isPassing(error)) verdicts = new Map(targets.map((target) => [target, { kind: 'valid' }]))
      else this.#client.metadata.invalidate()
    }
    for (const target of targets) {
      const state = target.partition
      state.isValidating = false
      if (state.isRemoved || state.epoch !== epochs.get(target)) continue
      const verdict = verdicts.get(target)
      if (verdict?.kind === 'valid') state.validEpoch = target.leaderEpoch
      else if (verdict?.kind === 'truncated') this.#truncated(state, verdict.endOffset)
      else if (verdict?.kind === 'error') this.#failed(target, verdict.errorCode)
      else this.#postpone(state)
    }
    this.#wake(0)
  }

  #select(nodeId: number): FetchSelection | null {
    if (this.#isClosed) return null
    const nowMs = this.#nowMs()
    let targets: FetchTarget[] = []
    let isPartial = false
    for (const state of this.#partitions.values()) {
      const led = this.#target(state)
      if (led === null || led.nodeId !== nodeId) continue
      const isChecked = state.leaderEpoch < 0 || led.target.leaderEpoch <= Math.max(state.validEpoch, state.leaderEpoch)
      if (isChecked && !state.isPaused && state.retryAtMs <= nowMs && !this.#isFull(state)) targets.push(led.target)
      else isPartial = true
    }
    const freeBytes = this.#owner.budget.freeBytes
    if (freeBytes <= 0) {
      const starving = targets.filter(({ partition }) => partition.heldChunks === 0)
      isPartial ||= starving.length < targets.length
      targets = starving
    }
    if (targets.length === 0) return null
    const bytesMax = freeBytes <= 0 ? 1 : Math.min(this.#options.fetchMaxBytes, freeBytes)
    return { targets, isPartial, bytesMax }
  }

  #take(answers: readonly PartitionAnswer[], byteLength: number): void {
    const lease = this.#owner.budget.hold(byteLength)
    let hasNews = false
    try {
      for (const answer of answers) {
        if (!this.#isClosed && !answer.target.partition.isRemoved && this.#takePartition(answer, lease)) hasNews = true
      }
    } finally {
      lease.release()
    }
    if (hasNews) this.#announce()
  }

  /** Whether `poll` has something that it did not have. */
  #takePartition({ target, data }: PartitionAnswer, lease: ResponseLease): boolean {
    const state = target.partition
    state.learnEnds(data)
    if (data.logStartOffset >= 0) state.logStartOffset = data.logStartOffset
    if (data.preferredReadReplica >= 0) {
      state.replicaId = data.preferredReadReplica
      state.replicaUntilMs = this.#nowMs() + this.#client.options.metadataMaxAgeMs
    }
    if (data.errorCode !== kafka.NONE) {
      this.#client.metadata.learnLeader(state.topic, state.partition, data.currentLeader)
      this.#failed(target, data.errorCode)
    } else if (data.divergingEpoch.epoch >= 0) this.#truncated(state, data.divergingEpoch.endOffset)
    else if (data.records !== null && data.records.length > 0) return this.#takeRecords(state, data, lease)
    return false
  }

  #takeRecords(state: FetchPartition, data: FetchPartitionData, lease: ResponseLease): boolean {
    const records = data.records!
    const { batches, nextOffset, leaderEpoch, failure } = selectBatches(records, {
      origin: { topic: state.topic, partition: state.partition },
      from: state.fetchOffset,
      aborted: this.#options.isolation === 'read_committed' ? data.abortedTransactions : null,
      checkCrcs: this.#options.checkCrcs,
    })
    if (nextOffset > state.fetchOffset) {
      const content = { batches, from: state.fetchOffset, nextOffset, leaderEpoch, byteLength: records.length }
      state.push(new Chunk(state, lease, content))
      // A batch that could not be read is asked for again, and is then the first of its answer.
      return !state.isPaused
    }
    if (failure instanceof ClusterError) this.#halt(state, 'corrupt', failure)
    else if (failure !== null) throw failure
    return false
  }

  #failed({ partition: state }: FetchTarget, errorCode: number): void {
    const action = fetchErrorAction(errorCode)
    const at = { topic: state.topic, partition: state.partition, offset: state.fetchOffset, kafkaCode: errorCode }
    const what = `Cannot read '${state.topic}' partition ${state.partition} at offset ${state.fetchOffset}`
    const message = `${what}: the cluster answered ${kafkaErrorName(errorCode)}`
    const wasFollower = state.replicaId >= 0
    if (action === 'refresh' || action === 'out-of-range') state.replicaId = -1
    switch (action) {
      case 'refresh':
        this.#client.metadata.invalidate(state.topic)
        return this.#postpone(state)
      case 'retry':
        return this.#postpone(state)
      case 'out-of-range':
        // A follower may be behind, or not have what the leader keeps in its tiered storage: the leader decides.
        if (wasFollower) return this.#wake(0)
        return this.#halt(state, action, new ClusterError('OFFSET_OUT_OF_RANGE', message, at))
      case 'corrupt':
        return this.#halt(state, action, new ClusterError('CORRUPT_BATCH', message, at))
      case 'unauthorized':
        return this.#halt(state, action, new ClusterError('NOT_AUTHORIZED', message, at))
      case 'failed':
        return this.#halt(state, action, new ClusterError('REQUEST_REFUSED', message, at))
    }
  }

  #truncated(state: FetchPartition, endOffset: number): void {
    const where = endOffset < 0 ? 'below' : `at offset ${endOffset}, below`
    const message = `Cannot go on reading '${state.topic}' partition ${state.partition}: its log was cut ${where} the position ${state.fetchOffset}`
    const at = { topic: state.topic, partition: state.partition, offset: state.fetchOffset }
    this.#halt(state, 'truncated', new ClusterError('LOG_TRUNCATED', message, at), endOffset)
  }

  #postpone(state: FetchPartition): void {
    const { retryBackoffMs, environment } = this.#client.options
    const waitMs = retryBackoffMs * (0.8 + 0.4 * environment.random.next())
    state.retryAtMs = this.#nowMs() + waitMs
    this.#wake(waitMs)
  }

  /** Stops with the partition and tells the owner, outside of whatever call found the problem. */
  #halt(state: FetchPartition, kind: FetchProblem['kind'], error: ClusterError, endOffset = -1): void {
    state.isHalted = true
    const { topic, partition, fetchOffset: offset, logStartOffset, epoch } = state
    this.#client.options.environment.scheduler.soon(() => {
      if (this.#isClosed || state.isRemoved || state.epoch !== epoch) return
      this.#onProblem({ kind, topic, partition, offset, logStartOffset, endOffset, error })
    })
  }

  #isReady(): boolean {
    for (const state of this.#partitions.values()) if (!state.isPaused && state.queue.length > 0) return true
    return false
  }

  #announce(): void {
    if (this.#isClosed || !this.#isReady()) return
    const waiter = this.#waiter
    this.#waiter = null
    waiter?.resolve()
    this.onReady?.()
  }

  #nowMs(): number {
    return this.#client.options.environment.clock.monotonic()
  }
}
