import { RecordCursor } from '../../record/record-cursor.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import type { PartitionLog } from './partition-log.ts'
import { viewStored } from './segment.ts'

/** A record as it is in the log. */
export interface StoredRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: RecordHeaders
}

/** What is read. */
export interface ReadOptions {
  /** `read_committed`: only what is decided and was not aborted. Default `read_uncommitted`. */
  readonly isolation?: 'read_committed' | 'read_uncommitted' | undefined
  /** The first offset. Default: the log start. */
  readonly from?: number | undefined
}

/** The data records of a log, markers left out. Views of the log. */
export function readRecords(log: PartitionLog, options: ReadOptions): readonly StoredRecord[] {
  const isCommittedOnly = options.isolation === 'read_committed'
  const from = Math.max(options.from ?? 0, log.logStart)
  const until = isCommittedOnly ? log.lastStableOffset : log.endOffset
  const records: StoredRecord[] = []
  const cursor = new RecordCursor()
  for (let index = log.indexOf(from); index < log.batches.length; index++) {
    const stored = log.batches[index]!
    if (stored.baseOffset >= until) break
    if (isCommittedOnly && log.isAborted(stored)) continue
    const batch = viewStored(stored)
    if (batch.isControl) continue
    cursor.open(batch)
    while (cursor.next()) {
      if (cursor.offset < from) continue
      const { offset, timestamp } = cursor
      records.push({ offset, timestamp, key: cursor.key(), value: cursor.value(), headers: cursor.headers() })
    }
  }
  return records
}
