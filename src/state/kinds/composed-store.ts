import { type CachedRows, withCache } from '../layers/cached.ts'
import { withChangelog, type LoggedBytesStore } from '../layers/change-logged.ts'
import type { OverlayStore } from '../layers/overlay.ts'
import type { PositionTracker } from '../position.ts'
import { withSerdes } from '../layers/serialized.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import { type RowCodec, TIMESTAMP_BYTES } from '../row-codec.ts'
import type { ScanCount } from '../scan-iterator.ts'
import type { ChangeCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { isLru } from '../store-spec.ts'
import type { TaskStateOptions } from '../task-state-options.ts'
import type { WindowTimes } from '../windows/window-times.ts'

/** What every kind of store is built on. */
export interface StoreGround {
  readonly definition: StoreDefinition
  /** The committed rows. Only what restores reads them directly. */
  readonly committed: SortedBytesStore
  /** The rows, committed or not. */
  readonly overlay: OverlayStore
  readonly options: TaskStateOptions
  readonly scans: ScanCount
  readonly positions: StorePositions
}

/** Which input records a store reflects. */
export interface StorePositions {
  /** The rows, committed or not. */
  readonly rows: PositionTracker
  /** What a cache holds back. */
  readonly cache: PositionTracker
}

/** A store that is open, seen from its task. */
export interface ComposedStore {
  /** What processors see. */
  readonly typed: { close(): void }
  /** What queries see. */
  readonly view: unknown
  /** The same with timestamps, where rows have them and `view` does not show them; else `null`. */
  readonly stampedView: unknown
  /** The cache, if the store has one. */
  readonly cached: CachedRows<unknown, unknown> | null
  /** What it remembers beside its rows: they are part of its meta row. `null` where there is nothing. */
  readonly times: WindowTimes | null
  /** Changelog records as changes of the committed rows; `times` is moved on before it returns. */
  restored(records: Iterable<RestoreRecord>): ChangeCursor
  /** The key below which rows have expired at the time that `times` has; `null`: none has. Absent: rows do not expire by key. */
  mark?(): Buffer | null
  /** Forgets what is known of rows beside the rows themselves: they have changed beneath it. */
  reset?(): void
  /** Writes what goes to the changelog at a commit only, when all caches are flushed. */
  writeChangelog?(): void
}

/** A kind of store: one function that puts its layers together. */
export type ComposeStore = (ground: StoreGround) => ComposedStore

/** The upper layers of most kinds. */
export interface RowLayers {
  readonly logged: LoggedBytesStore
  readonly cached: CachedRows<unknown, unknown> | null
  readonly rows: TypedRows<unknown, unknown>
}

/** Changelog, then a cache or none, over the rows that are `kept`. */
export function layersOver(
  kept: WritableBytesStore,
  { definition, options, positions }: StoreGround,
  codec: RowCodec<unknown, unknown>,
): RowLayers {
  const { recordContext: record, cache } = options
  const headersOf = definition.changelog?.hasHeaders === true ? record : null
  const logged = withChangelog(kept, { changelog: options.changelogOf(definition), headersOf, record, position: positions.rows }, codec)
  const hasIndex = definition.window?.timeOrdered === 'index'
  const moreBytes = definition.cachesTimestamps === true ? TIMESTAMP_BYTES : 0
  const cached =
    definition.caching && cache !== null
      ? withCache(logged, codec, { cache, record, position: positions.cache, hasIndex, losesRows: isLru(definition.supplier), moreBytes })
      : null
  return { logged, cached, rows: cached ?? withSerdes(logged, codec) }
}
