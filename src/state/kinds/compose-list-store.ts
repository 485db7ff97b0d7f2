import { ListStoreView } from '../lists/list-store-view.ts'
import { TypedListStore } from '../lists/typed-list-store.ts'
import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { notedRecords } from '../windows/noted-records.ts'
import { WindowTimes } from '../windows/window-times.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kind `list`: a list of values under each key, whole in each row. It has no cache. */
export function composeListStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const record = options.recordContext
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record)
  const { logged, cached } = layersOver(overlay, ground, codec)
  const typed = new TypedListStore({ name: definition.name, rows: logged, codec, times, record, scans })
  return {
    typed,
    view: new ListStoreView(typed),
    stampedView: null,
    cached,
    times,
    restored: (records) => new RestoreBatch(notedRecords(records, times, false), codec),
  }
}
