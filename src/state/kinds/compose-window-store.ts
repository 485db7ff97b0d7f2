import { assert } from '../../base/assert.ts'
import { fastSerdeOf } from '../../serdes/fast-serde.ts'
import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { windowMark, withExpiry } from '../windows/expiring.ts'
import { notedRecords } from '../windows/noted-records.ts'
import { TypedWindowStore, type TypedWindowStoreParts, WindowStoreView } from '../windows/typed-window-store.ts'
import { WindowTimes } from '../windows/window-times.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kind `window`: rows that expire, by key and start of a window. */
export function composeWindowStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const { window: layout, name } = definition
  assert(layout !== undefined, 'a window store has a layout')
  const record = options.recordContext
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record, times)
  const onExpired = (start: number): void => options.dropped?.(name, `its window at ${start} is older than the retention`)
  const expireBelow = (mark: Buffer): void => overlay.expireBelow(mark)
  const expiring = withExpiry(overlay, { layout, times, onExpired, expireBelow })
  const { cached, rows } = layersOver(expiring, ground, codec)
  const parts = { name, rows, cached, codec, record, scans, layout, times, key: fastSerdeOf(definition.key) }
  // The key serde of the codec is that of windows.
  const typed = new TypedWindowStore(parts as unknown as TypedWindowStoreParts<unknown, unknown>)
  const stamped = (): WindowStoreView<unknown, unknown> =>
    new WindowStoreView(new TypedWindowStore({ ...parts, isStamped: true } as unknown as TypedWindowStoreParts<unknown, unknown>))
  return {
    typed,
    view: new WindowStoreView(typed),
    stampedView: codec.hasTimestamps ? stamped() : null,
    cached,
    times,
    restored: (records) =>
      new RestoreBatch(notedRecords(records, times, true), {
        prefixBytes: codec.prefixBytes,
        hasHeaders: codec.hasHeaders,
        window: layout,
      }),
    mark: () => windowMark(layout, times.storeTime),
    reset: () => expiring.reset(),
  }
}
