/** The configs of a topic that its logs follow; read anew at each use, because they can be altered. */
export interface LogConfig {
  /** `max.message.bytes`: of a batch. */
  readonly batchBytesMax: number
  /** `cleanup.policy` has `compact`. */
  readonly isCompacted: boolean
  /** `cleanup.policy` has `delete`. */
  readonly isDeleted: boolean
  /** `message.timestamp.type`: records carry the time of their append, not that of their creation. */
  readonly isLogAppendTime: boolean
  /** `message.timestamp.after.max.ms`: how far ahead of the broker's clock a record may be. `Infinity`: no limit. */
  readonly timestampAfterMaxMs: number
  /** `message.timestamp.before.max.ms`. `Infinity`: no limit. */
  readonly timestampBeforeMaxMs: number
  /** `retention.ms`, `Infinity` for -1. */
  readonly retentionMs: number
  /** `retention.bytes`, `Infinity` for -1. */
  readonly retentionBytes: number
  /** `segment.bytes`. */
  readonly segmentBytes: number
  /** `segment.ms`. */
  readonly segmentMs: number
  /** `delete.retention.ms`: how long compaction keeps a tombstone once it is clean. */
  readonly tombstoneRetentionMs: number
  /** `min.compaction.lag.ms`. */
  readonly compactionLagMinMs: number
}
