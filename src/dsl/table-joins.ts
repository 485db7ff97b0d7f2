import { requireKnownOptions } from '../base/known-options.ts'
import { planForeignKeyJoin } from '../planner/joins/foreign-key-join.ts'
import { planTableJoin } from '../planner/joins/table-join.ts'
import type { PlannedTable } from '../planner/planned-table.ts'
import type { Materialized } from './options/materialized.ts'
import type { TableJoined } from './options/table-joined.ts'
import { requireFunction } from './require-function.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- joins of all types: the interface KTable has them
type Any = any

const kinds = { join: 'inner', leftJoin: 'left', outerJoin: 'outer' } as const

/** A call of one of the joins of a table, as it was made. */
export interface TableJoinInvocation {
  readonly method: keyof typeof kinds
  /** The plan of the other table, `null` where the first argument is no table. */
  readonly other: PlannedTable | null
  /** The other arguments. */
  readonly given: readonly Any[]
  readonly site: string | null
}

/** Plans a join of `left` with the table that the call names. Throws `TypeError` for what cannot be joined. */
export function planJoinOfTables(left: PlannedTable, { method, other, given, site }: TableJoinInvocation): PlannedTable {
  if (other === null) throw new TypeError(`Cannot ${method}: the first argument is no table of a StreamsBuilder`)
  if (left.planner !== other.planner) throw new TypeError(`Cannot ${method}: the tables are of different StreamsBuilders`)
  if (method !== 'outerJoin' && typeof given[1] === 'function') return planByForeignKey(left, other, { method, given, site })
  const [joiner, options = {}] = given as readonly [Any, Materialized<Any, Any>?]
  requireKnownOptions(`${method}()`, options, optionNames.materialized)
  requireFunction(joiner, `${method}()`)
  return planTableJoin(left, other, { kind: kinds[method], joiner, name: options.name, options, site })
}

type ForeignKeyInvocation = Pick<TableJoinInvocation, 'method' | 'given' | 'site'>

/** Two functions: the first finds the key of the other table. */
function planByForeignKey(left: PlannedTable, other: PlannedTable, { method, given, site }: ForeignKeyInvocation): PlannedTable {
  const [foreignKey, joiner, options = {}] = given as readonly [Any, Any, TableJoined<Any, Any, Any>?]
  requireFunction(foreignKey, `${method}()`)
  requireKnownOptions(`${method}()`, options, optionNames.tableJoined)
  const { name, partitioner, otherPartitioner } = options
  return planForeignKeyJoin(
    left,
    other,
    { foreignKey, joiner, isLeft: method === 'leftJoin' },
    { name, options, partitioner, otherPartitioner, site },
  )
}
