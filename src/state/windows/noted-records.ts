import { ByteSlice } from '../byte-slice.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import { sequenceIn, startIn, WINDOW_SUFFIX_BYTES } from './window-key.ts'
import type { WindowTimes } from './window-times.ts'

/**
 * Copies of the changelog records of a store that keeps times, with `times` moved on to the greatest that they have: the times are part of the batch
 * that the records become, and must be known before it is applied. `hasWindows`: their keys have windows.
 */
export function notedRecords(records: Iterable<RestoreRecord>, times: WindowTimes, hasWindows: boolean): RestoreRecord[] {
  const noted: RestoreRecord[] = []
  const slice = new ByteSlice()
  for (const { key, value, timestamp, headers } of records) {
    noted.push({ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value), timestamp, headers })
    if (timestamp > times.operatorTime) times.operatorTime = timestamp
    if (!hasWindows || key === null || key.length < WINDOW_SUFFIX_BYTES) continue
    slice.set(key, 0, key.length)
    times.storeTime = Math.max(times.storeTime, startIn(slice))
    times.sequence = Math.max(times.sequence, sequenceIn(slice))
  }
  return noted
}
