import { RecordCursor } from '../../record/record-cursor.ts'
import type { PartitionLog } from './partition-log.ts'
import { type StoredBatch, viewStored } from './segment.ts'

/** A record found by its timestamp. */
export interface TimestampedOffset {
  readonly offset: number
  readonly timestamp: number
}

/** The first record at or after the log start and below `until` whose timestamp is at least `timestamp`; `null` if there is none. */
export function findByTimestamp(log: PartitionLog, timestamp: number, until: number): TimestampedOffset | null {
  for (const batch of log.batches) {
    if (batch.baseOffset >= until) return null
    if (batch.maxTimestamp < timestamp) continue
    const found = findInBatch(batch, timestamp, log.logStart)
    if (found !== null) return found.offset < until ? found : null
  }
  return null
}

/** The first record with the largest timestamp of the log; `null` if it is not below `until`, or there is none. */
export function findMaxTimestamp(log: PartitionLog, until: number): TimestampedOffset | null {
  let best: StoredBatch | null = null
  for (const batch of log.batches) {
    if (best === null || batch.maxTimestamp > best.maxTimestamp) best = batch
  }
  const found = best === null ? null : findInBatch(best, best.maxTimestamp, log.logStart)
  return found === null || found.offset >= until ? null : found
}

function findInBatch(batch: StoredBatch, timestamp: number, from: number): TimestampedOffset | null {
  const cursor = new RecordCursor()
  cursor.open(viewStored(batch))
  while (cursor.next()) {
    if (cursor.timestamp >= timestamp && cursor.offset >= from) return { offset: cursor.offset, timestamp: cursor.timestamp }
  }
  return null
}
