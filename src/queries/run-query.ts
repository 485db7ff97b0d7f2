import { assert } from '../base/assert.ts'
import type { Clock } from '../base/environment.ts'
import { type StreamRecord, streamRecord } from '../model/stream-record.ts'
import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { ValueTimestampHeaders } from '../model/value-timestamp-headers.ts'
import type { StoreView } from '../runtime/app/view.ts'
import type { Entries, ReadOnlyKeyValueStore } from '../state/key-value-store.ts'
import type { Position } from '../state/position.ts'
import type { Isolation } from '../state/kinds/read-ground.ts'
import type { ReadOnlySessionStore } from '../state/sessions/session-store.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { StoreKind } from '../state/store-spec.ts'
import type { VersionedStoreView } from '../state/versioned/typed-versioned-store.ts'
import type { SessionStoreView } from '../state/sessions/typed-session-store.ts'
import type { ReadOnlyWindowStore } from '../state/windows/window-store.ts'
import type {
  Query,
  SessionKeyWithHeadersQuery,
  TimestampedKeyWithHeadersQuery,
  TimestampedRangeWithHeadersQuery,
  TimestampedWindowKeyWithHeadersQuery,
  TimestampedWindowRangeWithHeadersQuery,
} from './queries.ts'
import type { FailureReason, QueryResult } from './query-result.ts'
import { ListScan, ShownScan } from './scans.ts'

/** How one partition is asked. */
export interface QueryTerms {
  readonly isolation: Isolation
  /** What the store must reflect at least, as far as it is about this partition. */
  readonly bound: Position
  /** Where to read times for the execution info; `null`: it is not asked for. */
  readonly clock: Clock | null
}

/** What rows must have for a query. */
type Needs = 'values' | 'timestamps' | 'headers'

/** Which queries each kind of store answers, and what they need of the rows. */
const answered: Readonly<Record<Query['kind'], { readonly kinds: readonly StoreKind[]; readonly needs: Needs }>> = {
  key: { kinds: ['key-value', 'timestamped'], needs: 'values' },
  range: { kinds: ['key-value', 'timestamped'], needs: 'values' },
  timestampedKey: { kinds: ['key-value', 'timestamped'], needs: 'timestamps' },
  timestampedRange: { kinds: ['key-value', 'timestamped'], needs: 'timestamps' },
  windowKey: { kinds: ['window'], needs: 'values' },
  windowRange: { kinds: ['window'], needs: 'values' },
  timestampedWindowKey: { kinds: ['window'], needs: 'timestamps' },
  timestampedWindowRange: { kinds: ['window'], needs: 'timestamps' },
  sessionKey: { kinds: ['session'], needs: 'values' },
  timestampedKeyWithHeaders: { kinds: ['key-value', 'timestamped'], needs: 'headers' },
  timestampedRangeWithHeaders: { kinds: ['key-value', 'timestamped'], needs: 'headers' },
  timestampedWindowKeyWithHeaders: { kinds: ['window'], needs: 'headers' },
  timestampedWindowRangeWithHeaders: { kinds: ['window'], needs: 'headers' },
  sessionKeyWithHeaders: { kinds: ['session'], needs: 'headers' },
  versionedKey: { kinds: ['versioned'], needs: 'values' },
  multiVersionedKey: { kinds: ['versioned'], needs: 'values' },
}

/** Which rows of a store a query looks at: those that are committed, all beneath the cache, or all. */
type Layer = Parameters<StoreView['position']>[0]

/** Asks one partition of a store. Never throws: what the store throws is `STORE_EXCEPTION`. What an iterator throws later it throws itself. */
export function runQuery(view: StoreView, definition: StoreDefinition, query: Query, terms: QueryTerms): QueryResult<unknown> {
  const { name } = definition
  const { isolation, bound, clock } = terms
  const startMs = clock?.monotonic() ?? 0
  const layer = layerOf(query, isolation)
  const position = view.position(layer)
  const executionInfo = (): readonly string[] => {
    if (clock === null) return []
    const tookUs = Math.round((clock.monotonic() - startMs) * 1000)
    return [`store "${name}" of task ${view.taskId} was asked for ${layerNames[layer]}, which took ${tookUs} us`]
  }
  const fail = (reason: FailureReason, message: string): QueryResult<unknown> => {
    return { isSuccess: false, reason, message, position, executionInfo: executionInfo() }
  }
  const problem = unknownQuery(view, definition, query)
  if (problem !== null) return fail('UNKNOWN_QUERY_TYPE', `Store "${name}" does not answer queries of the kind "${query.kind}": ${problem}`)
  if (!reaches(position, bound, view.partition)) {
    return fail(
      'NOT_UP_TO_BOUND',
      `Partition ${view.partition} of store "${name}" is at ${String(position)}, the bound is ${String(bound)}`,
    )
  }
  const shape = { isStamped: view.stamped !== null, windowMs: definition.window?.sizeMs ?? 0 }
  try {
    const result = resultOf(layer === 'all' ? (view.stamped ?? view.store) : view.read(isolation, true), query, shape)
    return { isSuccess: true, result, position, executionInfo: executionInfo() }
  } catch (error) {
    return fail('STORE_EXCEPTION', `Store "${name}" threw: ${error instanceof Error ? error.message : String(error)}`)
  }
}

const layerNames: Readonly<Record<Layer, string>> = {
  committed: 'what is committed',
  rows: 'its rows beneath the cache',
  all: 'its rows and what the cache holds back',
}

/** As in Java only queries for one key look into the cache. */
function layerOf(query: Query, isolation: Isolation): Layer {
  if (isolation === 'read_committed') return 'committed'
  return 'skipCache' in query && !query.skipCache ? 'all' : 'rows'
}

/** Why a store does not answer a query; `null`: it does. */
function unknownQuery({ stamped }: StoreView, { kind, format }: StoreDefinition, query: Query): string | null {
  const { kinds, needs } = answered[query.kind]
  if (!kinds.includes(kind)) return `it is of the kind "${kind}"`
  if (needs === 'headers' && format !== 'headers') return 'its rows have no headers'
  return needs === 'timestamps' && stamped === null ? 'its rows have no timestamps' : null
}

/** Whether `position` has come to `bound` as far as that is about `partition` (Java's `StoreQueryUtils.isPermitted`). */
export function reaches(position: Position, bound: Position, partition: number): boolean {
  for (const [topic, boundPartition, offset] of bound) {
    if (boundPartition === partition && (position.offset(topic, partition) ?? -1) < offset) return false
  }
  return true
}

type Stamped = ValueAndTimestamp<unknown>

interface Shape {
  /** The store shows values with their timestamps, and with their headers where rows have them. */
  readonly isStamped: boolean
  readonly windowMs: number
}

function resultOf(store: unknown, query: Query, { isStamped, windowMs }: Shape): unknown {
  const keyValues = store as ReadOnlyKeyValueStore<unknown, unknown>
  const windows = store as ReadOnlyWindowStore<unknown, unknown>
  const versions = store as VersionedStoreView<unknown, unknown>
  switch (query.kind) {
    case 'key': {
      const found = keyValues.get(query.key)
      return isStamped && found !== null ? (found as Stamped).value : found
    }
    case 'timestampedKey': {
      const found = keyValues.get(query.key) as Stamped | null
      return found === null ? null : stampedValue(found)
    }
    case 'range':
      return plainValues(keyValues.range(query.from, query.to, { reverse: query.reverse }), isStamped)
    case 'timestampedRange':
      return stampedValues(keyValues.range(query.from, query.to, { reverse: query.reverse }))
    case 'windowKey':
      return plainValues(windows.fetch(query.key, query.from, query.to), isStamped)
    case 'timestampedWindowKey':
      return stampedValues(windows.fetch(query.key, query.from, query.to))
    case 'windowRange':
      return plainValues(windows.fetchAll(query.from, query.to), isStamped)
    case 'timestampedWindowRange':
      return stampedValues(windows.fetchAll(query.from, query.to))
    case 'sessionKey':
      return (store as ReadOnlySessionStore<unknown, unknown>).fetch(query.key)
    case 'versionedKey':
      return query.asOf === null ? versions.get(query.key) : versions.get(query.key, query.asOf)
    case 'multiVersionedKey': {
      const found = versions.versions(query.key, query.from, query.to)
      return new ListScan(query.ascending ? found.toReversed() : found)
    }
    default:
      return recordsOf(store, query, windowMs)
  }
}

/** What queries for headers give, of a store that shows them, whose windows are `windowMs` long. */
function recordsOf(store: unknown, query: HeadersQuery, windowMs: number): unknown {
  const keyValues = store as ReadOnlyKeyValueStore<unknown, unknown>
  const windows = store as ReadOnlyWindowStore<unknown, unknown>
  switch (query.kind) {
    case 'timestampedKeyWithHeaders': {
      const found = keyValues.get(query.key)
      return found === null ? null : recordOf([query.key, found])
    }
    case 'timestampedRangeWithHeaders':
      return new ShownScan(keyValues.range(query.from, query.to, { reverse: query.reverse }), recordOf)
    case 'timestampedWindowKeyWithHeaders':
      return new ShownScan(windows.fetch(query.key, query.from, query.to), ([start, found]) =>
        recordOf([{ key: query.key, window: { start, end: start + windowMs } }, found]),
      )
    case 'timestampedWindowRangeWithHeaders':
      return new ShownScan(windows.fetchAll(query.from, query.to), recordOf)
    case 'sessionKeyWithHeaders':
      return new ShownScan((store as SessionStoreView<unknown, unknown>).fetchWithHeaders(query.key), recordOf)
    default:
      assert(false, 'A query is of a kind that there is')
  }
}

type HeadersQuery =
  | TimestampedKeyWithHeadersQuery<unknown>
  | TimestampedRangeWithHeadersQuery<unknown>
  | TimestampedWindowKeyWithHeadersQuery<unknown>
  | TimestampedWindowRangeWithHeadersQuery
  | SessionKeyWithHeadersQuery<unknown>

function recordOf([key, found]: readonly [key: unknown, found: unknown]): StreamRecord<unknown, unknown> {
  const { value, timestamp, headers = null } = found as Partial<ValueTimestampHeaders<unknown>> & Stamped
  return streamRecord(key, value, timestamp, headers)
}

function plainValues(entries: Entries<unknown, unknown>, isStamped: boolean): Entries<unknown, unknown> {
  return isStamped ? new ShownScan(entries, ([key, found]) => [key, (found as Stamped).value] as const) : entries
}

function stampedValues(entries: Entries<unknown, unknown>): Entries<unknown, Stamped> {
  return new ShownScan(entries, ([key, found]) => [key, stampedValue(found as Stamped)] as const)
}

/** Headers, where there are some, are not asked for. */
function stampedValue({ value, timestamp }: Stamped): Stamped {
  return { value, timestamp }
}
