import { type Room, type UseOrder, withRoomFor } from '../layers/least-recently-used.ts'
import { type OverlayStore, withOverlay } from '../layers/overlay.ts'
import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { headersFace, timestampedFace, valueFace } from '../key-values/row-faces.ts'
import type { ChangeCursor, WritableBytesStore } from '../sorted-bytes-store.ts'
import { isLru } from '../store-spec.ts'
import { LimitedStoreView, StoreView } from '../key-values/store-view.ts'
import { type RowFace, TypedStore } from '../key-values/typed-store.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kinds `key-value` and `timestamped`, which differ in what they show. */
export function composeKeyValueStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const record = options.recordContext
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record)
  const order: UseOrder = { keys: null, isStill: false }
  const { cached, rows } = layersOver(limited(overlay, ground, order), ground, codec)
  const parts = { name: definition.name, rows, codec, record, scans }
  const stampedFace = codec.hasHeaders ? headersFace<unknown>(codec) : timestampedFace<unknown>()
  const face = definition.kind === 'timestamped' ? stampedFace : valueFace<unknown>()
  const typed = new TypedStore<unknown, unknown, unknown>({ ...parts, face: face as RowFace<unknown, unknown> })
  const viewOf = (store: TypedStore<unknown, unknown, unknown>): unknown =>
    isLru(definition.supplier) ? new LimitedStoreView(store, order) : new StoreView(store)
  const view = viewOf(typed)
  const stamped = (): unknown => viewOf(new TypedStore({ ...parts, face: stampedFace as RowFace<unknown, unknown> }))
  return {
    typed,
    view,
    stampedView: definition.kind === 'timestamped' ? view : codec.hasTimestamps ? stamped() : null,
    cached,
    times: null,
    restored: (records) => {
      const batch = new RestoreBatch(records, codec)
      return isLru(definition.supplier) ? limitedChanges(batch, ground, definition.supplier.lru, order) : batch
    },
    reset: () => {
      order.keys = null
    },
  }
}

/** The rows of a store with limited room. Java logs what gives way only where rows are plain values. */
function limited(overlay: OverlayStore, { definition, options }: StoreGround, order: UseOrder): WritableBytesStore {
  const { supplier, kind, format } = definition
  if (!isLru(supplier)) return overlay
  const changelog = kind === 'key-value' && format === 'plain' ? options.changelogOf(definition) : null
  const { recordContext } = options
  const onEvicted: Room['onEvicted'] = (key, { timestamp } = recordContext) => changelog?.write(key, null, timestamp, null)
  return withRoomFor(overlay, { rowsMax: supplier.lru, order, onEvicted })
}

/** Changes of a store with limited room: rows give way while it is restored, too. */
function limitedChanges(changes: ChangeCursor, { committed }: StoreGround, rowsMax: number, order: UseOrder): ChangeCursor {
  const staging = withOverlay(committed)
  const rows = withRoomFor(staging, { rowsMax, order, onEvicted: () => undefined })
  while (changes.next()) rows.put(changes.key, changes.isTombstone ? null : changes.value)
  changes.close()
  return staging.changes()
}
