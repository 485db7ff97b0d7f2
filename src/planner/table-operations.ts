import { filteredRow, tableFilterOperator } from '../operators/table-filter-operator.ts'
import { mappedRow, tableMapValuesOperator } from '../operators/table-map-values-operator.ts'
import type { TableViewSource } from '../operators/table-view.ts'
import { toStreamOperator } from '../operators/to-stream-operator.ts'
import { mappedTableView } from '../operators/views/mapped-table-view.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import type { TravellingSerde } from '../topology/travelling-serde.ts'
import { type Materialization, readMaterialized } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { AggregateCall } from './aggregation.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import { DerivedTableState, type PlannedTable } from './planned-table.ts'

/** What `filter` and `mapValues` of a table differ in. */
interface DerivationPlan {
  readonly prefix: string
  readonly materialization: Materialization
  readonly value: (name: string) => TravellingSerde
  readonly factory: (state: DerivedTableState) => ProcessorFactory
  /** How rows are looked up where the table keeps none. */
  readonly viewOf: (parent: TableViewSource) => TableViewSource
}

/** `filter` and, with the negated predicate, `filterNot` of a table. */
export function planTableFilter(
  table: PlannedTable,
  predicate: (key: unknown, value: unknown) => boolean,
  call: AggregateCall,
): PlannedTable {
  const derived = derive(table, call, {
    prefix: 'KTABLE-FILTER-',
    materialization: readMaterialized(table.planner, call.options),
    value: () => table.value,
    factory: (state) => tableFilterOperator({ predicate, store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    viewOf: (parent) => mappedTableView(parent, filteredRow(predicate)),
  })
  derived.state.sendOldValuesIfParentDoes()
  return derived
}

/** `mapValues` of a table. */
export function planTableMapValues(
  table: PlannedTable,
  mapper: (value: unknown, key: unknown) => unknown,
  call: AggregateCall,
): PlannedTable {
  return derive(table, call, {
    prefix: 'KTABLE-MAPVALUES-',
    materialization: readMaterialized(table.planner, call.options),
    value: (name) => ({ lostBy: name }),
    factory: (state) => tableMapValuesOperator({ mapper, store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    viewOf: (parent) => mappedTableView(parent, mappedRow(mapper)),
  })
}

/** An unnamed `Materialized` burns the number of a store name and makes no store (P§2.3). */
function derive(table: PlannedTable, call: AggregateCall, plan: DerivationPlan): PlannedTable & { readonly state: DerivedTableState } {
  const { planner } = table
  const { materialization, prefix } = plan
  if (materialization.isPresent && materialization.name === null) planner.names.generateStore(prefix)
  const name = planner.names.nameOr(call.name, prefix)
  const key = materialization.key === undefined ? table.key : { serde: materialization.key }
  const value = materialization.value === undefined ? plan.value(name) : { serde: materialization.value }
  const storeName = materialization.name
  const state = new DerivedTableState({
    parent: table.state,
    store: storeName === null ? null : { planner, materialization, storeName, key, value, site: call.site },
    viewOf: plan.viewOf,
  })
  const node = processorNode({
    name,
    site: call.site,
    factory: () => plan.factory(state),
    stores: () => (state.store === null ? [] : [state.store]),
  })
  planner.graph.add([table.node], node)
  return { planner, node, key, value, sources: table.sources, queryableName: storeName, state }
}

/** `toStream`. */
export function planToStream(table: PlannedTable, call: DslCall): PlannedStream {
  const { planner, key, value, sources } = table
  const name = planner.names.nameOr(call.name, 'KTABLE-TOSTREAM-')
  const node = processorNode({ name, site: call.site, factory: toStreamOperator })
  planner.graph.add([table.node], node)
  return { planner, node, key, value, sources, repartitionRequired: false }
}
