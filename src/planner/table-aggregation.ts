import { failOnInvalidTimestamp } from '../model/timestamp-extractor.ts'
import { tableAggregateOperator } from '../operators/table-aggregate-operator.ts'
import { tableGroupByOperator } from '../operators/table-group-by-operator.ts'
import { tableReduceOperator } from '../operators/table-reduce-operator.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { changeSerde } from '../serdes/change-serde.ts'
import { builtInSerde, fastSerdeOf } from '../serdes/fast-serde.ts'
import type { Serde } from '../serdes/serde.ts'
import { serdes } from '../serdes/serdes.ts'
import { checkName } from '../topology/check-name.ts'
import { requireSerde, serdeOr, serdeOrLost, type TravellingSerde } from '../topology/travelling-serde.ts'
import type { AggregateCall, AggregateFunctions } from './aggregation.ts'
import type { GroupCall } from './grouping.ts'
import { readMaterialized } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import { type InternalTopicLogicalNode, internalTopicNode } from './nodes/internal-topic-node.ts'
import type { LogicalNode } from './logical-node.ts'
import { AggregateTableState, type PlannedTable } from './planned-table.ts'
import type { Planner } from './planner.ts'
import { generateStoreName } from './store-names.ts'

/** A grouped table. */
export interface PlannedTableGroup {
  readonly planner: Planner
  /** The node that gives the regrouped changes. */
  readonly node: LogicalNode
  readonly key: TravellingSerde
  readonly value: TravellingSerde
  /** The name that was given to the grouping: that of its repartition topic. */
  readonly name: string | undefined
  /** The repartition topic that named groupings share between their aggregations. */
  readonly shared: { node: InternalTopicLogicalNode | null }
}

const int64 = serdes.int64 as Serde<unknown>

/** `groupBy` of a table: it then sends old values, and keeps a store for that. */
export function planTableGroupBy(
  table: PlannedTable,
  selector: (key: unknown, value: unknown) => readonly [unknown, unknown],
  call: GroupCall,
): PlannedTableGroup {
  const { planner } = table
  const name = planner.names.nameOr(call.name, 'KTABLE-SELECT-')
  const node = processorNode({
    name,
    site: call.site,
    factory: () => tableGroupByOperator({ selector, isVersioned: table.state.isVersioned }),
  })
  planner.graph.add([table.node], node)
  table.state.enableSendingOldValues(true)
  return { planner, node, key: serdeOrLost(call.key, name), value: serdeOrLost(call.value, name), name: call.name, shared: { node: null } }
}

/** What the three aggregations of a grouped table differ in. */
interface TableAggregationPlan {
  readonly nodePrefix: string
  /** The value serde where the options give none. */
  readonly value: TravellingSerde
  readonly factory: (store: string, sendOldValues: boolean) => ProcessorFactory
}

/** `count` of a grouped table. */
export function planTableCount(group: PlannedTableGroup, call: AggregateCall): PlannedTable {
  const functions = {
    initializer: () => 0,
    aggregator: (_key: unknown, _value: unknown, n: unknown) => (n as number) + 1,
    subtractor: (_key: unknown, _value: unknown, n: unknown) => (n as number) - 1,
  }
  return planWith(group, functions, { serde: int64 }, call)
}

/** The functions of `aggregate` of a grouped table; `aggregator` adds. */
export interface TableAggregateFunctions extends AggregateFunctions {
  readonly subtractor: AggregateFunctions['aggregator']
}

/** `aggregate` of a grouped table. */
export function planTableAggregate(group: PlannedTableGroup, functions: TableAggregateFunctions, call: AggregateCall): PlannedTable {
  return planWith(group, functions, { lostBy: 'aggregate' }, call)
}

function planWith(group: PlannedTableGroup, functions: TableAggregateFunctions, value: TravellingSerde, call: AggregateCall): PlannedTable {
  const { initializer, aggregator: adder, subtractor } = functions
  return aggregate(group, call, {
    nodePrefix: 'KTABLE-AGGREGATE-',
    value,
    factory: (store, sendOldValues) => tableAggregateOperator({ initializer, adder, subtractor, store, sendOldValues }),
  })
}

/** The functions of `reduce` of a grouped table. */
export interface TableReduceFunctions {
  readonly adder: (aggregate: unknown, value: unknown) => unknown
  readonly subtractor: (aggregate: unknown, value: unknown) => unknown
}

/** `reduce` of a grouped table. */
export function planTableReduce(group: PlannedTableGroup, functions: TableReduceFunctions, call: AggregateCall): PlannedTable {
  return aggregate(group, call, {
    nodePrefix: 'KTABLE-REDUCE-',
    value: group.value,
    factory: (store, sendOldValues) => tableReduceOperator({ ...functions, store, sendOldValues }),
  })
}

/** In Java's order: store name, sink, source, node. The store is named KTABLE-AGGREGATE for all three (P§2.5). */
function aggregate(group: PlannedTableGroup, call: AggregateCall, plan: TableAggregationPlan): PlannedTable {
  const { planner } = group
  const materialization = readMaterialized(planner, call.options)
  const storeName = materialization.name ?? generateStoreName(planner, 'KTABLE-AGGREGATE-', materialization)
  const repartition = planTableRepartition(group, storeName, call)
  const name = planner.names.nameOr(call.name, plan.nodePrefix)
  const key = serdeOr(materialization.key, group.key)
  const value = serdeOr(materialization.value, plan.value)
  const state = new AggregateTableState({ planner, materialization, storeName, key, value, site: call.site })
  const node = processorNode({
    name,
    site: call.site,
    factory: () => plan.factory(storeName, state.sendsOldValues),
    stores: () => [state.store],
  })
  planner.graph.add([repartition], node)
  return { planner, node, key, value, sources: new Set([repartition.name]), queryableName: materialization.name, state }
}

function planTableRepartition(group: PlannedTableGroup, storeName: string, call: AggregateCall): InternalTopicLogicalNode {
  const { planner, shared } = group
  const { site } = call
  const sinkName = planner.names.suffixedOr(call.name, '-sink', 'KSTREAM-SINK-')
  const sourceName = planner.names.suffixedOr(call.name, '-source', 'KSTREAM-SOURCE-')
  if (group.name !== undefined) checkName(group.name, 'a grouping')
  const topic = `${group.name ?? storeName}-repartition`
  const action = `write repartition topic "${topic}"`
  const key = requireSerde(group.key, planner.defaultKeySerde, { side: 'key', action, site })
  const value = requireSerde(group.value, planner.defaultValueSerde, { side: 'value', action, site })
  if (shared.node === null || group.name === undefined) {
    const changes = builtInSerde(changeSerde(fastSerdeOf(value))) as Serde<unknown>
    shared.node = internalTopicNode({
      name: sourceName,
      sinkName,
      topic,
      key,
      value: changes,
      partitioner: null,
      timestampExtractor: failOnInvalidTimestamp,
      site,
    })
  }
  planner.graph.add([group.node], shared.node)
  return shared.node
}
