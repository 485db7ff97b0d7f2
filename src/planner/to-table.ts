import { tableSourceOperator } from '../operators/table-source-operator.ts'
import { requireSerde, serdeOr } from '../topology/travelling-serde.ts'
import type { AggregateCall } from './aggregation.ts'
import { readMaterialized } from './materialization.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { PlannedStream } from './planned-stream.ts'
import { type PlannedTable, SourceTableState } from './planned-table.ts'
import { createRepartition } from './repartition.ts'
import { generateStoreName } from './store-names.ts'

/** `toTable`. In Java's order: node, store name, then the repartition topic, which is named after the node. */
export function planToTable(stream: PlannedStream, call: AggregateCall): PlannedTable {
  const { planner } = stream
  const { site } = call
  const prefix = 'KSTREAM-TOTABLE-'
  const materialization = readMaterialized(planner, call.options)
  const name = planner.names.nameOr(call.name, prefix)
  const storeName = materialization.name ?? generateStoreName(planner, prefix, materialization)
  const key = serdeOr(materialization.key, stream.key)
  const value = serdeOr(materialization.value, stream.value)
  const keyed = stream.repartitionRequired ? repartitioned({ ...stream, key, value }, name, call) : stream
  const state = new SourceTableState({ planner, materialization, storeName, key, value, site })
  const node = processorNode({
    name,
    site,
    factory: () => tableSourceOperator({ store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    stores: () => (state.store === null ? [] : [state.store]),
  })
  planner.graph.add([keyed.node], node)
  return { planner, node, key, value, sources: keyed.sources, queryableName: materialization.name, state }
}

function repartitioned(stream: PlannedStream, name: string, { name: given, site }: AggregateCall): Pick<PlannedStream, 'node' | 'sources'> {
  const { planner } = stream
  const action = `write repartition topic "${name}"`
  const node = createRepartition(planner, {
    prefix: name,
    isNamed: given !== undefined,
    key: requireSerde(stream.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(stream.value, planner.defaultValueSerde, { side: 'value', action, site }),
    partitioner: null,
    partitions: null,
    isOptimizable: true,
    site,
  })
  planner.graph.add([stream.node], node)
  return { node, sources: new Set([node.name]) }
}
