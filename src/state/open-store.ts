import { type CachedRows, withCache } from './layers/cached.ts'
import { withChangelog } from './layers/change-logged.ts'
import { type OverlayStore, withOverlay } from './layers/overlay.ts'
import { withSerdes } from './layers/serialized.ts'
import type { TypedRows } from './layers/typed-rows.ts'
import { RowCodec } from './row-codec.ts'
import { fastSerdeOf } from '../serdes/fast-serde.ts'
import { timestampedFace, valueFace } from './row-faces.ts'
import type { SortedBytesStore } from './sorted-bytes-store.ts'
import { ListStoreView } from './lists/list-store-view.ts'
import { TypedListStore } from './lists/typed-list-store.ts'
import type { StoreDefinition } from './store-definition.ts'
import type { TaskStateOptions } from './task-state-options.ts'
import type { ScanCount } from './scan-iterator.ts'
import { StoreView } from './store-view.ts'
import { TypedStore } from './typed-store.ts'
import { withExpiry } from './windows/expiring.ts'
import { TypedWindowStore, type TypedWindowStoreParts, WindowStoreView } from './windows/typed-window-store.ts'
import { WindowTimes } from './windows/window-times.ts'

/** The store of any kind, as processors see it. */
export type AnyTypedStore = TypedStore<unknown, unknown, unknown> | TypedWindowStore<unknown, unknown> | TypedListStore<unknown, unknown>

/** A store of an open task: its layers from the committed rows up (engine, overlay, changelog, cache or serdes, face). */
export class OpenStore {
  readonly definition: StoreDefinition
  readonly overlay: OverlayStore
  readonly codec: RowCodec<unknown, unknown>
  readonly rows: TypedRows<unknown, unknown>
  readonly scans: ScanCount = { openScans: 0 }
  /** What processors see. */
  readonly typed: AnyTypedStore
  /** What queries see. */
  readonly view: StoreView<unknown, unknown> | WindowStoreView<unknown, unknown> | ListStoreView<unknown, unknown>
  /** Of a window store, and of a list store for the operator that owns it. */
  readonly times: WindowTimes | null
  readonly #cached: CachedRows<unknown, unknown> | null
  readonly #options: TaskStateOptions

  constructor(definition: StoreDefinition, committed: SortedBytesStore, options: TaskStateOptions) {
    const { recordContext: record, cache, applicationId } = options
    this.definition = definition
    this.#options = options
    const { window: layout } = definition
    this.overlay = withOverlay(committed)
    const times = layout === undefined && definition.kind !== 'list' ? null : new WindowTimes()
    this.times = times
    this.codec = new RowCodec(definition, applicationId, record, times)
    const onExpired = (start: number): void => options.dropped?.(definition.name, `its window at ${start} is older than the retention`)
    const kept = layout === undefined || times === null ? this.overlay : withExpiry(this.overlay, { layout, times, onExpired })
    const headersOf = definition.changelog?.hasHeaders === true ? record : null
    const logged = withChangelog(kept, { changelog: options.changelogOf(definition), headersOf }, this.codec)
    this.#cached = definition.caching && cache !== null ? withCache(logged, this.codec, { cache, record }) : null
    this.rows = this.#cached ?? withSerdes(logged, this.codec)
    const parts = { name: definition.name, rows: this.rows, codec: this.codec, record, scans: this.scans }
    if (layout !== undefined && times !== null) {
      const windows = { layout, times, key: fastSerdeOf(definition.key), cached: this.#cached }
      // The key serde of the codec is that of windows.
      const typed = new TypedWindowStore({ ...parts, ...windows } as unknown as TypedWindowStoreParts<unknown, unknown>)
      this.typed = typed
      this.view = new WindowStoreView(typed)
      return
    }
    if (times !== null) {
      const lists = new TypedListStore({ ...parts, rows: logged, times })
      this.typed = lists
      this.view = new ListStoreView(lists)
      return
    }
    const typed =
      definition.kind === 'timestamped'
        ? (new TypedStore({ ...parts, face: timestampedFace() }) as TypedStore<unknown, unknown, unknown>)
        : new TypedStore({ ...parts, face: valueFace() })
    this.typed = typed
    this.view = new StoreView(typed)
  }

  /** Whether the cache holds updates back. */
  get isDirty(): boolean {
    return this.#cached?.isDirty === true
  }

  close(): void {
    this.typed.close()
    if (this.#cached !== null) this.#options.cache?.unregister(this.#cached)
  }
}
