import { assert } from '../../base/assert.ts'
import { setBaseOffset, setLogAppendTime } from '../../record/batch-rewriter.ts'
import { type BatchView, viewBatch } from '../../record/batch-view.ts'
import { buildMarker } from '../../record/control-marker.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { AbortedIndex } from './aborted-index.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import { type AbortedTransactionEntry, ProducerStates } from './producer-states.ts'
import { producerOf } from './producer-batch.ts'
import { Segment, type StoredBatch, viewStored } from './segment.ts'

/** How an append ended. */
export interface AppendResult {
  /** 0, or Kafka's code. */
  readonly errorCode: number
  /** Of the batch, or of the earlier batch that this one repeats; -1 after an error. */
  readonly baseOffset: number
  /** The time given to all records under LogAppendTime, else -1. */
  readonly logAppendTimeMs: number
}

/** The circumstances of an append. */
export interface AppendContext {
  readonly nowMs: number
  /** See `ProducerStates.judge`. */
  readonly mustStartAtZero: boolean
}

/** Adjacent batches as one view of the log. */
export interface LogSlice {
  /** Whole batches; empty at the end of the log. */
  readonly records: Buffer
  /** The offset after the last batch, or the offset asked for if there is none. */
  readonly nextOffset: number
}

/** A control marker that ends a transaction. */
export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
}

const nothing: Buffer = Buffer.alloc(0)

/**
 * The log of one partition: real batches in the order of their offsets, what their producers are known by, and the watermarks. The
 * only replica, so that the high watermark is the end of the log.
 */
export class PartitionLog {
  readonly epochs: LeaderEpochs = new LeaderEpochs()
  readonly #config: () => LogConfig
  readonly #producers: ProducerStates
  readonly #aborted = new AbortedIndex()
  readonly #listeners = new Set<() => void>()
  #batches: StoredBatch[] = []
  #segments: Segment[] = []
  #logStart = 0
  #endOffset = 0

  constructor(config: () => LogConfig, producerExpirationMs: number) {
    this.#config = config
    this.#producers = new ProducerStates(producerExpirationMs)
  }

  /** The first offset that can be read. */
  get logStart(): number {
    return this.#logStart
  }

  /** The offset of the next record; also the high watermark. */
  get endOffset(): number {
    return this.#endOffset
  }

  /** Where read_committed readers stop: the first offset of the oldest open transaction, else the end. */
  get lastStableOffset(): number {
    const open = this.#producers.firstOpenOffset
    return open === null ? this.#endOffset : Math.max(open, this.#logStart)
  }

  /** All batches from the log start on. */
  get batches(): readonly StoredBatch[] {
    return this.#batches
  }

  /** Segments from the oldest to the one that is written. */
  get segments(): readonly Segment[] {
    return this.#segments
  }

  get config(): LogConfig {
    return this.#config()
  }

  /** Calls `listener` whenever there is more to read. Returns a function that removes it. */
  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Whether this epoch of the producer has records of an undecided transaction here. */
  hasOpenTransaction(producerId: number, producerEpoch: number): boolean {
    return this.#producers.hasOpenTransaction(producerId, producerEpoch)
  }

  /** A batch asks to join a transaction of its producer here: see `ProducerStates.joins`. */
  joins(batch: BatchView): boolean {
    const producer = producerOf(batch)
    return producer === null || this.#producers.joins(producer)
  }

  /** Appends one batch that `checkBatch` accepted. Copies it; the leader's fields are set in the copy. */
  append(batch: BatchView, context: AppendContext): AppendResult {
    const producer = producerOf(batch)
    if (producer !== null) {
      const verdict = this.#producers.judge(producer, context.nowMs, context.mustStartAtZero)
      if (verdict.kind === 'refuse') return { errorCode: verdict.errorCode, baseOffset: -1, logAppendTimeMs: -1 }
      if (verdict.kind === 'duplicate') {
        const appendTime = this.#config().isLogAppendTime ? verdict.batch.timestamp : -1
        return { errorCode: kafkaErrors.NONE, baseOffset: verdict.batch.baseOffset, logAppendTimeMs: appendTime }
      }
    }
    const stamp = this.#config().isLogAppendTime ? context.nowMs : null
    const baseOffset = this.#store(batch, context.nowMs, stamp)
    if (producer !== null) this.#producers.appended(producer, baseOffset, context.nowMs)
    this.wake()
    return { errorCode: kafkaErrors.NONE, baseOffset, logAppendTimeMs: stamp ?? -1 }
  }

  /** Ends the transaction of a producer. 0, or 47 when the partition knows a later epoch of it. */
  appendMarker(marker: TransactionMarker, nowMs: number): number {
    if (!this.#producers.acceptsMarker(marker.producerId, marker.producerEpoch)) return kafkaErrors.INVALID_PRODUCER_EPOCH
    const { producerId, producerEpoch, coordinatorEpoch } = marker
    const kind = marker.isCommit ? 'commit' : 'abort'
    const bytes = buildMarker({ kind, producerId, producerEpoch, coordinatorEpoch, timestamp: nowMs })
    const offset = this.#store(viewBatch(bytes, 0, bytes.length, null), nowMs, null)
    const firstOffset = this.#producers.ended(marker.producerId, marker.producerEpoch, nowMs)
    if (firstOffset !== null && !marker.isCommit) {
      this.#aborted.add({
        producerId: marker.producerId,
        firstOffset,
        lastOffset: offset,
        lastStableOffset: this.lastStableOffset,
      })
    }
    this.wake()
    return kafkaErrors.NONE
  }

  /**
   * The batches from the one that holds `from` (or is the next after a gap) up to `bytesMax` and below `until`; at least one if there is
   * one and `bytesMax` is not 0. `isFirstWhole`: the first batch comes even when it is larger than `bytesMax`.
   */
  read(from: number, until: number, bytesMax: number, isFirstWhole: boolean): LogSlice {
    const first = this.indexOf(from)
    const batch = this.#batches[first]
    // Nor the rest of a batch of which the reader has deleted the start, when it is of a transaction that has not ended.
    if (batch === undefined || from >= until || batch.baseOffset >= until || (batch.length > bytesMax && !isFirstWhole)) {
      return { records: nothing, nextOffset: from }
    }
    let end = batch.position + batch.length
    let last = batch
    for (let index = first + 1; index < this.#batches.length; index++) {
      const next = this.#batches[index]!
      if (next.chunk !== batch.chunk || next.position !== end || next.baseOffset >= until) break
      if (end + next.length - batch.position > bytesMax) break
      end += next.length
      last = next
    }
    return { records: batch.chunk.subarray(batch.position, end), nextOffset: last.lastOffset + 1 }
  }

  /** The aborted transactions that a reader of `[from, until)` must know. */
  abortedBetween(from: number, until: number): readonly AbortedTransactionEntry[] {
    return this.#aborted.between(from, until)
  }

  /** Whether the batch is part of a transaction that was aborted. */
  isAborted(batch: StoredBatch): boolean {
    const { isTransactional, isControl, producerId } = viewStored(batch)
    if (!isTransactional || isControl) return false
    const isIn = (entry: AbortedTransactionEntry): boolean => entry.producerId === producerId && entry.firstOffset <= batch.baseOffset
    return this.#aborted.between(batch.baseOffset, batch.lastOffset + 1).some(isIn)
  }

  /** Compaction has removed the marker at `offset` and all that it aborted. */
  forgetAborted(offset: number): void {
    this.#aborted.remove(offset)
  }

  /** Index of the batch that holds `offset` or is the next after it; `batches.length` if there is none. */
  indexOf(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#batches[middle]!.lastOffset < offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Moves the log start to `offset` (at most the end); whole segments below it are freed. */
  deleteBefore(offset: number): void {
    assert(offset <= this.#endOffset, 'Records are deleted up to the end of the log at most')
    if (offset <= this.#logStart) return
    this.#logStart = offset
    this.#batches = this.#batches.slice(this.indexOf(offset))
    const held = new Set(this.#batches.map((batch) => batch.segment))
    this.#segments = this.#segments.filter((segment, index) => held.has(segment) || index === this.#segments.length - 1)
    this.#aborted.trim(offset)
    this.wake()
  }

  /** Closes the segment that is written, so that retention and compaction may take it. */
  roll(nowMs: number): void {
    if (this.#segments.at(-1)?.sizeBytes) this.#segments.push(new Segment(this.#endOffset, nowMs))
  }

  /** Puts what compaction kept in the place of closed segments at the beginning of the log. In order, and never the open segment. */
  replaceSegments(old: ReadonlySet<Segment>, kept: readonly StoredBatch[], segments: readonly Segment[]): void {
    const open = this.#segments.at(-1)
    assert(open !== undefined && !old.has(open), 'The open segment of a log is never compacted')
    this.#batches = [...kept, ...this.#batches.filter((batch) => !old.has(batch.segment))]
    this.#segments = [...segments, ...this.#segments.filter((segment) => !old.has(segment))]
  }

  #store(batch: BatchView, nowMs: number, appendTime: number | null): number {
    const maxTimestamp = appendTime ?? batch.maxTimestamp
    const length = batch.end - batch.start
    // Markers carry the time of the coordinator, which says nothing about the records.
    const segment = this.#segmentFor(length, batch.isControl ? -Infinity : maxTimestamp, nowMs)
    const { chunk, position } = segment.append(batch.buffer, batch.start, batch.end)
    const baseOffset = this.#endOffset
    const lastOffset = baseOffset + (batch.lastOffset - batch.baseOffset)
    const stored = { buffer: chunk, start: position, end: position + length }
    setBaseOffset(stored, baseOffset, this.epochs.latest)
    if (appendTime !== null) setLogAppendTime(stored, appendTime)
    segment.noteTimestamp(maxTimestamp)
    this.#batches.push({ baseOffset, lastOffset, maxTimestamp, chunk, position, length, segment, cleanedMs: null })
    this.#endOffset = lastOffset + 1
    return baseOffset
  }

  #segmentFor(batchBytes: number, maxTimestamp: number, nowMs: number): Segment {
    const config = this.#config()
    const last = this.#segments.at(-1)
    if (last !== undefined) {
      const isFull = last.sizeBytes > 0 && last.sizeBytes + batchBytes > config.segmentBytes
      const isOld = last.sizeBytes > 0 && maxTimestamp - last.firstTimestamp > config.segmentMs
      if (!isFull && !isOld) return last
    }
    const segment = new Segment(this.#endOffset, nowMs)
    this.#segments.push(segment)
    return segment
  }

  /** Lets those who wait for records look again. */
  wake(): void {
    for (const listener of this.#listeners) listener()
  }
}
