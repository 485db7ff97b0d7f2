import type { RecordContext } from '../../record/record-context.ts'
import { hasNoHeaders } from '../../record/record-headers.ts'
import { ByteSlice } from '../byte-slice.ts'
import { SortedTree } from '../engines/memory/sorted-tree.ts'
import type { KeyRange } from '../key-range.ts'
import type { PositionTracker } from '../position.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { IS_LATEST } from '../versioned/versioned-key-value-store.ts'
import type { EvictingCache, ThreadCache } from '../thread-cache.ts'
import { CacheEntry, type CacheId } from './cache-entry.ts'
import type { LoggedBytesStore } from './change-logged.ts'
import { mergedCursor } from './merged-cursor.ts'
import { bytesAsText, writeBytesOfText } from './row-text.ts'
import { SlotOrder } from './slot-order.ts'
import type { FlushedUpdate, FlushListener, TypedRows } from './typed-rows.ts'

// What an entry costs beside key and value (P§6.7): links, the numbers of the context, the dirty flag.
const ENTRY_OVERHEAD_BYTES = 45
const FIRST_ROW_BYTES = 256

/** Rows that hold updates back until a flush or an eviction, and forget most of those that were overwritten by then (P§6.7). */
export interface CachedRows<K, V> extends TypedRows<K, V>, EvictingCache {
  readonly isDirty: boolean
  /** Counts as a use of the row, as `get` does: Java's iterators use the entries that they come by. Whether the cache has the row. */
  use(key: K): boolean
  /** As `use`, for the entries in `range` in the order of their keys, up to and including the first for which `isLast` holds. */
  useRange(range: KeyRange, isLast: (key: ByteSlice) => boolean): void
  /** The keys of the entries in `range`, as rows have them, in their order. */
  keysIn(range: KeyRange): ByteSlice[]
  /** The keys of the entries in `range`, as rows have them; each is used when it is given. `null` after the last. */
  walk(range: KeyRange, isReverse: boolean): () => ByteSlice | null
}

/** What a cache needs beside its store. */
export interface CacheSurroundings {
  readonly cache: ThreadCache
  /** The task's record context: updates remember it. */
  readonly record: Readonly<RecordContext>
  /** Moves on with each update that is held back. */
  readonly position: PositionTracker
  /** Whether the store gives rows up by itself. Default false. */
  readonly losesRows?: boolean | undefined
  /** Bytes that an entry takes beside its row. Default 0. */
  readonly moreBytes?: number | undefined
  /** Whether each row has a second, empty entry, as in Java's cache over a store with an index: it takes room, and is flushed. Default false. */
  readonly hasIndex?: boolean | undefined
}

/** A cache over `store`. With a thread cache of 0 bytes each update is flushed at once. */
export function withCache<K, V>(store: LoggedBytesStore, codec: RowCodec<K, V>, surroundings: CacheSurroundings): CachedRows<K, V> {
  return new Cached(store, codec, surroundings)
}

class Update<K, V> implements FlushedUpdate<K, V> {
  key!: K
  newValue: V | null = null
  oldValue: V | null = null
  timestamp = -1
  context: Readonly<RecordContext>

  constructor(context: Readonly<RecordContext>) {
    this.context = context
  }
}

class Cached<K, V> implements CachedRows<K, V> {
  readonly isCached = true
  foundTimestamp = -1
  cachedBytes = 0
  readonly #store: LoggedBytesStore
  readonly #codec: RowCodec<K, V>
  readonly #cache: ThreadCache
  readonly #record: Readonly<RecordContext>
  readonly #position: PositionTracker
  readonly #entries = new Map<CacheId, CacheEntry<K, V>>()
  /** Those of an index, by the `id` of the row; `null`: there is none. */
  readonly #indexEntries: Map<CacheId, CacheEntry<K, V>> | null
  /** All entries, of rows and of the index, by their slots. */
  readonly #slots: (CacheEntry<K, V> | null)[] = []
  readonly #freeSlots: number[] = []
  /** Longest unused first. */
  readonly #byUse = new SlotOrder()
  /** By their last update: the order in which Java's NamedCache keeps its dirty keys. */
  readonly #dirty = new SlotOrder()
  // The updates that are held back, for windows all entries, in order of their keys; from the first scan on.
  #index: SortedTree | null = null
  #listener: FlushListener<K, V> | null = null
  #sendsOldValues = false
  readonly #update: Update<K, V>
  /** As in Java, a row that the store has given up is seen for as long as the cache has it. */
  readonly #scansClean: boolean
  readonly #moreBytes: number
  readonly #found = new ByteSlice()
  /** The key whose id was asked for last, and the id. */
  #idKey: K | undefined = undefined
  #id: CacheId = ''
  readonly #key = new ByteSlice()
  readonly #row = new ByteSlice(Buffer.allocUnsafeSlow(FIRST_ROW_BYTES))

  constructor(store: LoggedBytesStore, codec: RowCodec<K, V>, surroundings: CacheSurroundings) {
    const { cache, record, position, losesRows = false, hasIndex = false, moreBytes = 0 } = surroundings
    this.#moreBytes = moreBytes
    this.#indexEntries = hasIndex ? new Map() : null
    this.#scansClean = codec.keyPrefixBytes > 0 || losesRows
    this.#store = store
    this.#codec = codec
    this.#cache = cache
    this.#record = record
    this.#position = position
    this.#update = new Update(record)
    cache.register(this)
  }

  get entryCount(): number {
    return this.#entries.size + (this.#indexEntries?.size ?? 0)
  }

  get isDirty(): boolean {
    return !this.#dirty.isEmpty
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  setFlushListener(listener: FlushListener<K, V>, sendsOldValues: boolean): void {
    this.#listener = listener
    this.#sendsOldValues = sendsOldValues
  }

  get(key: K): V | null {
    const entry = this.#entries.get(this.#idOf(key))
    if (entry === undefined) return this.#read(key)
    this.#byUse.moveToEnd(entry.slot)
    this.foundTimestamp = entry.rowTimestamp
    return this.#valueOf(entry)
  }

  peek(key: K): V | null {
    const entry = this.#entries.get(this.#idOf(key))
    if (entry === undefined) return this.#readBeneath(key)
    this.foundTimestamp = entry.rowTimestamp
    return this.#valueOf(entry)
  }

  put(key: K, value: V | null, timestamp: number): number {
    if (this.#cache.bytesMax === 0) {
      this.#writeThrough(key, value, timestamp)
      return IS_LATEST
    }
    // Written first where it will be needed: a value that cannot be written leaves the cache as it was.
    const isRowNeeded = value !== null && (!this.#codec.cachesValues || this.#index !== null)
    const row = isRowNeeded ? this.#codec.writeRow(value, timestamp) : null
    const before = this.cachedBytes
    const entry = this.#entryFor(key)
    this.#position.note(this.#record)
    entry.setContext(this.#record)
    entry.contextBytes = sizeOf(entry)
    this.#fill(entry, value, row, timestamp)
    this.#markDirty(entry)
    this.#index?.put(this.#keyOf(entry), row)
    this.#cache.grow(this.cachedBytes - before)
    this.#cache.makeRoom(this)
    if (this.#indexEntries !== null) this.#putIndexEntry(this.#indexEntries, key)
    return IS_LATEST
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    this.#index ??= this.#indexOfEntries()
    return mergedCursor(this.#index.scan(range, isReverse), this.#store.scan(range, isReverse), isReverse)
  }

  use(key: K): boolean {
    const entry = this.#entries.get(this.#idOf(key))
    if (entry === undefined) return false
    this.#byUse.moveToEnd(entry.slot)
    return true
  }

  useRange(range: KeyRange, isLast: (key: ByteSlice) => boolean): void {
    const walk = this.walk(range, false)
    for (let key = walk(); key !== null && !isLast(key); key = walk());
  }

  keysIn(range: KeyRange): ByteSlice[] {
    this.#index ??= this.#indexOfEntries()
    const cursor = this.#index.scan(range, false)
    const keys: ByteSlice[] = []
    while (cursor.next()) keys.push(new ByteSlice(cursor.key.copy()))
    cursor.close()
    return keys
  }

  walk(range: KeyRange, isReverse: boolean): () => ByteSlice | null {
    this.#index ??= this.#indexOfEntries()
    const cursor = this.#index.scan(range, isReverse)
    return () => {
      while (cursor.next()) if (this.use(this.#codec.readKey(cursor.key))) return cursor.key
      return null
    }
  }

  evict(): void {
    const eldest = this.#slots[this.#byUse.first] ?? null
    if (eldest === null) return
    this.#forget(eldest)
    if (!eldest.isDirty) {
      if (this.#scansClean && !eldest.isIndex) this.#index?.remove(this.#keyOf(eldest))
      return
    }
    this.#dirty.remove(eldest.slot)
    this.#flushAll([eldest, ...this.#takeDirty()])
  }

  flush(): void {
    const before = this.cachedBytes
    try {
      this.#flushAll(this.#takeDirty())
    } finally {
      this.#cache.grow(this.cachedBytes - before)
    }
  }

  drop(): void {
    this.#cache.grow(-this.cachedBytes)
    this.cachedBytes = 0
    this.#entries.clear()
    this.#indexEntries?.clear()
    this.#slots.length = 0
    this.#freeSlots.length = 0
    this.#byUse.clear()
    this.#dirty.clear()
    if (this.#index !== null) this.#index = new SortedTree()
  }

  #idOf(key: K): CacheId {
    const { identity, immutable } = this.#codec.key
    if (identity !== null) {
      // Who gets a row often puts it back.
      if (immutable && Object.is(key, this.#idKey)) return this.#id
      this.#id = identity(key)
      this.#idKey = key
      return this.#id
    }
    const { buffer, start, end } = this.#codec.writeKey(key)
    return buffer.toString('latin1', start, end)
  }

  /** Reads a row that is not in the cache, into it. */
  #read(key: K): V | null {
    const value = this.#readBeneath(key)
    // As in Java, a cache of windows does not take in what is read.
    if (value === null || this.#cache.bytesMax === 0 || this.#codec.keyPrefixBytes > 0) return value
    const timestamp = this.foundTimestamp
    const { foundHeaders } = this.#codec
    const before = this.cachedBytes
    const entry = this.#entryFor(key)
    this.#fill(entry, value, this.#found, timestamp)
    if (this.#scansClean) this.#index?.put(this.#keyOf(entry), this.#found)
    this.#cache.grow(this.cachedBytes - before)
    this.#cache.makeRoom(this)
    // Making room may have read other rows.
    this.foundTimestamp = timestamp
    this.#codec.foundHeaders = foundHeaders
    return value
  }

  #readBeneath(key: K): V | null {
    const found = this.#found
    if (!this.#store.get(this.#codec.writeKey(key), found)) return null
    this.foundTimestamp = this.#codec.readTimestamp(found)
    return this.#codec.readValue(found)
  }

  #writeThrough(key: K, value: V | null, timestamp: number): void {
    const oldValue = this.#listener !== null && (value === null || this.#sendsOldValues) ? this.#readBeneath(key) : null
    if (this.#listener !== null && value === null && oldValue === null) return
    const row = value === null ? null : this.#codec.writeRow(value, timestamp)
    this.#store.put(this.#codec.writeKey(key), row, timestamp)
    if (this.#listener !== null) this.#tell(this.#listener, { key, newValue: value, oldValue, timestamp, context: this.#record })
  }

  /** The entry of `key`, most recently used from now on, to be filled. */
  #entryFor(key: K): CacheEntry<K, V> {
    const id = this.#idOf(key)
    let entry = this.#entries.get(id)
    if (entry !== undefined && !entry.isBeingFlushed) {
      this.#byUse.moveToEnd(entry.slot)
      return entry
    }
    if (entry !== undefined) this.#forget(entry)
    const keyBytes = this.#codec.key.immutable ? null : this.#codec.writeKey(key).copy()
    entry = this.#newEntry(id, key, keyBytes)
    this.#entries.set(id, entry)
    return entry
  }

  /** Java puts it behind the entry of the row, which has found room by then. */
  #putIndexEntry(entries: Map<CacheId, CacheEntry<K, V>>, key: K): void {
    const id = this.#idOf(key)
    let entry = entries.get(id)
    const before = this.cachedBytes
    if (entry === undefined) {
      entry = this.#newEntry(id, key, null)
      entry.setContext(this.#record)
      entry.isIndex = true
      entry.bytes = this.#keyBytesOf(entry) + ENTRY_OVERHEAD_BYTES
      this.cachedBytes += entry.bytes
      entries.set(id, entry)
    } else this.#byUse.moveToEnd(entry.slot)
    this.#markDirty(entry)
    this.#cache.grow(this.cachedBytes - before)
    this.#cache.makeRoom(this)
  }

  /** An entry that was used last. */
  #newEntry(id: CacheId, key: K, keyBytes: Buffer | null): CacheEntry<K, V> {
    const slot = this.#freeSlots.pop() ?? this.#slots.length
    const entry = new CacheEntry<K, V>(slot, id, key, keyBytes)
    this.#slots[slot] = entry
    this.#byUse.append(slot)
    return entry
  }

  #markDirty(entry: CacheEntry<K, V>): void {
    if (entry.isDirty) this.#dirty.moveToEnd(entry.slot)
    else this.#dirty.append(entry.slot)
    entry.isDirty = true
  }

  #takeDirty(): CacheEntry<K, V>[] {
    const entries = this.#dirty.slots().map((slot) => this.#slots[slot]!)
    this.#dirty.clear()
    return entries
  }

  #fill(entry: CacheEntry<K, V>, value: V | null, row: ByteSlice | null, timestamp: number): void {
    const { cachesValues, prefixBytes } = this.#codec
    entry.isDeletion = value === null
    entry.rowTimestamp = timestamp
    entry.value = cachesValues ? value : null
    entry.row = cachesValues || row === null ? null : bytesAsText(row.buffer, row.start, row.end)
    const valueBytes = value === null ? 0 : (entry.row?.length ?? this.#estimated(value, timestamp) + prefixBytes) + this.#moreBytes
    const bytes = this.#keyBytesOf(entry) + valueBytes + ENTRY_OVERHEAD_BYTES + entry.contextBytes
    this.cachedBytes += bytes - entry.bytes
    entry.bytes = bytes
  }

  #keyBytesOf({ key, keyBytes }: CacheEntry<K, V>): number {
    return keyBytes?.length ?? this.#codec.key.estimate?.(key) ?? this.#codec.writeKey(key).length
  }

  #estimated(value: V, timestamp: number): number {
    const { estimate } = this.#codec.value
    return estimate === null ? this.#codec.writeRow(value, timestamp).length - this.#codec.prefixBytes : estimate(value)
  }

  #forget(entry: CacheEntry<K, V>): void {
    const entries = entry.isIndex ? this.#indexEntries! : this.#entries
    entries.delete(entry.id)
    this.#byUse.remove(entry.slot)
    this.#slots[entry.slot] = null
    this.#freeSlots.push(entry.slot)
    this.cachedBytes -= entry.bytes
  }

  #flushAll(entries: readonly CacheEntry<K, V>[]): void {
    for (const entry of entries) {
      entry.isDirty = false
      entry.isBeingFlushed = true
    }
    if (this.#indexEntries === null) for (const entry of entries) this.#flushOne(entry)
    else this.#flushIndexed(entries)
    for (const entry of entries) this.#forgetDeletion(entry)
  }

  /** As in Java, deletions take room until all that is flushed with them is through. */
  #forgetDeletion(entry: CacheEntry<K, V>): void {
    if (!entry.isDeletion || entry.isDirty || this.#entries.get(entry.id) !== entry) return
    this.#forget(entry)
    if (this.#scansClean) this.#index?.remove(this.#keyOf(entry))
  }

  /** Each row once: for whichever of its two entries comes first. That of the index stands for what the cache has of the row by now. */
  #flushIndexed(entries: readonly CacheEntry<K, V>[]): void {
    const flushed = new Set<CacheId>()
    for (const entry of entries) {
      const row = entry.isIndex && !flushed.has(entry.id) ? this.#entries.get(entry.id) : entry
      entry.isBeingFlushed = false
      if (flushed.has(entry.id) || row === undefined) continue
      flushed.add(entry.id)
      if (entry.isIndex) this.#byUse.moveToEnd(row.slot)
      this.#flushOne(row)
    }
  }

  #flushOne(entry: CacheEntry<K, V>): void {
    const listener = this.#listener
    const timestamp = entry.rowTimestamp
    const isOldNeeded = listener !== null && (entry.isDeletion || this.#sendsOldValues)
    const oldValue = isOldNeeded && this.#store.get(this.#keyOf(entry), this.#found) ? this.#codec.readValue(this.#found) : null
    const newValue = this.#valueOf(entry)
    const isNothing = listener !== null && newValue === null && oldValue === null
    if (!isNothing) this.#store.put(this.#keyOf(entry), this.#rowOf(entry, newValue), timestamp, entry)
    this.#settle(entry)
    if (isNothing || listener === null) return
    const key = entry.keyBytes === null ? entry.key : this.#codec.readKey(new ByteSlice(entry.keyBytes))
    this.#tell(listener, { key, newValue, oldValue: this.#sendsOldValues ? oldValue : null, timestamp, context: entry })
  }

  /** The store has the row now. */
  #settle(entry: CacheEntry<K, V>): void {
    entry.isBeingFlushed = false
    if (this.#index === null) return
    const current = this.#entries.get(entry.id)
    const isScanned = current !== undefined && (current.isDirty || this.#scansClean)
    if (!isScanned) this.#index.remove(this.#keyOf(entry))
  }

  #tell(listener: FlushListener<K, V>, { key, newValue, oldValue, timestamp, context }: FlushedUpdate<K, V>): void {
    const update = this.#update
    update.key = key
    update.newValue = newValue
    update.oldValue = oldValue
    update.timestamp = timestamp
    update.context = context
    listener(update)
  }

  #keyOf(entry: CacheEntry<K, V>): ByteSlice {
    if (entry.keyBytes === null) return this.#codec.writeKey(entry.key)
    this.#key.set(entry.keyBytes, 0, entry.keyBytes.length)
    return this.#key
  }

  #valueOf(entry: CacheEntry<K, V>): V | null {
    if (entry.isDeletion || entry.row === null) return entry.value
    return this.#codec.readValue(this.#codec.value.ownsMemory !== true ? ownBytes(entry.row) : this.#rowBytes(entry.row))
  }

  #rowOf(entry: CacheEntry<K, V>, value: V | null): ByteSlice | null {
    if (entry.row !== null) return this.#rowBytes(entry.row)
    return value === null ? null : this.#codec.writeRow(value, entry.rowTimestamp)
  }

  /** Valid until the next row. */
  #rowBytes(row: string): ByteSlice {
    const { length } = row
    if (length > this.#row.buffer.length) this.#row.buffer = Buffer.allocUnsafeSlow(2 * length)
    writeBytesOfText(this.#row.buffer, row, 0)
    this.#row.end = length
    return this.#row
  }

  #indexOfEntries(): SortedTree {
    const index = new SortedTree()
    for (const slot of (this.#scansClean ? this.#byUse : this.#dirty).slots()) {
      const entry = this.#slots[slot]!
      if (entry.isIndex) continue
      const row = entry.isDeletion ? null : this.#rowOf(entry, this.#valueOf(entry))
      index.put(this.#keyOf(entry), row)
    }
    return index
  }
}

/** The bytes of a row where what is read may be a view of them. */
function ownBytes(row: string): ByteSlice {
  const bytes = Buffer.allocUnsafe(row.length)
  writeBytesOfText(bytes, row, 0)
  return new ByteSlice(bytes)
}

/** What Java counts for the context of a record, beside its numbers: the topic and the headers. */
function sizeOf({ topic, headers }: RecordContext): number {
  let bytes = topic?.length ?? 0
  // One byte is the number of headers, 0.
  if (!hasNoHeaders(headers)) for (const { key, value } of headers) bytes += key.length + (value?.length ?? 0)
  return bytes
}
