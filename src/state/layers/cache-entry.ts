import type { RecordContext } from '../../record/record-context.ts'

/** What a cache is keyed by: the identity of a key, else its bytes as latin1. */
export type CacheId = string | number

/** A row in a cache. It is in the list of all entries by last use, and while it is dirty in that of the dirty ones by last update. */
export class CacheEntry<K, V> {
  readonly id: CacheId
  /** To be looked at only where `keyBytes` is `null`: its serde says that keys never change. */
  readonly key: K
  readonly keyBytes: Buffer | null
  /** The value, where its serde says that values never change; else `row` has it. */
  value: V | null = null
  /** The bytes of the row, in the format of the store. */
  row: Buffer | null = null
  isDeletion = false
  timestamp = -1
  /** The context of the record that wrote the entry. */
  readonly context: RecordContext
  /** What the context counts; nothing for an entry that was read. */
  contextBytes = 0
  bytes = 0
  isDirty = false
  /** Taken for a flush that is not through with it yet: a new update takes a new entry. */
  isBeingFlushed = false
  /** Stands for the row of the same `id` in an index, and has no value. */
  isIndex = false
  used: EntryLinks<K, V> = { before: null, after: null }
  dirty: EntryLinks<K, V> = { before: null, after: null }

  constructor(id: CacheId, key: K, keyBytes: Buffer | null, context: RecordContext) {
    this.id = id
    this.key = key
    this.keyBytes = keyBytes
    this.context = context
  }
}

/** The neighbours of an entry in a list. */
export interface EntryLinks<K, V> {
  before: CacheEntry<K, V> | null
  after: CacheEntry<K, V> | null
}

/** A doubly linked list of entries through one of their two pairs of links. */
export class EntryList<K, V> {
  readonly #links: 'used' | 'dirty'
  #first: CacheEntry<K, V> | null = null
  #last: CacheEntry<K, V> | null = null

  constructor(links: 'used' | 'dirty') {
    this.#links = links
  }

  get first(): CacheEntry<K, V> | null {
    return this.#first
  }

  append(entry: CacheEntry<K, V>): void {
    const links = this.#linksOf(entry)
    links.before = this.#last
    links.after = null
    if (this.#last === null) this.#first = entry
    else this.#linksOf(this.#last).after = entry
    this.#last = entry
  }

  /** The entry is in this list. */
  remove(entry: CacheEntry<K, V>): void {
    const { before, after } = this.#linksOf(entry)
    if (before === null) this.#first = after
    else this.#linksOf(before).after = after
    if (after === null) this.#last = before
    else this.#linksOf(after).before = before
  }

  /** All entries in their order; the list is empty afterwards. */
  take(): CacheEntry<K, V>[] {
    const entries: CacheEntry<K, V>[] = []
    for (let entry = this.#first; entry !== null; entry = this.#linksOf(entry).after) entries.push(entry)
    this.#first = null
    this.#last = null
    return entries
  }

  *[Symbol.iterator](): Generator<CacheEntry<K, V>> {
    for (let entry = this.#first; entry !== null; entry = this.#linksOf(entry).after) yield entry
  }

  #linksOf(entry: CacheEntry<K, V>): EntryLinks<K, V> {
    return this.#links === 'used' ? entry.used : entry.dirty
  }
}
