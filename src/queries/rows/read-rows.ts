import { QueryError } from '../../base/errors.ts'
import type { ValueTimestampHeaders } from '../../model/value-timestamp-headers.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { StoreInfo, StoreView } from '../../runtime/app/view.ts'
import type { ReadOnlyKeyValueStore, StoreIterator } from '../../state/key-value-store.ts'
import type { Isolation } from '../../state/kinds/read-ground.ts'
import type { ReadOnlySessionStore } from '../../state/sessions/session-store.ts'
import type { ReadOnlyVersionedKeyValueStore } from '../../state/versioned/versioned-key-value-store.ts'
import type { ReadOnlyWindowStore } from '../../state/windows/window-store.ts'
import { type Continuation, continuationAfter, encodeContinuation } from './continuation.ts'
import type { Row, RowsPage } from './row.ts'
import { answeringKinds, type RowsQuery } from './rows-query.ts'
import { byEnd, byKey, byStart, type ScanOrder, windowBound, windowOrder } from './scan-order.ts'
import type { StoreSerdes } from './store-serdes.ts'

/** How a page is read. */
export interface PageLimits {
  readonly isolation: Isolation
  readonly rowsMax: number
  /** A page ends with the row that makes it longer. */
  readonly bytesMax: number
  /** Where the page before ended; `null`: there is none. */
  readonly after: Continuation | null
}

/** What is read of a store: its view, and how it is laid out. */
export interface ReadStore {
  readonly view: StoreView
  readonly info: StoreInfo
  readonly serdes: StoreSerdes
}

/** Reads rows of one partition that is here. Throws `QueryError` `QUERY_UNFIT` where the store does not answer such queries. */
export function readRows(store: ReadStore, query: RowsQuery, limits: PageLimits): RowsPage {
  requireFitting(store.info, query)
  const { rows, order, isReverse } = open(store, query, limits.isolation, limits.after)
  try {
    return page(rows, order, isReverse, limits)
  } finally {
    rows.close()
  }
}

/** Throws `QueryError` `QUERY_UNFIT` for a query that a store does not answer. */
export function requireFitting({ definition: { name, kind } }: StoreInfo, query: RowsQuery): void {
  if (answeringKinds[query.kind].includes(kind)) return
  throw new QueryError(
    'QUERY_UNFIT',
    `Cannot ask store "${name}" for "${query.kind}": it is of the kind "${kind}", required is ${answeringKinds[query.kind].join(' or ')}`,
    { store: name },
  )
}

/** A scan that gives rows. */
interface RowScan {
  next(): Row | null
  close(): void
}

interface OpenScan {
  readonly rows: RowScan
  readonly order: ScanOrder
  readonly isReverse: boolean
}

function page(rows: RowScan, order: ScanOrder, isReverse: boolean, { rowsMax, bytesMax, after }: PageLimits): RowsPage {
  const given: Row[] = []
  let bytes = 0
  let skipped = 0
  for (let row = rows.next(); row !== null; row = rows.next()) {
    if (after !== null) {
      const place = isReverse ? order(after, row) : order(row, after)
      if (place < 0 || (place === 0 && skipped++ < after.given)) continue
    }
    if (given.length === rowsMax || (given.length > 0 && bytes >= bytesMax)) {
      const next = continuationAfter(given, (a, b) => order(a, b) === 0, after)
      return { rows: given, next: encodeContinuation(next) }
    }
    bytes += row.key.length + row.value.length
    given.push(row)
  }
  return { rows: given, next: null }
}

function open(store: ReadStore, query: RowsQuery, isolation: Isolation, after: Continuation | null): OpenScan {
  const { view, serdes } = store
  const target = isolation === 'read_committed' ? view.read(isolation, true) : (view.stamped ?? view.store)
  const keyValues = target as ReadOnlyKeyValueStore<unknown, unknown>
  const rowOf = (key: Uint8Array, shown: unknown, start = -1, end = -1): Row => toRow(store, { key, start, end }, shown)
  const reverse = 'reverse' in query && query.reverse
  switch (query.kind) {
    case 'get':
      return one(getOne(store, target, query))
    case 'range': {
      const from = after !== null && !reverse ? after.key : query.from
      const to = after !== null && reverse ? after.key : query.to
      const rows = keyValues.range(from && serdes.readKey(from), to && serdes.readKey(to), { reverse })
      return { rows: scanOf(rows, ([key, shown]) => rowOf(serdes.writeKey(key), shown)), order: byKey, isReverse: reverse }
    }
    case 'window': {
      const shown = (target as ReadOnlyWindowStore<unknown, unknown>).fetch(serdes.readKey(query.key), query.start)
      return one(shown === null ? null : rowOf(query.key, shown, query.start, endOf(store, query.start)))
    }
    case 'windows':
      return openWindows(store, target as ReadOnlyWindowStore<unknown, unknown>, query, after)
    case 'session': {
      const shown = (target as ReadOnlySessionStore<unknown, unknown>).fetchSession(serdes.readKey(query.key), query.start, query.end)
      return one(shown === null ? null : rowOf(query.key, shown, query.start, query.end))
    }
    case 'sessions': {
      const from = after !== null && !reverse ? Math.max(query.from, after.end) : query.from
      const sessions = (target as ReadOnlySessionStore<unknown, unknown>).findSessions(serdes.readKey(query.key), from, query.to, {
        reverse,
      })
      const rows = scanOf(sessions, ([{ window }, shown]) => rowOf(query.key, shown, window.start, window.end))
      return { rows, order: byEnd, isReverse: reverse }
    }
  }
}

function getOne(store: ReadStore, target: unknown, { key, asOf }: RowsQuery & { readonly kind: 'get' }): Row | null {
  const typed = store.serdes.readKey(key)
  if (store.info.definition.kind !== 'versioned') {
    const shown = (target as ReadOnlyKeyValueStore<unknown, unknown>).get(typed)
    return shown === null ? null : toRow(store, { key, start: -1, end: -1 }, shown)
  }
  const versions = target as ReadOnlyVersionedKeyValueStore<unknown, unknown>
  const version = asOf === null ? versions.get(typed) : versions.get(typed, asOf)
  if (version === null) return null
  const { value, timestamp, validTo } = version
  return { key, value: store.serdes.writeValue(value), timestamp, start: timestamp, end: validTo ?? -1, headers: [] }
}

function openWindows(
  store: ReadStore,
  windows: ReadOnlyWindowStore<unknown, unknown>,
  { key, from, to, reverse }: RowsQuery & { readonly kind: 'windows' },
  after: Continuation | null,
): OpenScan {
  const { serdes, info } = store
  const layout = info.definition.window!
  if (key !== null) {
    const first = after !== null && !reverse ? Math.max(from, after.start) : from
    const last = after !== null && reverse ? Math.min(to, after.start) : to
    const found = windows.fetch(serdes.readKey(key), first, last, { reverse })
    const rows = scanOf(found, ([start, shown]) => toRow(store, { key, start, end: endOf(store, start) }, shown))
    return { rows, order: byStart, isReverse: reverse }
  }
  const first = after !== null && !reverse ? Math.max(from, windowBound(layout, after.start, false)) : from
  const last = after !== null && reverse ? Math.min(to, windowBound(layout, after.start, true)) : to
  const rows = scanOf(windows.fetchAll(first, last, { reverse }), ([windowed, shown]) => windowRow(store, windowed, shown))
  return { rows, order: windowOrder(layout), isReverse: reverse }
}

function windowRow(store: ReadStore, { key, window }: Windowed<unknown>, shown: unknown): Row {
  return toRow(store, { key: store.serdes.writeKey(key), start: window.start, end: window.end }, shown)
}

/** The end of a window; of one that never ends the greatest number there is. */
function endOf({ info }: ReadStore, start: number): number {
  return Math.min(start + info.definition.window!.sizeMs, Number.MAX_SAFE_INTEGER)
}

function toRow(
  { view, serdes }: ReadStore,
  place: { readonly key: Uint8Array; readonly start: number; readonly end: number },
  shown: unknown,
): Row {
  const end = Math.min(place.end, Number.MAX_SAFE_INTEGER)
  if (view.stamped === null) return { ...place, end, value: serdes.writeValue(shown), timestamp: -1, headers: [] }
  const { value, timestamp, headers } = shown as Partial<ValueTimestampHeaders<unknown>> & { readonly timestamp: number }
  const list = Array.from(headers ?? [], (header) => [header.key, header.value] as const)
  return { ...place, end, value: serdes.writeValue(value), timestamp, headers: list }
}

function one(row: Row | null): OpenScan {
  let left = row
  const next = (): Row | null => {
    const given = left
    left = null
    return given
  }
  return { rows: { next, close: () => undefined }, order: byKey, isReverse: false }
}

function scanOf<T>(scan: StoreIterator<T>, show: (row: T) => Row): RowScan {
  return {
    next: () => {
      const step = scan.next()
      return step.done === true ? null : show(step.value)
    },
    close: () => scan.close(),
  }
}
