import { type TableJoiner, type TableJoinKind, tableJoinRow } from '../../operators/joins/table-join-row.ts'
import { type TableJoinParameters, tableJoinOperator } from '../../operators/joins/table-join-operator.ts'
import { tableMergeOperator } from '../../operators/joins/table-merge-operator.ts'
import { serdeOr, serdeOrLost } from '../../topology/travelling-serde.ts'
import type { AggregateCall } from '../aggregation.ts'
import { readMaterialized } from '../materialization.ts'
import { tableJoinNode } from '../nodes/table-join-node.ts'
import { JoinedTableState, type PlannedTable } from '../planned-table.ts'
import { generateStoreName } from '../store-names.ts'
import { copartitionedSources } from './copartition.ts'

/** Options of a join of tables, and which it is. */
export interface TableJoinCall extends AggregateCall {
  readonly kind: TableJoinKind
  readonly joiner: TableJoiner
}

/**
 * Joins two tables by their keys. In Java's order: store name, merging node, left side, right side. `Materialized` keeps the result also
 * without a name, and the generated one is then that by which it is queried (P§2.3).
 */
export function planTableJoin(left: PlannedTable, right: PlannedTable, call: TableJoinCall): PlannedTable {
  const { planner } = left
  const { kind, joiner, site } = call
  const materialization = readMaterialized(planner, call.options)
  const storeName =
    materialization.name ?? (materialization.isPresent ? generateStoreName(planner, 'KTABLE-MERGE-', materialization) : null)
  const name = planner.names.nameOr(call.name, 'KTABLE-MERGE-')
  const sources = copartitionedSources(planner, left, right)
  if (kind !== 'inner') left.state.enableSendingOldValues(true)
  if (kind === 'outer') right.state.enableSendingOldValues(true)
  const key = serdeOr(materialization.key, left.key)
  const value = serdeOrLost(materialization.value, name)
  const leftRow = tableJoinRow(kind, joiner, true)
  const rightRow = tableJoinRow(kind, joiner, false)
  const state = new JoinedTableState({
    left: left.state,
    right: right.state,
    store: storeName === null ? null : { planner, materialization, storeName, key, value, site },
    row: leftRow,
  })
  const changesOf = (table: PlannedTable): Pick<TableJoinParameters, 'sendOldValues' | 'isVersioned'> => ({
    sendOldValues: state.sendsOldValues,
    isVersioned: table.state.isVersioned,
  })
  const node = tableJoinNode({
    name,
    site,
    left: {
      name: planner.names.suffixedOr(call.name, '-join-this', 'KTABLE-JOINTHIS-'),
      parent: left.node.name,
      factory: () => tableJoinOperator({ row: leftRow, other: state.rightView, ...changesOf(left) }),
      reads: state.rightView.stores,
    },
    right: {
      name: planner.names.suffixedOr(call.name, '-join-other', 'KTABLE-JOINOTHER-'),
      parent: right.node.name,
      factory: () => tableJoinOperator({ row: rightRow, other: state.leftView, ...changesOf(right) }),
      reads: state.leftView.stores,
    },
    factory: () => tableMergeOperator({ store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    store: state.store,
  })
  planner.graph.add([left.node, right.node], node)
  return { planner, node, key, value, sources, queryableName: storeName, state }
}
