import { assert } from '../base/assert.ts'
import { StoreError } from '../base/errors.ts'
import type { StoreBatch, TaskEngine } from './engines/engine.ts'
import type { ReadOnlyKeyValueStore } from './key-value-store.ts'
import { OpenStore } from './open-store.ts'
import { Position } from './position.ts'
import type { Isolation } from './read-ground.ts'
import type { RestoreRecord } from './restore-batch.ts'
import { distrustOf, STORE_FORMAT_VERSION, type StoreMeta } from './store-meta.ts'
import type { TaskStateOptions } from './task-state-options.ts'
import { noTimes } from './windows/window-times.ts'

/** Numbers of a store for its metrics. */
export interface StoreStatistics {
  /** Committed or not; what only a cache has is not counted. */
  readonly rowCount: number
  readonly openScans: number
  readonly uncommittedBytes: number
}

// More rounds than any chain of stores has links: only a topology that feeds itself gets there.
const FLUSH_ROUNDS_MAX = 1000

/**
 * The stores of one task, and their commit point (design 4).
 *
 * Committed rows are in the engine together with the changelog offset that they correspond to. What is written goes to overlays above it
 * (and caches above those), until the runtime says what became of it: `apply` moves all overlays into the engine in one batch, `drop`
 * forgets them. The order at commit is the runtime's: `flushCaches`, then the producer's flush and the commit, then `apply`.
 */
export class TaskState {
  readonly #options: TaskStateOptions
  readonly #engine: TaskEngine
  readonly #stores = new Map<string, OpenStore>()
  #isOpen = true

  /** Opens the stores. One whose rows cannot be trusted (design 4, "Trust") is wiped first, and the log says why. */
  constructor(options: TaskStateOptions) {
    this.#options = options
    this.#engine = options.engines.open(options.taskId)
    for (const definition of options.stores) {
      this.#wipeUnlessTrusted(definition.name)
      const store = new OpenStore(definition, this.#engine.store(definition.name), options)
      this.#stores.set(definition.name, store)
      this.#resetTimes(store)
    }
  }

  /** Names of the stores, in topological order. */
  get storeNames(): readonly string[] {
    return [...this.#stores.keys()]
  }

  /** The store as processors see it: `KeyValueStore<K, V>`, with `ValueAndTimestamp<V>` for the kind `timestamped`, or `WindowStore<K, V>`. */
  store(name: string): unknown {
    return this.#opened(name).typed
  }

  /** The store as queries see it, of the kind `S`: reading it moves nothing, so that it may be read at any time. */
  view<S = ReadOnlyKeyValueStore<unknown, unknown>>(name: string): S {
    return this.#opened(name).view as S
  }

  /** As `view`, with the timestamps of rows; `null` where they have none. */
  stampedView(name: string): unknown {
    return this.#opened(name).stampedView
  }

  /**
   * The store as queries see it beneath its cache, or what is committed of it alone, with timestamps where rows have them. Use it at once:
   * it is valid until the next change; its iterators stay valid.
   */
  read(name: string, isolation: Isolation): unknown {
    const store = this.#opened(name)
    const committed = this.#engine.readMeta(name)?.times ?? noTimes
    return store.read(isolation, isolation === 'read_committed' ? committed : (store.times ?? committed))
  }

  /** Which input records a store reflects: what is committed, its rows beneath the cache, or all. */
  position(name: string, of: 'committed' | 'rows' | 'all'): Position {
    const store = this.#opened(name)
    if (of === 'committed') return this.#committedPosition(name)
    return of === 'rows' ? store.positions.rows.position() : store.position
  }

  /** Bytes of what is not committed, caches not counted: key + value + 96 for each row. */
  get uncommittedBytes(): number {
    let bytes = 0
    for (const store of this.#stores.values()) bytes += store.overlay.uncommittedBytes
    return bytes
  }

  /** What there is to count of a store now. */
  statistics(name: string): StoreStatistics {
    const { overlay, scans } = this.#opened(name)
    return { rowCount: overlay.rowCount, openScans: scans.openScans, uncommittedBytes: overlay.uncommittedBytes }
  }

  /**
   * Gives up what caches hold back, in topological order. What that makes of later caches is flushed in its turn. Then buffers write their
   * changelogs: what they hold does not change any more before the commit.
   */
  flushCaches(): void {
    let rounds = 0
    while (rounds === 0 || this.#hasDirtyCache()) {
      assert(rounds++ < FLUSH_ROUNDS_MAX, 'Flushing the caches of a task comes to an end')
      for (const store of this.#stores.values()) store.flush()
    }
    for (const store of this.#stores.values()) store.writeChangelog()
  }

  /** The offset of the last changelog record that the committed rows of a store reflect; `null` = none: restore it from the beginning. */
  storedOffset(name: string): number | null {
    this.#opened(name)
    return this.#engine.readMeta(name)?.offset ?? null
  }

  /**
   * Applies changelog records to the committed rows of a store: the later of two with the same key counts, an absent value deletes, a
   * record without a key is left out. `lastOffset` is the last offset that was read, whatever it was (a marker, for example); it becomes
   * the stored offset in the same batch. May be repeated with records that were applied before.
   */
  restore(name: string, records: Iterable<RestoreRecord>, lastOffset: number): void {
    const store = this.#opened(name)
    assert(store.overlay.uncommittedBytes === 0, 'A store has no uncommitted rows while it is restored')
    const operatorTime = store.times?.operatorTime ?? -1
    const rows = store.restored(records)
    if (store.times !== null && this.#options.replaysInputs === true) store.times.operatorTime = operatorTime
    const known = this.#engine.readMeta(name)
    // The time of an older commit stays: it limits for how long deletions are still in the changelog, and this batch may not be its end.
    const commitTimeMs = known?.commitTimeMs ?? this.#options.clock.now()
    this.#engine.apply([{ store: name, rows, meta: this.#metaOf(name, lastOffset, commitTimeMs), expiredBelow: null }])
  }

  /**
   * Moves the uncommitted rows of all stores into the engine, in one batch. `offsets` has the highest acknowledged changelog offset of
   * each store that wrote to its changelog since the last commit; the others keep theirs. Caches are clean (`flushCaches`). Throws
   * `StoreError` `STORE_CORRUPTED` if the engine fails: what is stored may be anything between the old and the new rows, with the old offset.
   */
  apply(offsets: ReadonlyMap<string, number>): void {
    assert(!this.#hasDirtyCache(), 'Caches are flushed before the overlays are applied')
    const now = this.#options.clock.now()
    const batches: StoreBatch[] = []
    for (const [name, store] of this.#stores) {
      const storedOffset = offsets.get(name) ?? this.storedOffset(name)
      batches.push({ store: name, rows: store.overlay.changes(), meta: this.#metaOf(name, storedOffset, now), expiredBelow: null })
    }
    try {
      this.#engine.apply(batches)
    } catch (cause) {
      throw new StoreError(
        'STORE_CORRUPTED',
        `Cannot apply the committed rows of task ${this.#options.taskId}: the engine "${this.#engine.kind}" failed, the stores are replayed from their changelogs`,
        { cause, taskId: this.#options.taskId },
      )
    }
    for (const store of this.#stores.values()) store.overlay.drop()
  }

  /** Forgets all that is not committed, caches included. The stores stay usable and show the committed rows. */
  drop(): void {
    for (const store of this.#stores.values()) {
      store.drop()
      this.#resetTimes(store)
    }
  }

  /** Removes all rows of a store, committed or not: it is to be restored from the beginning. */
  wipe(name: string): void {
    const store = this.#opened(name)
    this.#engine.wipe(name)
    store.drop()
    this.#resetTimes(store)
  }

  /** Forgets what is not committed and closes the stores; iterators stay usable. May be called again. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.drop()
    for (const store of this.#stores.values()) store.close()
    this.#engine.close()
  }

  #opened(name: string): OpenStore {
    const store = this.#stores.get(name)
    assert(store !== undefined, `The task has a store "${name}"`)
    return store
  }

  #hasDirtyCache(): boolean {
    for (const store of this.#stores.values()) if (store.isDirty) return true
    return false
  }

  #metaOf(name: string, offset: number | null, commitTimeMs: number): StoreMeta {
    const { clusterId, topicId } = this.#options.expectationOf(this.#opened(name).definition)
    const { times, positions } = this.#opened(name)
    const position = positions.rows.position()
    return {
      formatVersion: STORE_FORMAT_VERSION,
      engine: this.#engine.kind,
      clusterId,
      topicId,
      offset,
      commitTimeMs,
      ...(times === null ? {} : { times: times.copy() }),
      ...(position.isEmpty ? {} : { position: position.toJSON() }),
    }
  }

  /** Goes back to what the committed rows remember and reflect. */
  #resetTimes({ definition, times, positions }: OpenStore): void {
    times?.set(this.#engine.readMeta(definition.name)?.times ?? noTimes)
    positions.rows.set(this.#committedPosition(definition.name))
    positions.cache.set(Position.empty)
  }

  #committedPosition(name: string): Position {
    return Position.ofSorted(this.#engine.readMeta(name)?.position ?? [])
  }

  #wipeUnlessTrusted(name: string): void {
    const { taskId, clock, logger, stores, expectationOf } = this.#options
    const meta = this.#engine.readMeta(name)
    if (meta === null) return
    const definition = stores.find((store) => store.name === name)!
    const reason = distrustOf(meta, expectationOf(definition), this.#engine.kind, clock.now())
    if (reason === null) return
    logger.warn({ taskId, store: name }, `Store "${name}" of task ${taskId} is wiped and restored from its changelog: ${reason}`)
    this.#engine.wipe(name)
  }
}
