/** What a thread's cache knows of the cache of one store. */
export interface EvictingCache {
  /** Bytes of the entries. */
  readonly cachedBytes: number
  readonly entryCount: number
  /** Drops the entry that was used longest ago, and flushes all dirty ones if that one is dirty (P§6.7). Does not report what that frees. */
  evict(): void
}

/** The memory that the caches of all stores of a thread share (`statestore.cache.max.bytes`, divided among the threads). */
export class ThreadCache {
  #bytesMax: number
  readonly #caches = new Set<EvictingCache>()
  #bytes = 0

  /** 0: each write is flushed at once. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytesMax(): number {
    return this.#bytesMax
  }

  /** Bytes of all entries. */
  get bytes(): number {
    return this.#bytes
  }

  /** Adds a store's cache, which reports its growth from now on. */
  register(cache: EvictingCache): void {
    this.#caches.add(cache)
  }

  /** Forgets a store's cache and what it holds. */
  unregister(cache: EvictingCache): void {
    if (this.#caches.delete(cache)) this.#bytes -= cache.cachedBytes
  }

  /** A cache reports that it grew by `bytes`, or shrank. */
  grow(bytes: number): void {
    this.#bytes += bytes
  }

  /** Makes room after a write to `cache`, from that cache only: Java does the same. */
  makeRoom(cache: EvictingCache): void {
    // A flush may write to other caches: there may be nothing left to evict here while the limit is still passed.
    while (this.#bytes > this.#bytesMax && cache.entryCount > 0) this.#evict(cache)
  }

  /** Changes the limit; caches are evicted in turn until it is kept. */
  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax
    const caches = [...this.#caches]
    for (let index = 0; this.#bytes > bytesMax && caches.some((cache) => cache.entryCount > 0); index++) {
      const cache = caches[index % caches.length]!
      if (cache.entryCount > 0) this.#evict(cache)
    }
  }

  /** What the entry took is free when its flush is through: what that writes to other caches does not find its room, as in Java. */
  #evict(cache: EvictingCache): void {
    const before = cache.cachedBytes
    try {
      cache.evict()
    } finally {
      this.#bytes += cache.cachedBytes - before
    }
  }
}
