import type { FetchedChunk } from '../../../client/fetched-chunk.ts'
import type { BatchView } from '../../../record/batch-view.ts'
import { RecordCursor } from '../../../record/record-cursor.ts'
import type { AnyRecord, OpenSource, SourceHead } from '../source-node.ts'
import type { Stamped } from '../stamped-heap.ts'
import type { TopicCounts } from '../topic-counts.ts'

/** What a {@link RecordQueue} reads, and for whom. */
export interface RecordQueueOptions {
  readonly topic: string
  readonly partition: number
  /** Number of the topic among the inputs of the task, from 1. */
  readonly input: number
  readonly source: OpenSource
  /** Where the records that are read are counted. */
  readonly consumed: TopicCounts
}

/** Where to go on reading. `leaderEpoch` of what is before it; -1 unknown. */
export interface Position {
  readonly offset: number
  readonly leaderEpoch: number
}

/**
 * The records of one input partition that wait to be processed: fetched bytes, walked in place. The cursor stands on the head until
 * `advance`, so what it shows stays valid while the head is processed.
 */
export class RecordQueue implements Stamped, SourceHead {
  readonly topic: string
  readonly partition: number
  readonly input: number
  readonly source: OpenSource
  readonly #consumed: TopicCounts
  /** The head, if there is one. */
  readonly cursor: RecordCursor = new RecordCursor()
  /** Timestamp of the head as the extractor gave it; -1 without a head. */
  timestamp = -1
  hasHead = false
  /** Records, the head included. A guess by a few where a chunk begins below the offset that was asked for. */
  size = 0
  /** Bytes of the fetched chunks that are held. */
  bufferedBytes = 0
  /** The greatest timestamp taken from the partition, -1 before the first (P§5.2). */
  partitionTime = -1
  #chunks: QueuedChunk[] = []
  #nextBatch = 0
  /** The batch that the cursor is in. */
  #batch: BatchView | null = null
  /** The offset after everything that was added; -1 before the first chunk. */
  #endOffset = -1
  #endLeaderEpoch = -1
  /** Nothing was queued behind the head when it became the head. */
  #wasAlone = false

  constructor(options: RecordQueueOptions) {
    this.topic = options.topic
    this.partition = options.partition
    this.input = options.input
    this.source = options.source
    this.#consumed = options.consumed
  }

  /** Adds a chunk, which the queue releases when its last record is done. If the queue was empty its first record becomes the head. */
  add(chunk: FetchedChunk): void {
    this.#endOffset = chunk.nextOffset
    // Markers that follow the last record may be of a later epoch than it; with its own the position would look truncated.
    this.#endLeaderEpoch = chunk.leaderEpoch
    if (chunk.batches.length === 0) {
      chunk.release()
      return
    }
    for (const batch of chunk.batches) this.size += batch.recordCount
    this.bufferedBytes += chunk.byteLength
    this.#chunks.push({ batches: chunk.batches, from: chunk.from, chunk, byteLength: chunk.byteLength, isOld: false })
    if (!this.hasHead) this.#findHead()
  }

  /**
   * The head as a record, or `null` if it is skipped. Call `advance` after it. A record that is skipped is counted as in Java: without bytes,
   * and only if nothing was queued behind it when it became the head.
   */
  read(): AnyRecord | null {
    const record = this.source.read(this)
    if (record !== null) this.#consumed.consumed(this.cursor)
    else if (this.#wasAlone) this.#consumed.records++
    return record
  }

  /** The head is done: the next record that is not skipped becomes the head. */
  advance(): void {
    this.size--
    this.#findHead()
  }

  /** Where to go on after everything up to the head was processed; `null` before the first chunk. */
  position(): Position | null {
    if (this.hasHead) return { offset: this.cursor.offset, leaderEpoch: this.#batch!.partitionLeaderEpoch }
    return this.#endOffset < 0 ? null : { offset: this.#endOffset, leaderEpoch: this.#endLeaderEpoch }
  }

  /**
   * Copies out what is left of a chunk of which less than a quarter is queued, so that a few records that wait do not hold a whole
   * response. To be called between slices: what was that small at the last call already is copied.
   */
  compact(): void {
    for (let index = 0; index < this.#chunks.length; index++) {
      const queued = this.#chunks[index]!
      if (queued.chunk === null) continue
      const batches = index === 0 ? queued.batches.slice(Math.max(0, this.#nextBatch - 1)) : queued.batches
      let left = 0
      for (const batch of batches) left += batch.end - batch.start
      if (left * 4 >= queued.byteLength) continue
      if (!queued.isOld) {
        queued.isOld = true
        continue
      }
      this.#copyOut(queued, batches, index === 0)
    }
  }

  /** Drops all records. The partition time is unknown until it is set again. */
  clear(): void {
    for (const { chunk } of this.#chunks) chunk?.release()
    this.#chunks = []
    this.#nextBatch = 0
    this.#batch = null
    this.#endOffset = -1
    this.#endLeaderEpoch = -1
    this.size = 0
    this.bufferedBytes = 0
    this.timestamp = -1
    this.hasHead = false
    this.partitionTime = -1
    this.source.forget()
  }

  #findHead(): void {
    this.hasHead = false
    this.timestamp = -1
    while (this.#nextRecord()) {
      // From here on the record counts as the head: an extractor that throws must be able to name it.
      const timestamp = this.source.timestampOf(this)
      if (timestamp >= 0) {
        this.timestamp = timestamp
        this.hasHead = true
        this.#wasAlone = this.size === 1
        return
      }
      if (this.size === 1) this.#consumed.records++
      this.size--
    }
  }

  /** Moves the cursor to the next record; `false` when there is none. */
  #nextRecord(): boolean {
    for (;;) {
      const queued = this.#chunks[0]
      if (queued === undefined) {
        this.size = 0
        return false
      }
      if (this.#batch === null || !this.cursor.next()) {
        const batch = queued.batches[this.#nextBatch]
        if (batch === undefined) {
          this.#releaseFirst(queued)
        } else {
          this.#nextBatch++
          this.#batch = batch
          this.cursor.open(batch)
        }
      } else if (this.cursor.offset >= queued.from) {
        return true
      } else {
        this.size--
      }
    }
  }

  #releaseFirst(queued: QueuedChunk): void {
    queued.chunk?.release()
    this.bufferedBytes -= queued.byteLength
    this.#chunks.shift()
    this.#nextBatch = 0
    this.#batch = null
  }

  #copyOut(queued: QueuedChunk, batches: readonly BatchView[], isFirst: boolean): void {
    const copies = batches.map(ownBatch)
    const left = copies.reduce((sum, batch) => sum + batch.end, 0)
    queued.chunk!.release()
    queued.chunk = null
    queued.batches = copies
    this.bufferedBytes -= queued.byteLength - left
    queued.byteLength = left
    if (!isFirst || this.#nextBatch === 0) return
    this.#nextBatch = 1
    const { left: recordsLeft } = this.cursor
    this.#batch = copies[0]!
    this.cursor.open(this.#batch)
    while (this.cursor.left > recordsLeft) this.cursor.next()
  }
}

interface QueuedChunk {
  batches: readonly BatchView[]
  readonly from: number
  /** `null` once the records are bytes of our own. */
  chunk: FetchedChunk | null
  byteLength: number
  /** Little was left of it at the last `compact()`. */
  isOld: boolean
}

function ownBatch(batch: BatchView): BatchView {
  return { ...batch, buffer: Buffer.from(batch.buffer.subarray(batch.start, batch.end)), start: 0, end: batch.end - batch.start }
}
