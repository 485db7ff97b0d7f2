import { composeChangeBuffer } from './kinds/compose-change-buffer.ts'
import { composeKeyValueStore } from './kinds/compose-key-value-store.ts'
import { composeListStore } from './kinds/compose-list-store.ts'
import { composeRecordBuffer } from './kinds/compose-record-buffer.ts'
import { composeSessionStore } from './kinds/compose-session-store.ts'
import { composeVersionedStore } from './kinds/compose-versioned-store.ts'
import { composeWindowStore } from './kinds/compose-window-store.ts'
import type { ComposedStore, ComposeStore, StorePositions } from './kinds/composed-store.ts'
import { type OverlayStore, withOverlay } from './layers/overlay.ts'
import { type Position, PositionTracker } from './position.ts'
import { mayHaveVectors, withoutVectors, withVectors } from './positions/consistency-vectors.ts'
import { type Isolation, readGround } from './kinds/read-ground.ts'
import type { RestoreRecord } from './restore-batch.ts'
import type { ScanCount } from './scan-iterator.ts'
import type { ChangeCursor, SortedBytesStore } from './sorted-bytes-store.ts'
import type { StoreDefinition } from './store-definition.ts'
import type { StoreKind } from './store-spec.ts'
import type { TaskStateOptions } from './task-state-options.ts'
import type { StoreTimes, WindowTimes } from './windows/window-times.ts'

const kinds: Readonly<Record<StoreKind, ComposeStore>> = {
  'key-value': composeKeyValueStore,
  timestamped: composeKeyValueStore,
  window: composeWindowStore,
  versioned: composeVersionedStore,
  list: composeListStore,
  'change-buffer': composeChangeBuffer,
  'record-buffer': composeRecordBuffer,
  session: composeSessionStore,
}

/** A store of an open task: its layers from the committed rows up (engine, overlay, then what its kind puts on them). */
export class OpenStore {
  readonly definition: StoreDefinition
  readonly overlay: OverlayStore
  readonly scans: ScanCount = { openScans: 0 }
  readonly positions: StorePositions = { rows: new PositionTracker(), cache: new PositionTracker() }
  readonly #committed: SortedBytesStore
  /** What reads without the cache, from the first such read on. */
  readonly #readers = new Map<Isolation, ComposedStore>()
  readonly #composed: ComposedStore
  readonly #options: TaskStateOptions
  /** Whether its changelog has positions. */
  readonly #hasVectors: boolean

  constructor(definition: StoreDefinition, committed: SortedBytesStore, options: TaskStateOptions) {
    this.definition = definition
    this.#options = options
    this.#committed = committed
    this.overlay = withOverlay(committed)
    this.#hasVectors = options.hasVectors === true && mayHaveVectors(definition)
    const written = this.#hasVectors ? withVectorsOf(options, this.positions) : options
    const ground = { definition, committed, overlay: this.overlay, options: written, scans: this.scans, positions: this.positions }
    this.#composed = kinds[definition.kind](ground)
  }

  /** What processors see. */
  get typed(): unknown {
    return this.#composed.typed
  }

  /** What queries see. */
  get view(): unknown {
    return this.#composed.view
  }

  /** The same with timestamps; `null` where rows have none. */
  get stampedView(): unknown {
    return this.#composed.stampedView
  }

  /**
   * What is seen without the cache, or of what is committed alone. `times`: what the store remembers at that point; `isStamped`: with
   * timestamps where rows have them. Valid until the next change of the store; its iterators stay valid.
   */
  read(isolation: Isolation, times: StoreTimes, isStamped: boolean): unknown {
    let reader = this.#readers.get(isolation)
    if (reader === undefined) {
      const rows = isolation === 'read_committed' ? this.#committed : this.overlay
      reader = kinds[this.definition.kind](readGround(this.definition, rows, this.#options))
      this.#readers.set(isolation, reader)
    }
    reader.times?.set(times)
    reader.reset?.()
    return (isStamped ? reader.stampedView : null) ?? reader.view
  }

  /** Which input records the store reflects, with what its cache holds back. */
  get position(): Position {
    return this.positions.rows.position().merge(this.positions.cache.position())
  }

  /** What the store remembers beside its rows. */
  get times(): WindowTimes | null {
    return this.#composed.times
  }

  /** Whether the cache holds updates back. */
  get isDirty(): boolean {
    return this.#composed.cached?.isDirty === true
  }

  /** Gives up what the cache holds back. */
  flush(): void {
    this.#composed.cached?.flush()
  }

  /** Writes what goes to the changelog at a commit only. */
  writeChangelog(): void {
    this.#composed.writeChangelog?.()
  }

  /** Forgets what is not in the committed rows. */
  drop(): void {
    this.#composed.cached?.drop()
    this.overlay.drop()
    this.#composed.reset?.()
  }

  /** Changelog records as changes of the committed rows. */
  restored(records: Iterable<RestoreRecord>): ChangeCursor {
    const { logger } = this.#options
    return this.#composed.restored(this.#hasVectors ? withoutVectors(records, this.positions.rows, logger) : records)
  }

  /** The key below which rows have expired, as far as the times of the store tell; `null`: none has. */
  get mark(): Buffer | null {
    return this.#composed.mark?.() ?? null
  }

  close(): void {
    const { typed, cached } = this.#composed
    typed.close()
    if (cached !== null) this.#options.cache?.unregister(cached)
  }
}

function withVectorsOf(options: TaskStateOptions, { rows }: StorePositions): TaskStateOptions {
  return {
    ...options,
    changelogOf: (definition) => {
      const changelog = options.changelogOf(definition)
      return changelog === null ? null : withVectors(changelog, rows)
    },
  }
}
