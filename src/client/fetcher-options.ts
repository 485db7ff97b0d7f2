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
  /**
   * How many bytes of responses may be held, by the fetcher or by chunks that were not released. Beyond it only partitions of which
   * nothing is held are fetched, one batch at a time, so that a reader that waits for one of them never waits for ever.
   */
  readonly bufferBytesMax: number
  /** `check.crcs`, true. */
  readonly checkCrcs: boolean
}
