import type { RecordContext } from '../../record/record-context.ts'
import type { PositionTracker } from '../position.ts'
import type { WritableBytesStore } from '../sorted-bytes-store.ts'

/** `store`, whose changes move `position` on to the record in hand: for kinds that do not write their changelog row by row. */
export function withPosition(store: WritableBytesStore, position: PositionTracker, record: Readonly<RecordContext>): WritableBytesStore {
  return {
    get: (key, into) => store.get(key, into),
    scan: (range, isReverse) => store.scan(range, isReverse),
    get rowCount() {
      return store.rowCount
    },
    put: (key, value) => {
      position.note(record)
      store.put(key, value)
    },
  }
}
