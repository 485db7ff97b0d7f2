import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { headersFace, timestampedFace, valueFace } from '../row-faces.ts'
import { StoreView } from '../store-view.ts'
import { type RowFace, TypedStore } from '../typed-store.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kinds `key-value` and `timestamped`, which differ in what they show. */
export function composeKeyValueStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const record = options.recordContext
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record)
  const { cached, rows } = layersOver(overlay, ground, codec)
  const parts = { name: definition.name, rows, codec, record, scans }
  const face =
    definition.kind !== 'timestamped' ? valueFace<unknown>() : codec.hasHeaders ? headersFace<unknown>(codec) : timestampedFace<unknown>()
  const typed = new TypedStore<unknown, unknown, unknown>({ ...parts, face: face as RowFace<unknown, unknown> })
  return {
    typed,
    view: new StoreView(typed),
    cached,
    times: null,
    restored: (records) => new RestoreBatch(records, { prefixBytes: codec.prefixBytes, hasHeaders: codec.hasHeaders }),
  }
}
