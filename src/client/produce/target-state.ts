import { assert } from '../../base/assert.ts'
import { ClusterError } from '../../base/errors.ts'
import type { BatchBuilder } from '../../record/batch-builder.ts'
import { setProducer } from '../../record/batch-rewriter.ts'
import type { Compression } from '../../record/compression.ts'
import type { Backoff } from '../backoff.ts'
import type { OutgoingRecord } from '../outgoing-record.ts'
import type { ProducerTarget } from '../producer-target.ts'
import type { BatchPool } from './batch-pool.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { RecordOrigins } from './record-origins.ts'

/** Records of one partition on their way: open, then waiting, then in flight, perhaps waiting again. */
export class ProducerBatch {
  readonly target: TargetState
  readonly origins: RecordOrigins
  /** Monotonic; the delivery time-out counts from it. */
  createdAtMs: number
  /** Holds the records until the batch is sealed. */
  builder: BatchBuilder | null
  /** The sealed batch. Belongs to the transport once it was sent, so it is replaced, never changed. */
  bytes: Buffer | null = null
  /** Whether nobody has the bytes any more: the batch is acknowledged, and only one request ever had them. */
  areBytesFree = false
  /** Under which producer id and epoch its sequences count; `null` until it is sealed. */
  identity: ProducerIdentity | null = null
  /** -1: none yet. */
  baseSequence = -1
  /** What it counts for in `bufferedBytes`. */
  bufferedBytes = 0
  isInFlight = false
  /** Whether a request with it left, so that the broker may have it. */
  wasSent = false
  isDone = false

  constructor(target: TargetState, builder: BatchBuilder, origins: RecordOrigins, createdAtMs: number) {
    this.target = target
    this.builder = builder
    this.origins = origins
    this.createdAtMs = createdAtMs
  }

  get recordCount(): number {
    return this.origins.count
  }

  /** Bytes in a request; before it is sealed, those without compression. */
  get size(): number {
    return this.bytes?.length ?? this.builder?.size ?? 0
  }

  get lastSequence(): number {
    return addSequence(this.baseSequence, this.recordCount - 1)
  }
}

/** Sequences wrap around at int32 max (N§3.5). */
export function addSequence(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31
}

/** What all partitions of a producer share. */
export interface TargetOptions {
  readonly pool: BatchPool
  readonly batchBytesMax: number
  readonly recordBytesMax: number
  readonly maxInFlight: number
  readonly compression: Compression
  readonly isTransactional: boolean
  /** Whether brokers take any first sequence of a producer that they do not know: all but those that bump epochs with each transaction. */
  takesAnyFirstSequence(): boolean
  now(): number
  createBackoff(): Backoff
}

/** One partition of a producer: the open batch, the batches that wait, and those that the broker has not confirmed (N§3.5). */
export class TargetState implements ProducerTarget {
  readonly topic: string
  readonly partition: number
  /** The batch that records are appended to. */
  open: ProducerBatch | null = null
  /** To be sent, in order: those that were sent before come first, by sequence. */
  readonly waiting: ProducerBatch[] = []
  /** Have sequences and are not confirmed, in order of their sequences; in flight or waiting to be sent again. */
  readonly unacked: ProducerBatch[] = []
  inFlightCount = 0
  /** The broker lacks a batch that has failed for good: nothing may follow under the same epoch. */
  mustBump = false
  /** Monotonic time before which nothing is sent. */
  retryAtMs = 0
  /** Of the sender: who leads the partition, -1 nobody, and for which state of the metadata that is so. */
  leaderId = -1
  leaderSeenAt = -1
  acknowledgedOffset = -1
  readonly backoff: Backoff
  readonly #options: TargetOptions
  #identity: ProducerIdentity | null = null
  #nextSequence = 0
  /** The last sequence that was confirmed under the present identity; -1 none. */
  #ackedSequence = -1
  /** No batch that waits was made before this. */
  #oldestWaitingMs = Infinity

  constructor(topic: string, partition: number, options: TargetOptions) {
    this.topic = topic
    this.partition = partition
    this.#options = options
    this.backoff = options.createBackoff()
  }

  /** What its sequences count under; `null` before the first batch. */
  get identity(): ProducerIdentity | null {
    return this.#identity
  }

  get isIdle(): boolean {
    return this.open === null && this.waiting.length === 0 && this.unacked.length === 0
  }

  /** Copies the record into the open batch, or into a new one; returns the bytes that it took. Throws RECORD_TOO_LARGE and leaves everything as it was. */
  append(record: OutgoingRecord): number {
    const { batchBytesMax } = this.#options
    let batch = this.open
    if (batch === null || !batch.builder!.append(record, batchBytesMax)) {
      batch = this.#first(record)
    }
    batch.origins.add(record)
    const size = batch.builder!.size
    const grown = size - batch.bufferedBytes
    batch.bufferedBytes = size
    return grown
  }

  /** Ends the open batch: it waits to be sent. */
  close(): void {
    if (this.open === null) return
    this.#oldestWaitingMs = Math.min(this.#oldestWaitingMs, this.open.createdAtMs)
    this.waiting.push(this.open)
    this.open = null
  }

  /** Whether the open batch could be sent at once under `identity` if it were closed: nothing of the partition is under way. */
  isQuiet(identity: ProducerIdentity, nowMs: number): boolean {
    if (this.open === null || this.waiting.length > 0 || this.unacked.length > 0 || this.mustBump) return false
    return this.retryAtMs <= nowMs && (this.#identity === identity || this.inFlightCount === 0)
  }

  /** The batches that have waited `timeoutMs`, oldest first; `null`: none. Looks at each, which may be thousands, only when one may be due. */
  findExpired(nowMs: number, timeoutMs: number): ProducerBatch[] | null {
    if (nowMs - this.#oldestWaitingMs < timeoutMs) return null
    let expired: ProducerBatch[] | null = null
    // Those that are tried again nevertheless count from now.
    this.#oldestWaitingMs = nowMs
    for (const batch of this.waiting) {
      if (nowMs - batch.createdAtMs >= timeoutMs) (expired ??= []).push(batch)
      else this.#oldestWaitingMs = Math.min(this.#oldestWaitingMs, batch.createdAtMs)
    }
    return expired
  }

  /** No batch that waits was made before this; Infinity: none waits. */
  get oldestWaitingMs(): number {
    return this.waiting.length === 0 ? Infinity : this.#oldestWaitingMs
  }

  /** Takes over an identity: sequences start at 0. Only where nothing is in flight; what is not confirmed gets new sequences. */
  adopt(identity: ProducerIdentity): void {
    assert(this.inFlightCount === 0, 'a partition changes its producer epoch only when nothing is in flight')
    this.mustBump = false
    this.#identity = identity
    this.#ackedSequence = -1
    this.#nextSequence = 0
    for (const batch of this.unacked) {
      batch.identity = identity
      batch.baseSequence = this.#nextSequence
      this.#nextSequence = addSequence(this.#nextSequence, batch.recordCount)
      // The transport may still hold the old bytes.
      const bytes = Buffer.from(batch.bytes!)
      setProducer({ buffer: bytes, start: 0, end: bytes.length }, { ...identity, baseSequence: batch.baseSequence })
      batch.bytes = bytes
    }
  }

  /** The batch that may be sent now under `identity`, if there is one. It stays in place until `take`. */
  next(identity: ProducerIdentity, nowMs: number): ProducerBatch | null {
    const head = this.waiting[0]
    if (head === undefined || this.retryAtMs > nowMs || this.mustBump) return null
    // What was sent before goes again only when it is the oldest that is not confirmed: else it would be refused as out of order.
    if (head.identity !== null) return head === this.unacked[0] ? head : null
    if (this.unacked.length >= this.#inFlightMax()) return null
    if (this.#identity !== identity && (this.unacked.length > 0 || this.inFlightCount > 0)) return null
    return head
  }

  /** Seals the batch that `next` gave, if need be, and counts it as in flight. */
  take(identity: ProducerIdentity): ProducerBatch {
    const batch = this.waiting.shift()
    assert(batch !== undefined, 'a batch is taken only where one waits')
    if (batch.identity === null) {
      if (this.#identity !== identity) this.adopt(identity)
      this.#seal(batch, identity)
      this.unacked.push(batch)
    }
    batch.isInFlight = true
    this.inFlightCount++
    return batch
  }

  /** The request of a batch has ended. */
  landed(batch: ProducerBatch): void {
    batch.isInFlight = false
    this.inFlightCount--
  }

  /** The broker has the batch. `baseOffset` -1: where is not known. */
  acknowledge(batch: ProducerBatch, baseOffset: number): void {
    this.#confirm(batch)
    this.backoff.reset()
    if (batch.identity === this.#identity) this.#ackedSequence = batch.lastSequence
    if (baseOffset >= 0) this.acknowledgedOffset = Math.max(this.acknowledgedOffset, baseOffset + batch.recordCount - 1)
  }

  /** Whether the batch is what the broker should expect next, going by what it has confirmed. */
  isNextSequence(batch: ProducerBatch): boolean {
    return batch.identity === this.#identity && batch.baseSequence === addSequence(this.#ackedSequence, 1)
  }

  /** Puts a batch back to be sent again, in order of sequences. */
  requeue(batch: ProducerBatch): void {
    this.#oldestWaitingMs = Math.min(this.#oldestWaitingMs, batch.createdAtMs)
    const order = this.unacked.indexOf(batch)
    const index = this.waiting.findIndex((other) => other.identity === null || this.unacked.indexOf(other) > order)
    this.waiting.splice(index < 0 ? this.waiting.length : index, 0, batch)
  }

  /** Puts `parts`, which have the records of `batch` in order, in its place. */
  replace(batch: ProducerBatch, parts: readonly ProducerBatch[]): void {
    let sequence = batch.baseSequence
    for (const part of parts) {
      part.identity = batch.identity
      part.baseSequence = sequence
      sequence = addSequence(sequence, part.recordCount)
      this.#sealAs(part, batch.identity!)
    }
    this.unacked.splice(this.unacked.indexOf(batch), 1, ...parts)
    for (const part of parts) this.requeue(part)
  }

  /** Everything on its way, open batch included, oldest first. */
  batches(): ProducerBatch[] {
    const unsent = this.waiting.filter((batch) => batch.identity === null)
    return [...this.unacked, ...unsent, ...(this.open === null ? [] : [this.open])]
  }

  /** Forgets a batch that is done. */
  remove(batch: ProducerBatch): void {
    this.#confirm(batch)
    const waitingAt = this.waiting.indexOf(batch)
    if (waitingAt >= 0) this.waiting.splice(waitingAt, 1)
    if (this.open === batch) this.open = null
  }

  /** Takes a batch out of those that are not confirmed; nearly always it is the oldest. */
  #confirm(batch: ProducerBatch): void {
    if (this.unacked[0] === batch) this.unacked.shift()
    else {
      const index = this.unacked.indexOf(batch)
      if (index >= 0) this.unacked.splice(index, 1)
    }
  }

  /**
   * Until the broker has confirmed a batch of the present identity, one alone may be under way:
   *
   * 1. Batches 0 and 1 are in flight to a broker that is about to become the leader and knows nothing of the producer.
   * 2. Batch 0 is refused: it is not the leader yet.
   * 3. Now it is; batch 1 comes and is taken, because any first sequence is. Batch 0 is out of order for good.
   */
  #inFlightMax(): number {
    return this.#ackedSequence < 0 && this.#options.takesAnyFirstSequence() ? 1 : this.#options.maxInFlight
  }

  /** Opens a batch for its first record. */
  #first(record: OutgoingRecord): ProducerBatch {
    const { pool, recordBytesMax } = this.#options
    const builder = pool.takeBuilder()
    const size = builder.sizeWith(record)
    if (size > recordBytesMax) {
      pool.giveBuilder(builder)
      const message = `Cannot write a record to '${this.topic}' partition ${this.partition}: it takes ${size} bytes, at most ${recordBytesMax} are allowed`
      throw new ClusterError('RECORD_TOO_LARGE', message, { topic: this.topic, partition: this.partition })
    }
    builder.append(record)
    this.close()
    this.open = new ProducerBatch(this, builder, pool.takeOrigins(), this.#options.now())
    return this.open
  }

  #seal(batch: ProducerBatch, identity: ProducerIdentity): void {
    batch.identity = identity
    batch.baseSequence = this.#nextSequence
    this.#nextSequence = addSequence(this.#nextSequence, batch.recordCount)
    this.#sealAs(batch, identity)
  }

  #sealAs(batch: ProducerBatch, { producerId, producerEpoch }: ProducerIdentity): void {
    const { isTransactional, compression, pool } = this.#options
    const { builder, baseSequence } = batch
    if (builder === null) {
      // It was sealed to be shown to the handler of failures, who asked to try again.
      const bytes = batch.bytes!
      setProducer({ buffer: bytes, start: 0, end: bytes.length }, { producerId, producerEpoch, baseSequence })
      return
    }
    batch.bytes = builder.seal({ producerId, producerEpoch, baseSequence, isTransactional, compression })
    batch.builder = null
    pool.giveBuilder(builder)
  }
}
