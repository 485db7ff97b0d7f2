import { requireKnownOptions } from '../base/known-options.ts'
import { durationMs } from '../base/durations.ts'
import { type PlannedGlobalTable, planStreamGlobalJoin } from '../planner/global-tables.ts'
import { planStreamTableJoin } from '../planner/joins/stream-table-join.ts'
import { serdeOf } from '../planner/materialization.ts'
import type { PlannedStream } from '../planner/planned-stream.ts'
import type { Named } from '../topology/options/named.ts'
import { GlobalTable } from './global-table.ts'
import type { Joined } from './options/joined.ts'
import { requireFunction } from './require-function.ts'
import { requireSameBuilder } from './require-same-builder.ts'
import { Table } from './table.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- joins of all types: the interface KStream has them
type Any = any

/** A call of `join` or `leftJoin` of a stream with a table or a global table, as it was made. */
export interface JoinWithTable {
  readonly method: 'join' | 'leftJoin'
  /** What the stream is joined with: it says which of the overloads is meant. */
  readonly other: unknown
  /** The other arguments. */
  readonly given: readonly Any[]
  readonly site: string | null
}

/** Plans a join of `left` with whatever the call names. Throws `TypeError` for what cannot be joined. */
export function planJoinWithTable(left: PlannedStream, call: JoinWithTable): PlannedStream {
  const { method, other, given, site } = call
  const global = GlobalTable.plannedOf(other)
  if (global !== null) return planGlobalJoin(left, global, call)
  const table = Table.plannedOf(other)
  if (table === null) throw new TypeError(`Cannot ${method}: the first argument is no table of a StreamsBuilder`)
  requireSameBuilder(left.planner, table.planner, method)
  const [joiner, options = {}] = given as readonly [Any, Joined<Any, Any, Any>?]
  requireFunction(joiner, `${method}()`)
  requireKnownOptions(`${method}()`, options, optionNames.joined)
  const { name, key, value, grace } = options
  const graceMs = grace === undefined ? undefined : durationMs(grace, 'grace')
  const serdes = { key: serdeOf(key), value: serdeOf(value) }
  return planStreamTableJoin(left, table, { isLeft: method === 'leftJoin', joiner, name, ...serdes, graceMs, site })
}

/** The overload with a key selector. */
function planGlobalJoin(left: PlannedStream, global: PlannedGlobalTable, { method, given, site }: JoinWithTable): PlannedStream {
  requireSameBuilder(left.planner, global.planner, method)
  const [keySelector, joiner, options = {}] = given as readonly [Any, Any, Named?]
  requireKnownOptions(`${method}()`, options, optionNames.named)
  requireFunction(keySelector, `${method}()`)
  requireFunction(joiner, `${method}()`)
  return planStreamGlobalJoin(left, global, { isLeft: method === 'leftJoin', keySelector, joiner, name: options.name, site })
}
