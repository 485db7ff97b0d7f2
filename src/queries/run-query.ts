import { assert } from '../base/assert.ts'
import type { Clock } from '../base/environment.ts'
import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { StoreView } from '../runtime/app/view.ts'
import type { Entries, ReadOnlyKeyValueStore } from '../state/key-value-store.ts'
import type { Position } from '../state/position.ts'
import type { Isolation } from '../state/kinds/read-ground.ts'
import type { ReadOnlySessionStore } from '../state/sessions/session-store.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { StoreKind } from '../state/store-spec.ts'
import type { VersionedStoreView } from '../state/versioned/typed-versioned-store.ts'
import type { ReadOnlyWindowStore } from '../state/windows/window-store.ts'
import type { Query } from './queries.ts'
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

/** Which queries each kind of store answers, and whether they need timestamps in the rows. */
const answered: Readonly<Record<Query['kind'], { readonly kinds: readonly StoreKind[]; readonly isStamped: boolean }>> = {
  key: { kinds: ['key-value', 'timestamped'], isStamped: false },
  range: { kinds: ['key-value', 'timestamped'], isStamped: false },
  timestampedKey: { kinds: ['key-value', 'timestamped'], isStamped: true },
  timestampedRange: { kinds: ['key-value', 'timestamped'], isStamped: true },
  windowKey: { kinds: ['window'], isStamped: false },
  windowRange: { kinds: ['window'], isStamped: false },
  timestampedWindowKey: { kinds: ['window'], isStamped: true },
  timestampedWindowRange: { kinds: ['window'], isStamped: true },
  sessionKey: { kinds: ['session'], isStamped: false },
  versionedKey: { kinds: ['versioned'], isStamped: false },
  multiVersionedKey: { kinds: ['versioned'], isStamped: false },
}

/** Which rows of a store a query looks at: those that are committed, all beneath the cache, or all. */
type Layer = Parameters<StoreView['position']>[0]

/** Asks one partition of a store. Never throws: what the store throws is `STORE_EXCEPTION`. What an iterator throws later it throws itself. */
export function runQuery(view: StoreView, { name, kind }: StoreDefinition, query: Query, terms: QueryTerms): QueryResult<unknown> {
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
  const problem = unknownQuery(view, kind, query)
  if (problem !== null) return fail('UNKNOWN_QUERY_TYPE', `Store "${name}" does not answer queries of the kind "${query.kind}": ${problem}`)
  if (!reaches(position, bound, view.partition)) {
    return fail(
      'NOT_UP_TO_BOUND',
      `Partition ${view.partition} of store "${name}" is at ${String(position)}, the bound is ${String(bound)}`,
    )
  }
  try {
    const result = resultOf(layer === 'all' ? (view.stamped ?? view.store) : view.read(isolation, true), query, view.stamped !== null)
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
  return (query.kind === 'key' || query.kind === 'timestampedKey') && !query.skipCache ? 'all' : 'rows'
}

/** Why a store does not answer a query; `null`: it does. */
function unknownQuery({ stamped }: StoreView, kind: StoreKind, query: Query): string | null {
  const { kinds, isStamped } = answered[query.kind]
  if (!kinds.includes(kind)) return `it is of the kind "${kind}"`
  return isStamped && stamped === null ? 'its rows have no timestamps' : null
}

/** Whether `position` has come to `bound` as far as that is about `partition` (Java's `StoreQueryUtils.isPermitted`). */
export function reaches(position: Position, bound: Position, partition: number): boolean {
  for (const [topic, boundPartition, offset] of bound) {
    if (boundPartition === partition && (position.offset(topic, partition) ?? -1) < offset) return false
  }
  return true
}

type Stamped = ValueAndTimestamp<unknown>

/** `isStamped`: `store` shows values with their timestamps. */
function resultOf(store: unknown, query: Query, isStamped: boolean): unknown {
  const keyValues = store as ReadOnlyKeyValueStore<unknown, unknown>
  const windows = store as ReadOnlyWindowStore<unknown, unknown>
  const versions = store as VersionedStoreView<unknown, unknown>
  switch (query.kind) {
    case 'key': {
      const found = keyValues.get(query.key)
      return isStamped && found !== null ? (found as Stamped).value : found
    }
    case 'timestampedKey':
      return keyValues.get(query.key)
    case 'range':
      return plainValues(keyValues.range(query.from, query.to, { reverse: query.reverse }), isStamped)
    case 'timestampedRange':
      return keyValues.range(query.from, query.to, { reverse: query.reverse })
    case 'windowKey':
      return plainValues(windows.fetch(query.key, query.from, query.to), isStamped)
    case 'timestampedWindowKey':
      return windows.fetch(query.key, query.from, query.to)
    case 'windowRange':
      return plainValues(windows.fetchAll(query.from, query.to), isStamped)
    case 'timestampedWindowRange':
      return windows.fetchAll(query.from, query.to)
    case 'sessionKey':
      return (store as ReadOnlySessionStore<unknown, unknown>).fetch(query.key)
    case 'versionedKey':
      return query.asOf === null ? versions.get(query.key) : versions.get(query.key, query.asOf)
    case 'multiVersionedKey': {
      const found = versions.versions(query.key, query.from, query.to)
      return new ListScan(query.ascending ? found.toReversed() : found)
    }
    default:
      assert(false, 'A query is of a kind that there is')
  }
}

function plainValues(entries: Entries<unknown, unknown>, isStamped: boolean): Entries<unknown, unknown> {
  return isStamped ? new ShownScan(entries, ([key, found]) => [key, (found as Stamped).value] as const) : entries
}
