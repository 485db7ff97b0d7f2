import type { ValueTimestampHeaders } from '../../model/value-timestamp-headers.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { Entries, ScanOptions } from '../key-value-store.ts'
import { type ScanCount, ScanIterator } from '../scan-iterator.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { StoreGuard } from '../store-guard.ts'
import { copiedRow, inExactOrder, type SessionRow, SessionRowCursor } from './session-row.ts'
import type { SessionRows, SessionRowsParts } from './session-rows.ts'
import type { ReadOnlySessionStore, SessionRangeQuery, SessionStore } from './session-store.ts'

/** What a typed session store is made of. */
export interface TypedSessionStoreParts<K, V> {
  readonly name: string
  readonly sessions: SessionRows<K, V>
  readonly isExact: SessionRowsParts<K, V>['layout']['isExact']
  readonly record: Readonly<RecordContext>
  readonly scans: ScanCount
}

/** What is looked for of one key. */
interface KeyQuery<K> {
  readonly key: K
  readonly earliestEnd: number
  readonly latestStart: number
}

let sessionsBehind: (store: TypedSessionStore<unknown, unknown>) => SessionRows<unknown, unknown>
let peek: <K, V>(store: TypedSessionStore<K, V>, session: Windowed<K>) => V | null
let findUnused: <K, V>(store: TypedSessionStore<K, V>, query: KeyQuery<K>, options?: ScanOptions) => Entries<Windowed<K>, V>
let findWithHeaders: <K, V>(store: TypedSessionStore<K, V>, key: K) => Entries<Windowed<K>, ValueTimestampHeaders<V>>

/** A session store as processors see it: checks what it is given. */
export class TypedSessionStore<K, V> implements SessionStore<K, V> {
  static {
    sessionsBehind = (store) => store.#parts.sessions
    peek = (store, session) => store.#fetchSession(session, true)
    findUnused = (store, query, options) => store.#find(query, options, false)
    findWithHeaders = (store, key) => store.#withHeaders(key)
  }

  readonly #parts: TypedSessionStoreParts<K, V>
  readonly #guard: StoreGuard

  constructor(parts: TypedSessionStoreParts<K, V>) {
    this.#parts = parts
    this.#guard = new StoreGuard(parts.name)
  }

  put(session: Windowed<K>, value: V | null): void {
    const { sessions, record } = this.#parts
    this.#checkSession(session, 'put')
    this.#guard.checkValue(value)
    sessions.put(session, value, record.timestamp)
  }

  remove(session: Windowed<K>): void {
    this.#checkSession(session, 'remove')
    this.#parts.sessions.remove(session, this.#parts.record.timestamp)
  }

  fetch(key: K, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.#find({ key, earliestEnd: 0, latestStart: Infinity }, options, true)
  }

  fetchRange(keyFrom: K | null, keyTo: K | null, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.findSessionsInRange(keyFrom, keyTo, 0, Infinity, options)
  }

  fetchSession(key: K, start: number, end: number): V | null {
    return this.#fetchSession({ key, window: { start, end } }, false)
  }

  findSessions(key: K, earliestEnd: number, latestStart: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.#find({ key, earliestEnd, latestStart }, options, true)
  }

  findSessionsInRange(...[keyFrom, keyTo, earliestEnd, latestStart, options]: SessionRangeQuery<K>): Entries<Windowed<K>, V> {
    this.#guard.checkOpen()
    this.#guard.checkTime(earliestEnd)
    this.#guard.checkTime(latestStart)
    const { sessions, isExact } = this.#parts
    const first = keyFrom === null ? null : sessions.keyBytes(keyFrom)
    const last = keyTo === null ? null : sessions.keyBytes(keyTo)
    const isReverse = options?.reverse === true
    const cursor = sessions.scanRange({ first, last, earliestEnd, latestStart }, isReverse && !isExact)
    if (!isExact) return this.#entries(cursor)
    const rows: SessionRow[] = []
    while (cursor.next()) rows.push(copiedRow(cursor))
    cursor.close()
    return this.#entries(new SessionRowCursor(ordered(inExactOrder(rows), isReverse)))
  }

  /** From now on every call throws `STORE_CLOSED`. Iterators stay usable. */
  close(): void {
    this.#guard.close()
  }

  #fetchSession(session: Windowed<K>, isPeeking: boolean): V | null {
    this.#guard.checkKey(session.key, 'fetch')
    const { start, end } = session.window
    this.#guard.checkTime(start)
    this.#guard.checkTime(end)
    // There is no such session, and none can be looked for.
    if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || start < 0 || end < start) return null
    const { rows } = this.#parts.sessions
    return isPeeking ? rows.peek(session) : rows.get(session)
  }

  #find({ key, earliestEnd, latestStart }: KeyQuery<K>, options: ScanOptions = {}, isUse: boolean): Entries<Windowed<K>, V> {
    this.#guard.checkKey(key, 'fetch')
    this.#guard.checkTime(earliestEnd)
    this.#guard.checkTime(latestStart)
    return this.#entries(this.#cursor({ key, earliestEnd, latestStart }, options, isUse))
  }

  #withHeaders(key: K): Entries<Windowed<K>, ValueTimestampHeaders<V>> {
    this.#guard.checkKey(key, 'fetch')
    const { sessions, scans } = this.#parts
    const cursor = this.#cursor({ key, earliestEnd: 0, latestStart: Infinity }, {}, false)
    const read = (row: RowCursor): readonly [Windowed<K>, ValueTimestampHeaders<V>] => {
      const session = sessions.sessionIn(row.key)
      const headers = sessions.headersIn(row.value) ?? recordHeaders()
      return [session, { value: sessions.valueIn(row.value) as V, timestamp: session.window.end, headers }]
    }
    return new ScanIterator(cursor, read, scans)
  }

  #cursor({ key, earliestEnd, latestStart }: KeyQuery<K>, options: ScanOptions, isUse: boolean): RowCursor {
    const { sessions } = this.#parts
    const query = { key, earliestEnd: Math.max(0, Math.ceil(earliestEnd)), latestStart: Math.floor(latestStart) }
    const isNothing = query.latestStart < 0 || query.earliestEnd === Infinity
    const rows = isNothing ? [] : sessions.foundRows(query, isUse)
    return new SessionRowCursor(ordered(rows, options.reverse === true))
  }

  #entries(cursor: RowCursor): Entries<Windowed<K>, V> {
    const { sessions, scans } = this.#parts
    return new ScanIterator(cursor, ({ key, value }) => [sessions.sessionIn(key), sessions.valueIn(value) as V], scans)
  }

  #checkSession(session: Windowed<K>, action: string): void {
    const { name } = this.#parts
    const given: Partial<Windowed<K>> | null | undefined = session
    const window = given?.window
    if (window === null || window === undefined) {
      throw new TypeError(`Cannot ${action} in store "${name}": a key with its window is required`)
    }
    this.#guard.checkKey(given?.key, action)
    const { start, end } = window
    if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start) return
    throw new RangeError(
      `Cannot ${action} a session from ${start} to ${end} in store "${name}": required are whole milliseconds since 1970, and no end before the start`,
    )
  }
}

function ordered(rows: SessionRow[], isReverse: boolean): SessionRow[] {
  return isReverse ? rows.reverse() : rows
}

/**
 * A session store as those see it who are not part of its task: it shows what is not committed, too, and reading it moves nothing (see
 * `StoreView`).
 */
export class SessionStoreView<K, V> implements ReadOnlySessionStore<K, V> {
  readonly #store: TypedSessionStore<K, V>

  constructor(store: TypedSessionStore<K, V>) {
    this.#store = store
  }

  fetch(key: K, options?: ScanOptions): Entries<Windowed<K>, V> {
    return findUnused(this.#store, { key, earliestEnd: 0, latestStart: Infinity }, options)
  }

  /** The sessions of `key` with the headers of their rows, and their ends as their times. Beneath the cache, if there is one. */
  fetchWithHeaders(key: K): Entries<Windowed<K>, ValueTimestampHeaders<V>> {
    return findWithHeaders(this.#store, key)
  }

  fetchRange(keyFrom: K | null, keyTo: K | null, options?: ScanOptions): Entries<Windowed<K>, V> {
    return this.#store.fetchRange(keyFrom, keyTo, options)
  }

  fetchSession(key: K, start: number, end: number): V | null {
    return peek(this.#store, { key, window: { start, end } })
  }

  findSessions(key: K, earliestEnd: number, latestStart: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return findUnused(this.#store, { key, earliestEnd, latestStart }, options)
  }

  findSessionsInRange(...query: SessionRangeQuery<K>): Entries<Windowed<K>, V> {
    return this.#store.findSessionsInRange(...query)
  }
}

/** What is behind a session store that a task opened; `null` for any other object. */
export function sessionRowsOf<K, V>(store: unknown): SessionRows<K, V> | null {
  if (!(store instanceof TypedSessionStore)) return null
  return sessionsBehind(store as TypedSessionStore<unknown, unknown>) as unknown as SessionRows<K, V>
}
