import { assert } from '../base/assert.ts'
import { StoreError } from '../base/errors.ts'
import type { StoreBatch, TaskEngine } from './engines/engine.ts'
import type { ReadOnlyKeyValueStore } from './key-value-store.ts'
import { OpenStore } from './open-store.ts'
import { Position } from './position.ts'
import type { Isolation } from './kinds/read-ground.ts'
import type { RestoreRecord } from './restore-batch.ts'
import { storeFailure } from './store-failure.ts'
import { distrustOf, isSameButTime, STORE_FORMAT_VERSION, type StoreMeta } from './store-meta.ts'
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

/** A store that does not change is still told from time to time that it reflects its changelog: what is old is not trusted. */
const RENEWAL_MS = 60_000

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
    this.#engine = this.#guarded('open the stores of', () => options.engines.open(options.taskId))
    try {
      this.#guarded('open the stores of', () => this.#open())
    } catch (error) {
      this.#engine.close()
      throw error
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
   * The store as queries see it beneath its cache, or what is committed of it alone. `isStamped`: with timestamps where rows have them. Use
   * it at once: it is valid until the next change; its iterators stay valid.
   */
  read(name: string, isolation: Isolation, isStamped: boolean): unknown {
    const store = this.#opened(name)
    const committed = this.#engine.readMeta(name)?.times ?? noTimes
    const times = isolation === 'read_committed' ? committed : (store.times ?? committed)
    return store.read(isolation, times, isStamped)
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
   * the stored offset in the same batch. `isAll`: the rows then reflect the whole changelog as it is. May be repeated with records that
   * were applied before. Throws what reading a record throws, and as `apply`.
   */
  restore(name: string, records: Iterable<RestoreRecord>, lastOffset: number, isAll = false): void {
    const store = this.#opened(name)
    assert(store.overlay.uncommittedBytes === 0, 'A store has no uncommitted rows while it is restored')
    const operatorTime = store.times?.operatorTime ?? -1
    const rows = store.restored(records)
    if (store.times !== null && this.#options.replaysInputs === true) store.times.operatorTime = operatorTime
    const known = this.#engine.readMeta(name)
    // The time of an older commit stays: it limits for how long deletions are still in the changelog, and this batch may not be its end.
    const commitTimeMs = isAll || known === null ? this.#options.clock.now() : known.commitTimeMs
    const batch = { store: name, rows, meta: this.#metaOf(name, lastOffset, commitTimeMs), expiredBelow: store.mark }
    store.times?.commit()
    try {
      this.#engine.apply([batch])
    } catch (cause) {
      // A record that cannot be read comes out of the engine, too, which reads them.
      if (!isOfEngine(cause)) throw cause
      throw storeFailure(this.#options.taskId, 'restore the stores of', cause)
    }
  }

  /**
   * Moves the uncommitted rows of all stores into the engine, in one batch. `offsets` has the highest acknowledged changelog offset of
   * each store that wrote to its changelog since the last commit; the others keep theirs. `isConfirmed`: the cluster has just shown that the
   * task is ours, so that the rows are as young as that. Caches are clean (`flushCaches`). Throws
   * `StoreError` `STORE_CORRUPTED` if the engine fails: what is stored may be of before or of after, and the state can only be closed.
   */
  apply(offsets: ReadonlyMap<string, number>, isConfirmed = true): void {
    assert(!this.#hasDirtyCache(), 'Caches are flushed before the overlays are applied')
    this.#apply([...this.#stores.values()], offsets, isConfirmed)
  }

  /**
   * As `apply`, of the stores that no changelog can restore: what they are given survives a power loss. At-least-once does it before the
   * offsets are committed, so that a crash in between does the work again and loses none.
   */
  applyUnlogged(): void {
    const unlogged = [...this.#stores.values()].filter((store) => this.#isUnlogged(store) && store.overlay.uncommittedBytes > 0)
    this.#apply(unlogged, new Map(), false)
  }

  /** Lets the engine do what is due; `nowMs`: of the monotonic clock. Throws as `apply`. */
  maintain(nowMs: number): void {
    try {
      this.#engine.maintain(nowMs)
    } catch (cause) {
      throw storeFailure(this.#options.taskId, 'write the stores of', cause)
    }
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
    this.#guarded('wipe a store of', () => this.#engine.wipe(name))
    store.drop()
    this.#resetTimes(store)
  }

  /** Forgets what is not committed and closes the stores; iterators stay usable. May be called again. */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.drop()
    for (const store of this.#stores.values()) store.close()
    this.#guarded('close the stores of', () => this.#engine.close())
  }

  #open(): void {
    this.#wipeOthers()
    for (const definition of this.#options.stores) {
      this.#wipeUnlessTrusted(definition.name)
      const store = new OpenStore(definition, this.#engine.store(definition.name), this.#options)
      this.#stores.set(definition.name, store)
      this.#resetTimes(store)
    }
  }

  #guarded<T>(action: string, run: () => T): T {
    try {
      return run()
    } catch (cause) {
      throw storeFailure(this.#options.taskId, action, cause)
    }
  }

  #apply(stores: readonly OpenStore[], offsets: ReadonlyMap<string, number>, isConfirmed: boolean): void {
    const now = this.#options.clock.now()
    const batches: StoreBatch[] = []
    let isDurable = false
    for (const store of stores) {
      const { name } = store.definition
      const known = this.#engine.readMeta(name)
      const commitTimeMs = isConfirmed || known === null ? now : known.commitTimeMs
      const meta = this.#metaOf(name, offsets.get(name) ?? known?.offset ?? null, commitTimeMs)
      const { uncommittedBytes, expiredBelow } = store.overlay
      const hasRows = uncommittedBytes > 0 || expiredBelow !== null
      if (!hasRows && known !== null && isSameButTime(known, meta) && !this.#isDueAgain(name, known, commitTimeMs)) continue
      if (hasRows && this.#isUnlogged(store)) isDurable = true
      batches.push({ store: name, rows: store.overlay.changes(), meta, expiredBelow })
    }
    if (batches.length === 0) return
    for (const { times } of stores) times?.commit()
    this.#guarded('commit the rows of', () => this.#engine.apply(batches, isDurable))
    for (const store of stores) store.overlay.drop()
  }

  #isDueAgain(name: string, known: StoreMeta, now: number): boolean {
    const { deleteRetentionMs } = this.#options.expectationOf(this.#opened(name).definition)
    return now - known.commitTimeMs >= Math.min(RENEWAL_MS, (deleteRetentionMs ?? Infinity) / 10)
  }

  #isUnlogged({ definition }: OpenStore): boolean {
    return definition.changelog === null && this.#options.isRestorable?.(definition) !== true
  }

  #kindOf(name: string): string {
    return this.#engine.kindOf?.(name) ?? this.#engine.kind
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
      engine: this.#kindOf(name),
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
    const committed = this.#engine.readMeta(definition.name)?.times ?? noTimes
    times?.set(committed)
    times?.commit()
    positions.rows.set(this.#committedPosition(definition.name))
    positions.cache.set(Position.empty)
  }

  #committedPosition(name: string): Position {
    return Position.ofSorted(this.#engine.readMeta(name)?.position ?? [])
  }

  /** Stores leave a topology: what is kept of them would never be looked at again. */
  #wipeOthers(): void {
    const { taskId, logger, stores } = this.#options
    const left = this.#engine.retain?.(new Set(stores.map(({ name }) => name))) ?? []
    if (left.length > 0) logger.warn({ taskId, stores: left }, `Stores that task ${taskId} has no more are removed: ${left.join(', ')}`)
  }

  #wipeUnlessTrusted(name: string): void {
    const { taskId, clock, logger, stores, expectationOf } = this.#options
    const meta = this.#engine.readMeta(name)
    if (meta === null) return
    const definition = stores.find((store) => store.name === name)!
    const reason = distrustOf(meta, expectationOf(definition), this.#kindOf(name), clock.now())
    if (reason === null) return
    logger.warn({ taskId, store: name }, `Store "${name}" of task ${taskId} is wiped and restored from its changelog: ${reason}`)
    this.#engine.wipe(name)
  }
}

/** Whether `error` is an engine's, which throws those of the disk and `STORE_CORRUPTED`. */
function isOfEngine(error: unknown): boolean {
  if (error instanceof StoreError) return error.code === 'STORE_CORRUPTED'
  return error instanceof Error && 'syscall' in error
}
