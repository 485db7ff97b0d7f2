import { durationMs } from '../base/durations.ts'
import { type PlannedGlobalTable, planStreamGlobalJoin } from '../planner/global-tables.ts'
import { planStreamTableJoin } from '../planner/joins/stream-table-join.ts'
import { serdeOf } from '../planner/materialization.ts'
import type { Planner } from '../planner/planner.ts'
import type { PlannedStream } from '../planner/planned-stream.ts'
import type { Named } from '../topology/options/named.ts'
import { GlobalTable } from './global-table.ts'
import type { Joined } from './options/joined.ts'
import { requireFunction } from './require-function.ts'
import { Table } from './table.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- joins of all types: the interface KStream has them
type Any = any

/** A call of `join` or `leftJoin` of a stream, as it was made. */
export interface JoinCall {
  readonly method: 'join' | 'leftJoin'
  /** What the stream is joined with: it says which of the overloads is meant. */
  readonly other: unknown
  /** The other arguments. */
  readonly given: readonly Any[]
  readonly site: string | null
}

/** Plans a join of `left` with whatever the call names. Throws `TypeError` for what cannot be joined. */
export function planJoin(left: PlannedStream, call: JoinCall): PlannedStream {
  const { method, other, given, site } = call
  const global = GlobalTable.plannedOf(other)
  if (global !== null) return planGlobalJoin(left, global, call)
  const table = Table.plannedOf(other)
  if (table === null) throw new TypeError(`Cannot ${method}: the first argument is no table of a StreamsBuilder`)
  checkBuilder(left.planner, table.planner, method)
  const [joiner, options = {}] = given as readonly [Any, Joined<Any, Any, Any>?]
  requireFunction(joiner, `${method}()`)
  const { name, key, value, grace } = options
  const graceMs = grace === undefined ? undefined : durationMs(grace, 'grace')
  const serdes = { key: serdeOf(key), value: serdeOf(value) }
  return planStreamTableJoin(left, table, { isLeft: method === 'leftJoin', joiner, name, ...serdes, graceMs, site })
}

/** The overload with a key selector. */
function planGlobalJoin(left: PlannedStream, global: PlannedGlobalTable, { method, given, site }: JoinCall): PlannedStream {
  checkBuilder(left.planner, global.planner, method)
  const [keySelector, joiner, options = {}] = given as readonly [Any, Any, Named?]
  requireFunction(keySelector, `${method}()`)
  requireFunction(joiner, `${method}()`)
  return planStreamGlobalJoin(left, global, { isLeft: method === 'leftJoin', keySelector, joiner, name: options.name, site })
}

function checkBuilder(left: Planner, right: Planner, method: string): void {
  if (left !== right) throw new TypeError(`Cannot ${method}: the two are of different StreamsBuilders`)
}
