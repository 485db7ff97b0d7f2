import type { CacheEntry } from './cache-entry.ts'

/** The dirty entries of a cache by their last update, the oldest first: a doubly linked list through `dirtyBefore` and `dirtyAfter`. */
export class UpdateOrder<K, V> {
  #first: CacheEntry<K, V> | null = null
  #last: CacheEntry<K, V> | null = null

  get isEmpty(): boolean {
    return this.#first === null
  }

  /** The entry is updated now: it is dirty, and behind all others. */
  update(entry: CacheEntry<K, V>): void {
    if (entry.isDirty) {
      if (entry === this.#last) return
      this.remove(entry)
    }
    entry.isDirty = true
    entry.dirtyBefore = this.#last
    entry.dirtyAfter = null
    if (this.#last === null) this.#first = entry
    else this.#last.dirtyAfter = entry
    this.#last = entry
  }

  /** The entry, which is dirty, has no place any more. It is the caller's to say that it is clean. */
  remove(entry: CacheEntry<K, V>): void {
    const { dirtyBefore, dirtyAfter } = entry
    if (dirtyBefore === null) this.#first = dirtyAfter
    else dirtyBefore.dirtyAfter = dirtyAfter
    if (dirtyAfter === null) this.#last = dirtyBefore
    else dirtyAfter.dirtyBefore = dirtyBefore
  }

  /** All entries in their order; none has a place afterwards. */
  take(): CacheEntry<K, V>[] {
    const entries: CacheEntry<K, V>[] = []
    for (let entry = this.#first; entry !== null; entry = entry.dirtyAfter) entries.push(entry)
    this.#first = null
    this.#last = null
    return entries
  }

  *[Symbol.iterator](): Generator<CacheEntry<K, V>> {
    for (let entry = this.#first; entry !== null; entry = entry.dirtyAfter) yield entry
  }
}
