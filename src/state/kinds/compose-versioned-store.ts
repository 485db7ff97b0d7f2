import { assert } from '../../base/assert.ts'
import { ByteSlice } from '../byte-slice.ts'
import { withOverlay } from '../layers/overlay.ts'
import { withPosition } from '../layers/positioned.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import { RowCodec } from '../row-codec.ts'
import type { ChangeCursor, SortedBytesStore } from '../sorted-bytes-store.ts'
import { TypedVersionedStore, VersionedStoreView } from '../versioned/typed-versioned-store.ts'
import type { VersionLayout } from '../versioned/version-layout.ts'
import { VersionedBytes } from '../versioned/versioned-bytes.ts'
import { VersionedRows } from '../versioned/versioned-rows.ts'
import { WindowTimes } from '../windows/window-times.ts'
import type { ComposedStore, StoreGround } from './composed-store.ts'

/** The kind `versioned`: the values that each key had, by the time from which they held. */
export function composeVersionedStore(ground: StoreGround): ComposedStore {
  const { definition, overlay, options, committed } = ground
  const { versions: layout, name } = definition
  assert(layout !== undefined, 'a versioned store has a layout')
  const times = new WindowTimes()
  const codec = new RowCodec<unknown, unknown>(definition, options.applicationId, options.recordContext)
  const positioned = withPosition(overlay, ground.positions.rows, options.recordContext)
  const bytes = new VersionedBytes(positioned, layout, times, (mark) => overlay.expireBelow(mark))
  const onExpired = (timestamp: number): void => options.dropped?.(name, `its version at ${timestamp} is older than the history retention`)
  const typed = new TypedVersionedStore(name, new VersionedRows({ bytes, codec, changelog: options.changelogOf(definition), onExpired }))
  return {
    typed,
    view: new VersionedStoreView(typed),
    stampedView: null,
    cached: null,
    times,
    restored: (records) => {
      bytes.reset()
      return restoredVersions(records, committed, { layout, times })
    },
    mark: () => bytes.mark,
    reset: () => bytes.reset(),
  }
}

/** A version changes the rows of others: the records are put one by one, over the committed rows. */
function restoredVersions(
  records: Iterable<RestoreRecord>,
  committed: SortedBytesStore,
  { layout, times }: { readonly layout: VersionLayout; readonly times: WindowTimes },
): ChangeCursor {
  const staging = withOverlay(committed)
  const bytes = new VersionedBytes(staging, layout, times, (mark) => staging.expireBelow(mark))
  const keySlice = new ByteSlice()
  const valueSlice = new ByteSlice()
  for (const { key, value, timestamp } of records) {
    if (key === null) continue
    keySlice.set(key, 0, key.length)
    if (value !== null) valueSlice.set(value, 0, value.length)
    bytes.put(keySlice, value === null ? null : valueSlice, timestamp)
  }
  return staging.changes()
}
