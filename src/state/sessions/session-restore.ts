import { ByteSlice } from '../byte-slice.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import { endIn, sessionRowKeyOf, setIndexKey } from './session-key.ts'
import type { SessionLayout } from './session-layout.ts'

const noBytes = Buffer.alloc(0)

/**
 * The rows that changelog records of a session store become, as copies with the keys of rows, those of the index included; `times` is moved
 * on to the greatest that the records have. The times are part of the batch that the rows become, and must be known before it is applied.
 */
export function restoredSessions(records: Iterable<RestoreRecord>, layout: SessionLayout, times: WindowTimes): RestoreRecord[] {
  const rows: RestoreRecord[] = []
  const slice = new ByteSlice()
  for (const record of records) {
    const { key, value, timestamp } = record
    if (timestamp > times.operatorTime) times.operatorTime = timestamp
    if (key === null) continue
    const rowKey = sessionRowKeyOf(layout, key)
    slice.set(rowKey, 0, rowKey.length)
    times.storeTime = Math.max(times.storeTime, endIn(slice))
    rows.push({ ...record, key: rowKey, value: value === null ? null : Buffer.from(value) })
    if (!layout.hasEndIndex) continue
    const indexKey = new ByteSlice()
    setIndexKey(slice, indexKey, noBytes)
    rows.push({ ...record, key: indexKey.copy(), value: value === null ? null : noBytes })
  }
  return rows
}
