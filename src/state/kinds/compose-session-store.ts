import { assert } from '../../base/assert.ts'
import { fastSerdeOf } from '../../serdes/fast-serde.ts'
import { RestoreBatch } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import { SessionBytes, sessionMark } from '../sessions/session-bytes.ts'
import { restoredSessions } from '../sessions/session-restore.ts'
import { SessionRows, type SessionRowsParts } from '../sessions/session-rows.ts'
import { SessionStoreView, TypedSessionStore } from '../sessions/typed-session-store.ts'
import { WindowTimes } from '../windows/window-times.ts'
import { type ComposedStore, layersOver, type StoreGround } from './composed-store.ts'

/** The kind `session`: rows that expire, by key, end and start of a session. */
export function composeSessionStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, scans } = ground
  const { session: layout, name } = definition
  assert(layout !== undefined, 'a session store has a layout')
  const record = options.recordContext
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, record)
  const onExpired = (end: number): void => options.dropped?.(name, `its session that ended at ${end} is older than the retention`)
  const expireBelow = (mark: Buffer): void => overlay.expireBelow(mark)
  const bytes = new SessionBytes(overlay, { layout, times, onExpired, expireBelow })
  const { cached, rows } = layersOver(bytes, ground, codec)
  // The key serde of the codec is that of sessions.
  const parts = { rows, cached, bytes, codec, key: fastSerdeOf(definition.key), layout, times } as unknown as SessionRowsParts<
    unknown,
    unknown
  >
  const sessions = new SessionRows(parts)
  const typed = new TypedSessionStore({ name, sessions, isExact: layout.isExact, record, scans })
  return {
    typed,
    view: new SessionStoreView(typed),
    stampedView: null,
    cached,
    times,
    restored: (records) => new RestoreBatch(restoredSessions(records, layout, times), codec),
    mark: () => sessionMark(layout, times.storeTime),
    reset: () => bytes.reset(),
  }
}
