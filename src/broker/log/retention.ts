import type { PartitionLog } from './partition-log.ts'

/**
 * Moves the log start past the segments that `retention.ms` and `retention.bytes` no longer cover. An open segment whose newest record
 * is too old is closed first. What is not decided stays. Does nothing unless `cleanup.policy` has `delete`.
 */
export function expireSegments(log: PartitionLog, nowMs: number): void {
  const { isDeleted, retentionMs, retentionBytes } = log.config
  if (!isDeleted) return
  const isPast = (maxTimestamp: number): boolean => nowMs - maxTimestamp > retentionMs
  const open = log.segments.at(-1)
  if (open !== undefined && open.sizeBytes > 0 && isPast(open.maxTimestamp)) log.roll(nowMs)
  let bytes = log.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  let before = log.logStart
  for (let index = 0; index + 1 < log.segments.length; index++) {
    const segment = log.segments[index]!
    const end = log.segments[index + 1]!.baseOffset
    const isExpired = isPast(segment.maxTimestamp) || bytes - segment.sizeBytes >= retentionBytes
    if (!isExpired || end > log.lastStableOffset) break
    bytes -= segment.sizeBytes
    before = end
  }
  log.deleteBefore(before)
}
