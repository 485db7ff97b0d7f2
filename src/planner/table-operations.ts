import { filteredRow, tableFilterOperator } from '../operators/table-filter-operator.ts'
import { mappedRow, tableMapValuesOperator } from '../operators/table-map-values-operator.ts'
import { tableTransformValuesOperator, transformedTableView } from '../operators/table-transform-values-operator.ts'
import type { TableViewSource } from '../operators/table-view.ts'
import { toStreamOperator } from '../operators/to-stream-operator.ts'
import { mappedTableView } from '../operators/views/mapped-table-view.ts'
import type { NodeContext, ProcessorFactory } from '../processor/node-context.ts'
import type { ProcessingContext } from '../processor/processor.ts'
import { openProcessingContext } from '../processor/user-processor.ts'
import { type ProcessorStores, processorStores } from '../topology/store-openers.ts'
import { serdeOr, type TravellingSerde } from '../topology/travelling-serde.ts'
import { isMaterialized, type Materialization, readMaterialized } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { AggregateCall } from './aggregation.ts'
import type { ProcessCall } from './process.ts'
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
  /** The stores of the user's function. */
  readonly stores?: ProcessorStores
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
    factory: (state) => {
      const { store, sendsOldValues: sendOldValues } = state
      return tableFilterOperator({ predicate, store: store?.name ?? null, sendOldValues, isVersioned: table.state.isVersioned })
    },
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

/** Options of `transformValues`. */
export interface TransformValuesCall extends AggregateCall, Pick<ProcessCall, 'stores' | 'keeperOf'> {}

// oxlint-disable-next-line typescript/no-explicit-any -- functions of any type fit: types end at the DSL
type AnyTransformerSupplier = (context: ProcessingContext<any>) => (value: any, key: any) => unknown

/** `transformValues` of a table. Unlike the others it burns no number for an unnamed `Materialized` (P§2.3). */
export function planTableTransformValues(table: PlannedTable, supplier: AnyTransformerSupplier, call: TransformValuesCall): PlannedTable {
  const { planner } = table
  const prefix = 'KTABLE-TRANSFORMVALUES-'
  // The serde of the values is always there: alone it is no `Materialized`, which would end the versions of the table.
  const isPresent = isMaterialized({ ...call.options, value: undefined })
  const materialization = { ...readMaterialized(planner, call.options), isPresent }
  const name = planner.names.nameOr(call.name, prefix)
  const stores = processorStores(name, call.stores, planner.stores, call.keeperOf)
  const open = (context: NodeContext): ReturnType<AnyTransformerSupplier> => supplier(openProcessingContext(context, stores.openers))
  return deriveAs(name, table, call, {
    prefix,
    materialization,
    value: () => ({ lostBy: name }),
    factory: (state) => tableTransformValuesOperator({ open, store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    viewOf: (parent) => transformedTableView(parent, open),
    stores,
  })
}

type DerivedTable = PlannedTable & { readonly state: DerivedTableState }

/** An unnamed `Materialized` burns the number of a store name and makes no store (P§2.3). */
function derive(table: PlannedTable, call: AggregateCall, plan: DerivationPlan): DerivedTable {
  const { names } = table.planner
  const { materialization, prefix } = plan
  if (materialization.isPresent && materialization.name === null) names.generateStore(prefix)
  return deriveAs(names.nameOr(call.name, prefix), table, call, plan)
}

function deriveAs(name: string, table: PlannedTable, call: AggregateCall, plan: DerivationPlan): DerivedTable {
  const { planner } = table
  const { materialization, stores } = plan
  const key = serdeOr(materialization.key, table.key)
  const value = serdeOr(materialization.value, plan.value(name))
  const storeName = materialization.name
  const state = new DerivedTableState({
    parent: table.state,
    materialization,
    store: storeName === null ? null : { planner, materialization, storeName, key, value, site: call.site },
    viewOf: plan.viewOf,
  })
  const node = processorNode({
    name,
    site: call.site,
    factory: () => plan.factory(state),
    stores: () => [...(state.store === null ? [] : [state.store]), ...(stores?.owned ?? [])],
    connected: () => stores?.connected ?? [],
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
