import type { ClusterError } from '../base/errors.ts'
import type { TopicPartition } from '../protocol/topic-partition.ts'
import type { BatchView } from '../record/batch-view.ts'
import type { Client } from './client.ts'

/** How a fetcher reads. */
export interface FetcherOptions {
  readonly purpose: 'fetch' | 'restore'
  readonly isolation: 'read_committed' | 'read_uncommitted'
  /** `fetch.max.bytes` of one response, 8 MiB. */
  readonly fetchMaxBytes: number
  /** `max.partition.fetch.bytes`, 1 MiB. */
  readonly partitionMaxBytes: number
  /** `fetch.min.bytes`, 1. */
  readonly minBytes: number
  /** `fetch.max.wait.ms`, 500. */
  readonly maxWaitMs: number
  /** No fetch is sent while responses of this many bytes are held by the fetcher or by chunks that were not released. */
  readonly bufferBytesMax: number
  /** `check.crcs`, true. */
  readonly checkCrcs: boolean
}

/** Records of one partition out of one response. */
export interface FetchedChunk {
  readonly topic: string
  readonly partition: number
  /** Data batches only: aborted ones and markers are dropped; checksum checked. Records below `from` of the first batch are to be skipped. May be empty. */
  readonly batches: readonly BatchView[]
  /** The fetch offset that was asked. */
  readonly from: number
  /** The position after this chunk, markers and gaps included. */
  readonly nextOffset: number
  /** Bytes of the record data in the response that belong to this chunk. */
  readonly byteLength: number
  /** The consumer is done with these bytes (or has copied them): frees the byte budget. Once; a second call does nothing. */
  release(): void
}

/** What a fetcher cannot settle by itself. The partition is not fetched any more until `seek`, or `remove` and `add`. */
export interface FetchProblem {
  /** `recreated`: the topic now has another id; `truncated`: the log was cut below the position (`offset` is where it diverges). */
  readonly kind: 'out-of-range' | 'truncated' | 'corrupt' | 'recreated' | 'unauthorized' | 'failed'
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** Log start as the broker gave it; -1 unknown. */
  readonly logStartOffset: number
  readonly error: ClusterError
}

export declare class Fetcher {
  constructor(client: Client, options: FetcherOptions, onProblem: (problem: FetchProblem) => void)
  /** Called (through the scheduler, never inside a call of the owner) when `poll()` has something after it had nothing. */
  onReady: (() => void) | null
  /** Starts to fetch at `offset`. `leaderEpoch` is that of the record before it, if known (truncation check). */
  add(partition: TopicPartition, offset: number, leaderEpoch?: number): void
  remove(partition: TopicPartition): void
  seek(partition: TopicPartition, offset: number, leaderEpoch?: number): void
  pause(partition: TopicPartition): void
  resume(partition: TopicPartition): void
  /** What has arrived and is not paused: fair over partitions, in offset order within each. */
  poll(): FetchedChunk[]
  /** Resolves when `poll()` would give something. Never rejects. */
  whenReady(): Promise<void>
  /** The offset after the last chunk given out. */
  position(partition: TopicPartition): number
  /** `null`: not known yet. */
  highWatermark(partition: TopicPartition): number | null
  lastStableOffset(partition: TopicPartition): number | null
  /** Records between position and end (last stable offset under read_committed). */
  lag(partition: TopicPartition): number | null
  /** Closes fetch sessions and drops what was fetched. */
  close(): Promise<void>
}
