import type { Windowed } from '../model/windowed.ts'
import type { Entries, ScanOptions } from '../state/key-value-store.ts'
import type { ReadOnlySessionStore, SessionRangeQuery } from '../state/sessions/session-store.ts'
import { ChainedScans } from './chained-scans.ts'

/**
 * A session store as far as this instance has it: one part per task (P§7.11). As `LocalKeyValueStore`: the parts are looked up at each call,
 * and rows of several keys come task after task.
 */
export class LocalSessionStore<K, V> implements ReadOnlySessionStore<K, V> {
  readonly #parts: () => readonly ReadOnlySessionStore<K, V>[]

  /** `parts`: gives those that run on this instance now; throws when they cannot be asked. */
  constructor(parts: () => readonly ReadOnlySessionStore<K, V>[]) {
    this.#parts = parts
  }

  fetch(key: K, options?: ScanOptions): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.fetch(key, options)))
  }

  fetchRange(keyFrom: K | null, keyTo: K | null, options?: ScanOptions): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.fetchRange(keyFrom, keyTo, options)))
  }

  fetchSession(key: K, start: number, end: number): V | null {
    for (const part of this.#parts()) {
      const value = part.fetchSession(key, start, end)
      if (value !== null) return value
    }
    return null
  }

  findSessions(key: K, earliestEnd: number, latestStart: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.findSessions(key, earliestEnd, latestStart, options)))
  }

  findSessionsInRange(...query: SessionRangeQuery<K>): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.findSessionsInRange(...query)))
  }
}
