import { assert } from '../../base/assert.ts'
import { type BatchView, viewBatch } from '../../record/batch-view.ts'

/** A batch in the log. Its bytes are `chunk[position, position + length)`. */
export interface StoredBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly chunk: Buffer
  readonly position: number
  readonly length: number
  readonly segment: Segment
  /** When compaction first met it, `null`: not yet. Its tombstones, or the marker that it is, go some time after that. */
  readonly cleanedMs: number | null
}

const CHUNK_BYTES_MIN = 4 * 1024
const CHUNK_BYTES_MAX = 1024 * 1024

/**
 * What retention removes and compaction rewrites as a whole. The bytes lie in chunks that are only ever added to: a view of what was
 * written stays valid for good, and batches that follow each other in a chunk can be read as one view.
 */
export class Segment {
  readonly baseOffset: number
  /** When the first batch came. */
  readonly createdMs: number
  sizeBytes = 0
  #firstTimestamp: number | null = null
  #maxTimestamp = -Infinity
  #chunk: Buffer
  #used = 0

  constructor(baseOffset: number, createdMs: number) {
    this.baseOffset = baseOffset
    this.createdMs = createdMs
    this.#chunk = Buffer.allocUnsafeSlow(0)
  }

  /** The largest timestamp of its first batch, `Infinity` when it has none. */
  get firstTimestamp(): number {
    return this.#firstTimestamp ?? Infinity
  }

  /** The largest timestamp of its records, `-Infinity` when it has none. */
  get maxTimestamp(): number {
    return this.#maxTimestamp
  }

  /** Takes note of the largest timestamp of a batch that was appended. */
  noteTimestamp(timestamp: number): void {
    this.#firstTimestamp ??= timestamp
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
  }

  /** Copies `[start, end)` of `bytes` to the end and tells where it is now. */
  append(bytes: Buffer, start: number, end: number): { readonly chunk: Buffer; readonly position: number } {
    const length = end - start
    if (this.#used + length > this.#chunk.length) this.#openChunk(length)
    const position = this.#used
    const chunk = this.#chunk
    const copied = bytes.copy(chunk, position, start, end)
    assert(copied === length, 'A batch fits into the chunk that was made for it')
    this.#used += length
    this.sizeBytes += length
    return { chunk, position }
  }

  #openChunk(bytesMin: number): void {
    const doubled = Math.min(Math.max(this.#chunk.length * 2, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX)
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(doubled, bytesMin))
    this.#used = 0
  }
}

/** The header of a stored batch, decoded. */
export function viewStored(batch: StoredBatch): BatchView {
  return viewBatch(batch.chunk, batch.position, batch.position + batch.length, null)
}
