import { passThroughOperator } from '../operators/pass-through-operator.ts'
import { streamAggregateOperator } from '../operators/stream-aggregate-operator.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import type { Serde } from '../serdes/serde.ts'
import { serdeOr, serdeOrLost } from '../topology/travelling-serde.ts'
import type { AggregateCall, AggregateFunctions, WindowsPlan } from './aggregation.ts'
import { createGroupRepartition, type GroupedInput, type PlannedGroup } from './grouping.ts'
import { type Materialization, readMaterialized } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import { AggregateTableState, type PlannedTable } from './planned-table.ts'
import type { Planner } from './planner.ts'
import { generateStoreName } from './store-names.ts'
import { type AnyWindows, planWindows, windowKind } from './windows/window-plan.ts'

type Aggregator = AggregateFunctions['aggregator']

/** Grouped streams that are aggregated together. As in Java, `cogroup` adds to it, and what was made of it before sees the addition. */
export interface PlannedCogroup {
  /** In the order of adding; a stream that is added again gets another aggregator. */
  readonly aggregators: Map<PlannedGroup, Aggregator>
  /** Where the streams are read from since the first aggregation: later ones share their repartition topics. */
  readonly inputs: Map<PlannedGroup, GroupedInput>
  /** The serde of the aggregates, where one was given to `cogroup`. */
  readonly value: Serde<unknown> | undefined
}

/** What a node of an aggregation of several streams is made of. */
export interface CogroupNodeParameters extends AggregateFunctions {
  readonly store: string
  readonly sendOldValues: boolean
}

/** What the aggregations of several streams differ in. */
export interface CogroupPlan {
  readonly initializer: () => unknown
  readonly materialization: Materialization
  readonly operator: (parameters: CogroupNodeParameters) => ProcessorFactory
  /** Of windows. */
  readonly windows?: WindowsPlan | undefined
}

const AGGREGATE_PREFIX = 'COGROUPKSTREAM-AGGREGATE-'

/** `cogroup` of a first stream. */
export function planCogroup(group: PlannedGroup, aggregator: Aggregator, value: Serde<unknown> | undefined): PlannedCogroup {
  return { aggregators: new Map([[group, aggregator]]), inputs: new Map(), value }
}

/** `aggregate` of several streams. */
export function planCogroupAggregate(cogroup: PlannedCogroup, initializer: () => unknown, call: AggregateCall): PlannedTable {
  const materialization = readMaterialized(firstOf(cogroup).stream.planner, call.options)
  return planCogroupTable(cogroup, call, { initializer, materialization, operator: streamAggregateOperator })
}

/** `aggregate` of windows of several streams. Results come with each update: there is no other strategy, as in Java. */
export function planWindowedCogroup(
  cogroup: PlannedCogroup,
  windows: AnyWindows,
  initializer: () => unknown,
  call: AggregateCall,
): PlannedTable {
  const { planner } = firstOf(cogroup).stream
  const materialization = readMaterialized(planner, call.options)
  const { operator } = windowKind(windows)
  return planCogroupTable(cogroup, call, {
    initializer,
    materialization,
    operator: (parameters) => operator({ ...parameters, sharesStore: true }),
    windows: planWindows({ planner, windows, emitStrategy: 'on-window-update', materialization, options: call.options }),
  })
}

/**
 * An aggregation of several streams into one store (P§2.6). In Java's order: the name of the store, the repartition topics, a node for each
 * stream, the node that puts them together.
 */
export function planCogroupTable(cogroup: PlannedCogroup, call: AggregateCall, plan: CogroupPlan): PlannedTable {
  const { planner, key: groupKey } = firstOf(cogroup).stream
  const { materialization, windows, initializer } = plan
  const storeName = materialization.name ?? generateStoreName(planner, AGGREGATE_PREFIX, materialization)
  const key = serdeOr(materialization.key, groupKey)
  const value = serdeOrLost(materialization.value ?? cogroup.value, 'cogroup')
  const state = new AggregateTableState({
    planner,
    materialization,
    storeName,
    key,
    value,
    site: call.site,
    windows,
  })
  const sources = planInputs(cogroup, storeName, materialization.name !== null, call.site)
  const nodes = [...cogroup.aggregators].map(([group, aggregator], index) => {
    const node = processorNode({
      name: planner.names.suffixedOr(call.name, `-cogroup-agg-${index}`, AGGREGATE_PREFIX),
      site: call.site,
      factory: () => plan.operator({ initializer, aggregator, store: storeName, sendOldValues: state.sendsOldValues }),
      stores: () => [state.store],
      graceMs: windows?.graceMs ?? null,
    })
    planner.graph.add([cogroup.inputs.get(group)!.node], node)
    return node
  })
  const name = planner.names.suffixedOr(call.name, '-cogroup-merge', 'COGROUPKSTREAM-MERGE-')
  const merge = processorNode({ name, site: call.site, factory: passThroughOperator })
  planner.graph.add(nodes, merge)
  const tableKey = windows === undefined ? key : windows.tableKey(key)
  return { planner, node: merge, key: tableKey, value, sources, queryableName: materialization.name, state }
}

/** Plans the repartition topics of the streams that need one. Returns the sources of all, which must have equally many partitions. */
function planInputs(cogroup: PlannedCogroup, storeName: string, isStoreNamed: boolean, site: string | null): ReadonlySet<string> {
  const { planner } = firstOf(cogroup).stream
  for (const group of cogroup.aggregators.keys()) {
    const { stream } = group
    if (!stream.repartitionRequired) {
      cogroup.inputs.set(group, stream)
      continue
    }
    // Numbers are burned for every aggregation, also where the topic of the first is used again.
    const node = createGroupRepartition(group, storeName, isStoreNamed, site)
    if (cogroup.inputs.has(group)) continue
    planner.graph.add([stream.node], node)
    cogroup.inputs.set(group, { node, sources: new Set([node.name]) })
  }
  const sources = new Set([...cogroup.inputs.values()].flatMap((input) => [...input.sources]))
  planner.copartitioned.push(sources)
  return sources
}

/** The planner of the streams. */
export function plannerOf(cogroup: PlannedCogroup): Planner {
  return firstOf(cogroup).stream.planner
}

function firstOf(cogroup: PlannedCogroup): PlannedGroup {
  // There is one: `planCogroup` puts it there, and none is taken away.
  return cogroup.aggregators.keys().next().value!
}
