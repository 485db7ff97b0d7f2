import { BytesWriter } from '../../base/bytes-writer.ts'
import { placeInRecordKey, RecordBuffer } from '../buffers/record-buffer.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { LoggedBytesStore } from '../layers/change-logged.ts'
import { RestoreBatch, type RestoreRecord } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { WindowTimes } from '../windows/window-times.ts'
import type { ComposedStore, StoreGround } from './composed-store.ts'

// The changelog has an int64 0 behind each value, as Java writes it.
const PADDING_BYTES = 8

/** The kind `record-buffer`: the records that a join of a stream and a table with grace waits with. */
export function composeRecordBuffer(ground: StoreGround): ComposedStore {
  const { definition, options } = ground
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, options.recordContext)
  const typed = new RecordBuffer({ name: definition.name, rows: loggedRows(ground), codec, times })
  return {
    typed,
    view: typed,
    stampedView: null,
    cached: null,
    times,
    restored: (records) => {
      typed.reset()
      return new RestoreBatch(unpadded(records, times), { prefixBytes: 0 })
    },
    reset: () => typed.reset(),
  }
}

/** Rows whose changes are written to the changelog with padding, and with the time of writing: Java gives them none. */
function loggedRows({ definition, overlay, options }: StoreGround): LoggedBytesStore {
  const changelog: ChangelogWriter | null = options.changelogOf(definition)
  const writer = new BytesWriter()
  const padded = new ByteSlice()
  return {
    get: (key, into) => overlay.get(key, into),
    scan: (range, isReverse) => overlay.scan(range, isReverse),
    get rowCount() {
      return overlay.rowCount
    },
    put: (key, value) => {
      overlay.put(key, value)
      if (changelog === null) return
      writer.reset()
      if (value !== null) writer.range(value.buffer, value.start, value.end)
      writer.int64(0)
      padded.set(writer.buffer, 0, writer.position)
      changelog.write(key, value === null ? null : padded, options.clock.now(), null)
    },
  }
}

/** The records of the changelog as they are kept, with `times` moved on. */
function unpadded(records: Iterable<RestoreRecord>, times: WindowTimes): RestoreRecord[] {
  const kept: RestoreRecord[] = []
  for (const { key, value, timestamp } of records) {
    const place = key === null ? null : placeInRecordKey(key)
    if (key === null || place === null) continue
    times.storeTime = Math.max(times.storeTime, place.time)
    times.sequence = Math.max(times.sequence, place.number)
    kept.push({
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value.subarray(0, value.length - PADDING_BYTES)),
      timestamp,
    })
  }
  return kept
}
