import type { BatchView } from './batch-view.ts'
import { corruptBatch } from './corrupt-batch.ts'
import { RecordCursor } from './record-cursor.ts'

/** What a control batch says (N§3.6). */
export interface ControlRecord {
  /** `other`: a kind that has no meaning for readers of data; the batch is skipped like every control batch. */
  readonly kind: 'abort' | 'commit' | 'other'
  /** -1 where the kind has none. */
  readonly coordinatorEpoch: number
}

/** The number of a kind of marker in the key of its record. */
export const CONTROL_TYPES = { abort: 0, commit: 1 } as const

/**
 * Reads the first record of a control batch; `null` if compaction has left none in it. Throws `ClusterError` `CORRUPT_BATCH` when its
 * key is too short. A higher version than ours is read as ours, as Java does.
 */
export function readControlRecord(batch: BatchView): ControlRecord | null {
  const cursor = new RecordCursor()
  cursor.open(batch)
  if (!cursor.next()) return null
  const key = cursor.key()
  if (key === null || key.length < 4) throw problem(batch, 'its key is shorter than 4 bytes')
  const type = key.readInt16BE(2)
  if (type !== CONTROL_TYPES.abort && type !== CONTROL_TYPES.commit) return { kind: 'other', coordinatorEpoch: -1 }
  const value = cursor.value()
  if (value === null || value.length < 6) throw problem(batch, 'its value is shorter than 6 bytes')
  return { kind: type === CONTROL_TYPES.commit ? 'commit' : 'abort', coordinatorEpoch: value.readInt32BE(2) }
}

function problem(batch: BatchView, found: string): Error {
  return corruptBatch(`Cannot read a control record: ${found}`, { origin: batch.origin, offset: batch.baseOffset })
}
