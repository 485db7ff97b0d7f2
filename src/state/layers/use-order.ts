import type { CacheEntry } from './cache-entry.ts'

/** The entries of a cache by their last use, longest unused first: a doubly linked list through `usedBefore` and `usedAfter`. */
export class UseOrder<K, V> {
  #first: CacheEntry<K, V> | null = null
  #last: CacheEntry<K, V> | null = null

  get first(): CacheEntry<K, V> | null {
    return this.#first
  }

  /** Puts an entry behind all others that is in no place yet. */
  append(entry: CacheEntry<K, V>): void {
    entry.usedBefore = this.#last
    entry.usedAfter = null
    if (this.#last === null) this.#first = entry
    else this.#last.usedAfter = entry
    this.#last = entry
  }

  /** The entry, which has a place, is used now. */
  use(entry: CacheEntry<K, V>): void {
    // Who reads a row often writes it next. Moving it would touch its neighbours, which are anywhere in memory.
    if (entry === this.#last) return
    this.remove(entry)
    this.append(entry)
  }

  /** The entry has a place. */
  remove(entry: CacheEntry<K, V>): void {
    const { usedBefore, usedAfter } = entry
    if (usedBefore === null) this.#first = usedAfter
    else usedBefore.usedAfter = usedAfter
    if (usedAfter === null) this.#last = usedBefore
    else usedAfter.usedBefore = usedBefore
  }

  clear(): void {
    this.#first = null
    this.#last = null
  }

  *[Symbol.iterator](): Generator<CacheEntry<K, V>> {
    for (let entry = this.#first; entry !== null; entry = entry.usedAfter) yield entry
  }
}
