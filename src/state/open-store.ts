import { type CachedRows, withCache } from './layers/cached.ts'
import { withChangelog } from './layers/change-logged.ts'
import { type OverlayStore, withOverlay } from './layers/overlay.ts'
import { withSerdes } from './layers/serialized.ts'
import type { TypedRows } from './layers/typed-rows.ts'
import { RowCodec } from './row-codec.ts'
import { timestampedFace, valueFace } from './row-faces.ts'
import type { SortedBytesStore } from './sorted-bytes-store.ts'
import type { StoreDefinition } from './store-definition.ts'
import type { TaskStateOptions } from './task-state-options.ts'
import type { ScanCount } from './scan-iterator.ts'
import { StoreView } from './store-view.ts'
import { TypedStore } from './typed-store.ts'

/** A store of an open task: its layers from the committed rows up (engine, overlay, changelog, cache or serdes, face). */
export class OpenStore {
  readonly definition: StoreDefinition
  readonly overlay: OverlayStore
  readonly codec: RowCodec<unknown, unknown>
  readonly rows: TypedRows<unknown, unknown>
  readonly scans: ScanCount = { openScans: 0 }
  /** What processors see. */
  readonly typed: TypedStore<unknown, unknown, unknown>
  /** What queries see. */
  readonly view: StoreView<unknown, unknown>
  readonly #cached: CachedRows<unknown, unknown> | null
  readonly #options: TaskStateOptions

  constructor(definition: StoreDefinition, committed: SortedBytesStore, options: TaskStateOptions) {
    const { recordContext: record, cache, applicationId } = options
    this.definition = definition
    this.#options = options
    this.overlay = withOverlay(committed)
    this.codec = new RowCodec(definition, applicationId, record)
    const logged = withChangelog(this.overlay, options.changelogOf(definition), this.codec.prefixBytes)
    this.#cached = definition.caching && cache !== null ? withCache(logged, this.codec, { cache, record }) : null
    this.rows = this.#cached ?? withSerdes(logged, this.codec)
    const parts = { name: definition.name, rows: this.rows, codec: this.codec, record, scans: this.scans }
    this.typed =
      definition.kind === 'timestamped'
        ? (new TypedStore({ ...parts, face: timestampedFace() }) as TypedStore<unknown, unknown, unknown>)
        : new TypedStore({ ...parts, face: valueFace() })
    this.view = new StoreView(this.typed)
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
