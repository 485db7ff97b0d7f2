import { streamAggregateOperator } from '../operators/stream-aggregate-operator.ts'
import { streamReduceOperator } from '../operators/stream-reduce-operator.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import type { Serde } from '../serdes/serde.ts'
import { serdes } from '../serdes/serdes.ts'
import { serdeOr, type TravellingSerde } from '../topology/travelling-serde.ts'
import { planGroupedInput, type PlannedGroup } from './grouping.ts'
import { type Materialization, type MaterializedOptions, readMaterialized, type WindowsKept } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import { AggregateTableState, type PlannedTable } from './planned-table.ts'
import { generateStoreName } from './store-names.ts'

/** Options of an aggregation. */
export type AggregateCall = DslCall & { readonly options: MaterializedOptions | undefined }
type Aggregator = (key: unknown, value: unknown, aggregate: unknown) => unknown

const int64 = serdes.int64 as Serde<unknown>

/** What tables of windows have beside others. */
export interface WindowsPlan extends WindowsKept {
  readonly tableKey: (groupKey: TravellingSerde) => TravellingSerde
  /** For how long after its end a window takes records. */
  readonly graceMs: number
}

/** What the aggregations of a grouped stream differ in. */
export interface AggregationPlan {
  readonly nodePrefix: string
  readonly materialization: Materialization
  /** The value serde where the options give none. */
  readonly value: TravellingSerde
  readonly factory: (store: string, sendOldValues: boolean) => ProcessorFactory
  /** Of windows: the store, and the key serde of the table from that of the group. */
  readonly windows?: WindowsPlan | undefined
}

/** What `count`, `reduce` and `aggregate` differ in, in windows or not. */
export type FoldPlan = Pick<AggregationPlan, 'nodePrefix' | 'materialization' | 'value'>

/** Of a `count`. An unnamed `Materialized` burns one number more than none if `burnsUnnamed` (P§2.4, 2.7). */
export function countPlan({ planner }: PlannedStream, call: AggregateCall, burnsUnnamed: boolean): FoldPlan {
  const nodePrefix = 'KSTREAM-AGGREGATE-'
  const materialization = readMaterialized(planner, call.options)
  if (materialization.isPresent && materialization.name === null && burnsUnnamed) planner.names.generateStore(nodePrefix)
  return { nodePrefix, materialization, value: { serde: int64 } }
}

/** Of a `reduce`: the serde of the values travels on. */
export function reducePlan({ planner, value }: PlannedStream, call: AggregateCall): FoldPlan {
  return { nodePrefix: 'KSTREAM-REDUCE-', materialization: readMaterialized(planner, call.options), value }
}

/** Of an `aggregate`. */
export function aggregatePlan({ planner }: PlannedStream, call: AggregateCall): FoldPlan {
  return { nodePrefix: 'KSTREAM-AGGREGATE-', materialization: readMaterialized(planner, call.options), value: { lostBy: 'aggregate' } }
}

/** `count` of a grouped stream. */
export function planCount(group: PlannedGroup, call: AggregateCall): PlannedTable {
  return planAggregation(group, call, {
    ...countPlan(group.stream, call, true),
    factory: (store, sendOldValues) =>
      streamAggregateOperator({ initializer: () => 0, aggregator: (_key, _value, n) => (n as number) + 1, store, sendOldValues }),
  })
}

/** `reduce` of a grouped stream. */
export function planReduce(
  group: PlannedGroup,
  reducer: (aggregate: unknown, value: unknown) => unknown,
  call: AggregateCall,
): PlannedTable {
  return planAggregation(group, call, {
    ...reducePlan(group.stream, call),
    factory: (store, sendOldValues) => streamReduceOperator({ reducer, store, sendOldValues }),
  })
}

/** The functions of `aggregate`. */
export interface AggregateFunctions {
  readonly initializer: () => unknown
  readonly aggregator: Aggregator
}

/** `aggregate` of a grouped stream. */
export function planAggregate(group: PlannedGroup, functions: AggregateFunctions, call: AggregateCall): PlannedTable {
  return planAggregation(group, call, {
    ...aggregatePlan(group.stream, call),
    factory: (store, sendOldValues) => streamAggregateOperator({ ...functions, store, sendOldValues }),
  })
}

/** An aggregation. In Java's order: store name, node name, then the repartition topic. */
export function planAggregation(group: PlannedGroup, call: AggregateCall, plan: AggregationPlan): PlannedTable {
  const { planner, key: groupKey } = group.stream
  const { materialization, nodePrefix, windows } = plan
  const storeName = materialization.name ?? generateStoreName(planner, nodePrefix, materialization)
  const name = planner.names.nameOr(call.name, nodePrefix)
  const key = serdeOr(materialization.key, groupKey)
  const value = serdeOr(materialization.value, plan.value)
  const state = new AggregateTableState({
    planner,
    materialization,
    storeName,
    key,
    value,
    site: call.site,
    windows,
  })
  const input = planGroupedInput(group, storeName, materialization.name !== null, call.site)
  const node = processorNode({
    name,
    site: call.site,
    factory: () => plan.factory(storeName, state.sendsOldValues),
    stores: () => [state.store],
    graceMs: windows?.graceMs ?? null,
  })
  planner.graph.add([input.node], node)
  const tableKey = windows === undefined ? key : windows.tableKey(key)
  return { planner, node, key: tableKey, value, sources: input.sources, queryableName: materialization.name, state }
}
