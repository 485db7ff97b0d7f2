import { assert } from '../base/assert.ts'
import { sleep } from '../base/environment.ts'
import { ClusterError, type MillraceError } from '../base/errors.ts'
import { TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { ApiVersionRange } from '../protocol/transport.ts'
import { type BatchView, viewBatch } from '../record/batch-view.ts'
import type { Compression } from '../record/compression.ts'
import { Backoff } from './backoff.ts'
import type { Client } from './client.ts'
import type { GroupMetadata } from './group-metadata.ts'
import { closedError } from './node-links.ts'
import type { OffsetToCommit } from './offset-to-commit.ts'
import type { OutgoingRecord } from './outgoing-record.ts'
import type { ProducerTarget } from './producer-target.ts'
import { BatchPool } from './produce/batch-pool.ts'
import { IdempotentSession } from './produce/idempotent-session.ts'
import type { ProducerIdentity } from './produce/producer-identity.ts'
import { Sender } from './produce/sender.ts'
import { splitBatch } from './produce/split-batch.ts'
import { type ProducerBatch, TargetState } from './produce/target-state.ts'
import { TransactionSession } from './produce/transaction-session.ts'

/** How a producer writes. */
export interface ProducerOptions {
  /** `null`: idempotent, without transactions. */
  readonly transactionalId: string | null
  /** `transaction.timeout.ms`, 10000 under Streams. */
  readonly transactionTimeoutMs: number
  /** `linger.ms`, 100 under Streams. */
  readonly lingerMs: number
  /**
   * Whether what was appended leaves at once when nothing is in flight to the leader of its partition, and lingers only while something is:
   * alone a record does not wait, and many fill their batches in the time that the broker takes. Default false: it lingers, as in Java.
   */
  readonly sendsWhenIdle?: boolean
  /** `batch.size`: a batch is sealed before it passes this, unless one record alone does. */
  readonly batchBytesMax: number
  /** `buffer.memory`, 32 MiB. `append` still takes records beyond it; the caller stops at `isFull`. */
  readonly bufferBytesMax: number
  /** `max.request.size`, 1 MiB: the limit of a record with its batch and, as far as one batch allows, of a request. */
  readonly requestBytesMax: number
  /** `delivery.timeout.ms`; `Infinity` is allowed. */
  readonly deliveryTimeoutMs: number
  readonly compression: Compression
  /** `max.in.flight.requests.per.connection`, 1 to 5. */
  readonly maxInFlight: number
  /** `max.block.ms`: how long one step of a transaction may take, retries included; 60000 if absent. */
  readonly maxBlockMs?: number
  /**
   * Decides on a batch that will not be written. Under a transactional id the transaction is lost whatever it says. `fail`: `append`
   * throws the error, until a `flush` has rejected with it.
   */
  readonly onFailedBatch: (failure: FailedBatch) => 'fail' | 'skip' | 'retry'
}

/**
 * A batch that will not be written. Record n of `batch` came from `nodes[n]`, `sourcePartitions[n]`, `sourceOffsets[n]`. The arrays are
 * good for the time of the call only.
 */
export interface FailedBatch {
  readonly topic: string
  readonly partition: number
  readonly error: ClusterError
  readonly recordCount: number
  readonly batch: BatchView
  readonly nodes: Int32Array
  readonly sourcePartitions: Int32Array
  readonly sourceOffsets: Float64Array
}

interface FlushWaiter {
  readonly batches: Set<ProducerBatch>
  readonly settled: PromiseWithResolvers<void>
}

const MAX_BLOCK_MS = 60_000

/**
 * How much of the memory may be in use when whoever waited for room goes on: with room for a few records only there would be a wait, and a
 * batch that is cut short, for each of them.
 */
const WRITABLE_SHARE = 0.75

/**
 * Writes records, each once: idempotent always, in transactions where it has a transactional id.
 *
 * `append` is synchronous and copies; batches leave by themselves when they are full or have lingered, up to `maxInFlight` requests per
 * broker. One owner uses it: it does not append while it commits or aborts.
 */
export class Producer {
  readonly #client: Client
  readonly #options: ProducerOptions
  readonly #pool: BatchPool
  readonly #sender: Sender
  readonly #targets = new TopicPartitionMap<TargetState>()
  readonly #transaction: TransactionSession | null
  readonly #idempotent: IdempotentSession
  /** Version 1: the partitions that the coordinator knows to be in the transaction. */
  readonly #added = new Set<TargetState>()
  readonly #flushes = new Set<FlushWaiter>()
  #isAdding = false
  #isBumping = false
  /** A transaction is being ended: `append` is not allowed. */
  #isEnding = false
  /** What is unsent is dropped instead of sent. */
  #isDropping = false
  #hasGap = false
  #failure: MillraceError | null = null
  #bufferedBytes = 0
  #writable: PromiseWithResolvers<void> | null = null
  #idle: PromiseWithResolvers<void> | null = null
  #isClosed = false

  constructor(client: Client, options: ProducerOptions) {
    this.#client = client
    this.#options = options
    this.#pool = new BatchPool(Math.min(options.batchBytesMax, options.requestBytesMax))
    const { transactionalId, transactionTimeoutMs } = options
    const maxBlockMs = options.maxBlockMs ?? MAX_BLOCK_MS
    this.#transaction =
      transactionalId === null ? null : new TransactionSession(client, { transactionalId, transactionTimeoutMs, maxBlockMs })
    this.#idempotent = new IdempotentSession(client)
    this.#sender = this.#createSender()
  }

  /** Where to append for a partition. The same object for the same partition. */
  target(topic: string, partition: number): ProducerTarget {
    let state = this.#targets.get(topic, partition)
    if (state === undefined) {
      const { retryBackoffMs, retryBackoffMaxMs, environment } = this.#client.options
      state = new TargetState(topic, partition, {
        pool: this.#pool,
        batchBytesMax: Math.min(this.#options.batchBytesMax, this.#options.requestBytesMax),
        recordBytesMax: this.#options.requestBytesMax,
        maxInFlight: this.#options.maxInFlight,
        compression: this.#options.compression,
        isTransactional: this.#transaction !== null,
        takesAnyFirstSequence: () => this.#transaction?.usesV2 !== true,
        now: () => environment.clock.monotonic(),
        createBackoff: () => new Backoff(retryBackoffMs, retryBackoffMaxMs, environment.random),
      })
      this.#targets.set(topic, partition, state)
      this.#client.metadata.watch(topic)
    }
    return state
  }

  /**
   * Copies the record into the open batch of `target`; returns `bufferedBytes`. Begins a transaction if none is open. Throws
   * RECORD_TOO_LARGE (nothing was appended), or what ended the transaction, the session or, without transactions, a batch.
   */
  append(target: ProducerTarget, record: OutgoingRecord): number {
    const state = target as TargetState
    this.#requireWritable()
    const { open } = state
    this.#bufferedBytes += state.append(record)
    if (state.open !== open) {
      this.#sender.opened(state)
      if (open !== null) this.#sender.wake()
    }
    if (this.isFull) this.#sender.wake()
    return this.#bufferedBytes
  }

  /** Bytes of records that are not acknowledged. */
  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get isFull(): boolean {
    return this.#bufferedBytes >= this.#options.bufferBytesMax
  }

  /** Resolves when there is room: at once if `isFull` is false, else when a quarter of the memory is free. Rejects with the error that `append` would throw. */
  whenWritable(): Promise<void> {
    const obstacle = this.#obstacle()
    if (obstacle !== null) return Promise.reject(obstacle)
    if (!this.isFull) return Promise.resolve()
    this.#writable ??= Promise.withResolvers()
    return this.#writable.promise
  }

  /**
   * Resolves when everything that was appended before is acknowledged, or was skipped by the handler; rejects with the first failure, or
   * with what ended the transaction or the session.
   */
  async flush(): Promise<void> {
    const obstacle = this.#obstacle()
    if (obstacle !== null) {
      this.#failure = null
      throw obstacle
    }
    const batches = new Set<ProducerBatch>()
    for (const target of this.#sender.active) {
      target.close()
      for (const batch of target.batches()) batches.add(batch)
    }
    if (batches.size === 0) return
    this.#sender.wake()
    const waiter: FlushWaiter = { batches, settled: Promise.withResolvers() }
    this.#flushes.add(waiter)
    await waiter.settled.promise
  }

  /** The highest offset of `target` that was acknowledged since the start; -1: none. */
  acknowledgedOffset(target: ProducerTarget): number {
    return (target as TargetState).acknowledgedOffset
  }

  /** Whether a transaction has begun and not ended. */
  get hasTransaction(): boolean {
    return this.#transaction?.state === 'open' || this.#transaction?.state === 'abortable'
  }

  /**
   * Gets a producer id and fences the last producer with this transactional id; waits until its transaction has ended. Before the first
   * transaction, and after every error but TRANSACTION_ABORTABLE and TASK_MIGRATED: drops what was not acknowledged and begins anew.
   * Rejects with what passes (NOT_SENT, OUTCOME_UNKNOWN) when `maxBlockMs` is over: try again.
   */
  async initTransactions(): Promise<void> {
    assert(this.#transaction !== null, 'transactions need a transactional id')
    this.#requireOpen()
    this.#isEnding = true
    try {
      this.#dropEverything()
      await this.#transaction.init()
      this.#hasGap = false
    } finally {
      this.#isEnding = false
    }
  }

  /**
   * Commits what was appended together with the positions: flush, offsets, end. Resolves when it is committed; does nothing when there is
   * neither a transaction nor a position. Rejects with
   * - TRANSACTION_ABORTABLE: not committed; call `abortTransaction`.
   * - TASK_MIGRATED (25, 22, 82, 113, 110, 69): not committed, the member has lost its tasks; call `abortTransaction` and rejoin.
   * - PRODUCER_FENCED: not committed by this producer; call `initTransactions`.
   * - COMMIT_OUTCOME_UNKNOWN: committed or not; call `initTransactions`, then read what was committed.
   * - anything else: not committed; call `initTransactions`.
   */
  async commitTransaction(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void> {
    const transaction = this.#begun(offsets.length > 0)
    if (transaction === null) return
    this.#isEnding = true
    try {
      await this.#flushForCommit(transaction)
      if (transaction.mustBump) await transaction.bump()
      if (offsets.length > 0) await transaction.addOffsets(offsets, group)
      await transaction.end(true)
      this.#added.clear()
    } finally {
      this.#isEnding = false
    }
  }

  /**
   * Drops what was not sent, waits for what was, and aborts. Without transactions it only drops, and forgets a failure. Rejects with
   * PRODUCER_FENCED or OUTCOME_UNKNOWN: nothing of it is visible then either, but only `initTransactions` helps.
   */
  async abortTransaction(): Promise<void> {
    this.#isEnding = true
    this.#isDropping = true
    try {
      this.#dropUnsent()
      await this.#whenIdle()
      this.#failure = null
      if (this.#transaction !== null && this.hasTransaction) await this.#abort(this.#transaction)
    } finally {
      this.#isEnding = false
      this.#isDropping = false
      this.#hasGap = false
    }
  }

  /** Without `timeoutMs` waits for what was appended; 0 drops it. Does not end a transaction: the coordinator does, in time. */
  async close(options: { readonly timeoutMs?: number } = {}): Promise<void> {
    if (this.#isClosed) return
    if (options.timeoutMs !== 0) {
      const flushed = this.flush().catch(() => undefined)
      const { scheduler } = this.#client.options.environment
      await (options.timeoutMs === undefined ? flushed : Promise.race([flushed, sleep(scheduler, options.timeoutMs)]))
    }
    this.#isClosed = true
    this.#dropEverything()
    this.#sender.close()
    this.#transaction?.close()
    for (const [{ topic }] of this.#targets.entries()) this.#client.metadata.unwatch(topic)
  }

  /** Why nothing can be appended; `null` if it can. */
  #obstacle(): MillraceError | null {
    if (this.#isClosed) return closedError()
    return this.#transaction?.error ?? this.#failure
  }

  #requireOpen(): void {
    if (this.#isClosed) throw closedError()
  }

  #requireWritable(): void {
    const transaction = this.#transaction
    if (transaction !== null && transaction.state !== 'open') {
      const obstacle = this.#obstacle()
      if (obstacle !== null) throw obstacle
      assert(transaction.state === 'ready', 'initTransactions comes before the first record')
      assert(!this.#isEnding, 'no record is appended while a transaction ends')
      transaction.begin()
    } else if (this.#isClosed || this.#failure !== null) throw this.#obstacle()!
    assert(!this.#isEnding, 'no record is appended while a transaction ends')
  }

  /** The transaction that is open, begun if there are positions to commit; `null`: there is nothing to commit. */
  #begun(hasOffsets: boolean): TransactionSession | null {
    const transaction = this.#transaction
    assert(transaction !== null, 'transactions need a transactional id')
    this.#requireOpen()
    assert(!this.#isEnding, 'one transaction ends at a time')
    if (transaction.error !== null) throw transaction.error
    assert(transaction.state !== 'new', 'initTransactions comes before the first transaction')
    if (transaction.state === 'ready') {
      if (!hasOffsets) return null
      transaction.begin()
    }
    return transaction
  }

  /** Before the end is asked for everything must be written: what is not would be missing from the transaction, or come after it. */
  async #flushForCommit(transaction: TransactionSession): Promise<void> {
    const timeoutMs = this.#options.maxBlockMs ?? MAX_BLOCK_MS
    const timer = this.#client.options.environment.scheduler.after(timeoutMs, () => {
      const message = `Cannot commit the transaction: its records were not acknowledged within ${timeoutMs} ms`
      transaction.failTransaction(new ClusterError('TRANSACTION_ABORTABLE', message))
      this.#rejectWaiters()
    })
    try {
      await this.flush()
    } finally {
      timer.cancel()
    }
  }

  async #abort(transaction: TransactionSession): Promise<void> {
    this.#added.clear()
    await transaction.end(false)
    // In version 2 the end has bumped the epoch; in version 1 a gap in the sequences needs it.
    if (this.#hasGap && !transaction.usesV2) await transaction.bump()
  }

  #createSender(): Sender {
    const { transactionalId, lingerMs, sendsWhenIdle = false, requestBytesMax, deliveryTimeoutMs, maxInFlight } = this.#options
    const options = { transactionalId, lingerMs, sendsWhenIdle, requestBytesMax, deliveryTimeoutMs, maxInFlight }
    // Who waits for room waits for the open batches, too.
    const isFull = (): boolean => this.isFull || this.#writable !== null
    return new Sender(this.#client, options, {
      get isFull() {
        return isFull()
      },
      produceVersions: () => this.#produceVersions(),
      prepare: (targets) => (this.#transaction === null ? this.#prepareIdempotent() : this.#prepareTransaction(this.#transaction, targets)),
      mayProduceTo: (target) => this.#transaction === null || this.#transaction.usesV2 || this.#added.has(target),
      onSend: () => {
        if (this.#transaction !== null) this.#transaction.hasStarted = true
      },
      bumpEpoch: () => (this.#transaction === null ? this.#idempotent.bump() : null),
      onAcknowledged: (batch) => this.#done(batch),
      onFailed: (batch, error) => this.#failed(batch, error),
      onSplit: (batch) => this.#split(batch),
      onRetry: (batch) => this.#mayRetry(batch),
      onFatal: (error) => this.#fatal(error),
      onLanded: () => {
        if (this.#sender.inFlightCount === 0 && !this.#isAdding && !this.#isBumping) this.#idle?.resolve()
      },
    })
  }

  #produceVersions(): ApiVersionRange {
    return this.#transaction === null ? { min: 8, max: 12 } : this.#transaction.produceVersions
  }

  #prepareIdempotent(): ProducerIdentity | null {
    const session = this.#idempotent
    if (session.identity === null) {
      session.request(
        () => this.#sender.wake(),
        (error) => this.#fatal(error),
      )
    }
    return session.identity
  }

  #prepareTransaction(transaction: TransactionSession, targets: readonly TargetState[]): ProducerIdentity | null {
    if (transaction.state !== 'open' || this.#isDropping) return null
    if (transaction.mustBump) {
      if (!this.#isBumping) void this.#inBackground('#isBumping', () => transaction.bump())
      return null
    }
    const missing = transaction.usesV2 ? [] : targets.filter((target) => !this.#added.has(target))
    if (missing.length > 0 && !this.#isAdding) {
      void this.#inBackground('#isAdding', async () => {
        const { identity } = transaction
        await transaction.addPartitions(missing, this.#added.size === 0)
        // Not those of a session that has ended meanwhile.
        if (transaction.identity === identity) for (const target of missing) this.#added.add(target)
      })
    }
    return transaction.identity
  }

  /** A request to the coordinator that sending waits for. What it fails with has ended the transaction. */
  async #inBackground(flag: '#isBumping' | '#isAdding', work: () => Promise<void>): Promise<void> {
    const set = (value: boolean): void => {
      if (flag === '#isBumping') this.#isBumping = value
      else this.#isAdding = value
    }
    set(true)
    await work().catch(() => this.#rejectWaiters())
    set(false)
    if (this.#sender.inFlightCount === 0 && !this.#isAdding && !this.#isBumping) this.#idle?.resolve()
    this.#sender.wake()
  }

  #mayRetry(batch: ProducerBatch): boolean {
    if (!this.#isDropping && (this.#transaction === null || this.#transaction.state === 'open')) return true
    this.#drop(batch)
    return false
  }

  #failed(batch: ProducerBatch, error: ClusterError): boolean {
    const decision = this.#ask(batch, error)
    if (this.#transaction !== null) {
      const { topic, partition, kafkaCode, message } = error
      this.#transaction.failTransaction(new ClusterError('TRANSACTION_ABORTABLE', message, { topic, partition, kafkaCode, cause: error }))
      // First: a flush must not find the last of its batches gone and take that for success.
      this.#rejectWaiters()
      this.#drop(batch)
      return false
    }
    if (decision === 'retry' && !this.#isDropping) return true
    if (decision === 'fail') {
      this.#failure ??= error
      this.#rejectWaiters()
    }
    this.#done(batch)
    return false
  }

  #ask(batch: ProducerBatch, error: ClusterError): 'fail' | 'skip' | 'retry' {
    if (batch.builder !== null) {
      batch.bytes = batch.builder.seal()
      this.#pool.giveBuilder(batch.builder)
      batch.builder = null
    }
    const bytes = batch.bytes!
    const { origins, target, recordCount } = batch
    return this.#options.onFailedBatch({
      topic: target.topic,
      partition: target.partition,
      error,
      recordCount,
      batch: viewBatch(bytes, 0, bytes.length, target),
      nodes: origins.nodes.subarray(0, recordCount),
      sourcePartitions: origins.sourcePartitions.subarray(0, recordCount),
      sourceOffsets: origins.sourceOffsets.subarray(0, recordCount),
    })
  }

  #split(batch: ProducerBatch): void {
    const parts = splitBatch(batch, this.#pool)
    batch.target.replace(batch, parts)
    for (const { batches } of this.#flushes) if (batches.delete(batch)) for (const part of parts) batches.add(part)
    for (const part of parts) this.#bufferedBytes += part.bufferedBytes
    this.#bufferedBytes -= batch.bufferedBytes
    batch.isDone = true
    this.#pool.giveOrigins(batch.origins)
  }

  /** Nothing can be sent any more; a transactional producer may begin anew. */
  #fatal(error: MillraceError): void {
    if (this.#transaction === null) this.#failure = error
    else this.#transaction.failSession(error)
    this.#dropEverything()
    this.#rejectWaiters()
  }

  /** Forgets a batch that is written, skipped or dropped. */
  #done(batch: ProducerBatch): void {
    if (batch.isDone) return
    batch.isDone = true
    this.#bufferedBytes -= batch.bufferedBytes
    if (batch.areBytesFree && batch.bytes !== null) this.#pool.giveBytes(batch.bytes)
    batch.bytes = null
    this.#pool.giveOrigins(batch.origins)
    if (batch.builder !== null) {
      batch.builder.reset()
      this.#pool.giveBuilder(batch.builder)
      batch.builder = null
    }
    for (const waiter of this.#flushes) {
      waiter.batches.delete(batch)
      if (waiter.batches.size > 0) continue
      this.#flushes.delete(waiter)
      waiter.settled.resolve()
    }
    if (this.#bufferedBytes <= this.#options.bufferBytesMax * WRITABLE_SHARE) {
      this.#writable?.resolve()
      this.#writable = null
    }
  }

  /** Gives a batch up: it will not be sent again. */
  #drop(batch: ProducerBatch): void {
    if (batch.identity !== null) this.#hasGap = true
    batch.target.remove(batch)
    this.#done(batch)
  }

  #dropUnsent(): void {
    this.#rejectFlushes(this.#obstacle() ?? new ClusterError('TRANSACTION_ABORTABLE', 'Cannot flush: the transaction is being aborted'))
    for (const target of this.#sender.active) {
      for (const batch of target.batches()) if (!batch.isInFlight) this.#drop(batch)
    }
  }

  /** As `dropUnsent`, and answers to what is in flight will be ignored. */
  #dropEverything(): void {
    this.#rejectFlushes(this.#obstacle() ?? closedError())
    for (const target of this.#sender.active) for (const batch of target.batches()) this.#drop(batch)
    this.#added.clear()
  }

  #rejectWaiters(): void {
    const obstacle = this.#obstacle()
    if (obstacle === null) return
    this.#writable?.reject(obstacle)
    this.#writable = null
    if (this.#flushes.size > 0) this.#failure = null
    this.#rejectFlushes(obstacle)
  }

  #rejectFlushes(error: MillraceError): void {
    for (const waiter of this.#flushes) waiter.settled.reject(error)
    this.#flushes.clear()
  }

  /** Resolves when nothing is in flight. */
  async #whenIdle(): Promise<void> {
    while (this.#sender.inFlightCount > 0 || this.#isAdding || this.#isBumping) {
      this.#idle = Promise.withResolvers()
      await this.#idle.promise
      this.#idle = null
    }
  }
}
