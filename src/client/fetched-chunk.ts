import type { BatchView } from '../record/batch-view.ts'

/** Records of one partition out of one response. */
export interface FetchedChunk {
  readonly topic: string
  readonly partition: number
  /**
   * Data batches only: markers are dropped, and under read_committed aborted batches; the checksum is checked. Records below `from` of
   * the first batch are to be skipped. May be empty: then only the position moves.
   */
  readonly batches: readonly BatchView[]
  /** The offset that was asked for. */
  readonly from: number
  /** The position after this chunk, markers and gaps included. */
  readonly nextOffset: number
  /** Leader epoch of what is before `nextOffset`, markers included; -1 unknown. */
  readonly leaderEpoch: number
  /** Bytes of the response that belong to this chunk. */
  readonly byteLength: number
  /** The consumer is done with these bytes (or has copied them): frees the byte budget. A second call does nothing. */
  release(): void
}
