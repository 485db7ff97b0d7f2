import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { timestampedFace, valueFace } from '../row-faces.ts'
import { StoreView } from '../store-view.ts'
import { TypedStore } from '../typed-store.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kinds `key-value` and `timestamped`, which differ in what they show. */
export function composeKeyValueStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const record = options.recordContext
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record)
  const { cached, rows } = layersOver(overlay, ground, codec)
  const parts = { name: definition.name, rows, codec, record, scans }
  const typed: TypedStore<unknown, unknown, unknown> =
    definition.kind === 'timestamped'
      ? (new TypedStore({ ...parts, face: timestampedFace() }) as TypedStore<unknown, unknown, unknown>)
      : new TypedStore({ ...parts, face: valueFace() })
  return {
    typed,
    view: new StoreView(typed),
    cached,
    times: null,
    restored: (records) => new RestoreBatch(records, { prefixBytes: codec.prefixBytes }),
  }
}
