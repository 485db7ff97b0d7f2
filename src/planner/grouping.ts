import type { Serde } from '../serdes/serde.ts'
import { checkName } from '../topology/check-name.ts'
import { requireSerde, serdeOr } from '../topology/travelling-serde.ts'
import type { LogicalNode } from './logical-node.ts'
import type { RepartitionLogicalNode } from './nodes/repartition-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import { createRepartition } from './repartition.ts'
import { planSelectKey } from './stream-operations.ts'

/** A grouped stream. */
export interface PlannedGroup {
  /** The stream that is grouped, with the serdes of the grouping. */
  readonly stream: PlannedStream
  /** The name that was given to the grouping: that of its repartition topic. */
  readonly name: string | undefined
  /** The repartition topic that named groupings share between their aggregations. */
  readonly shared: { node: RepartitionLogicalNode | null }
}

/** Options of `groupBy` and `groupByKey`. */
export interface GroupCall extends DslCall {
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
}

/** `groupByKey`: makes no node. */
export function planGroupByKey(stream: PlannedStream, call: GroupCall): PlannedGroup {
  if (call.name !== undefined) checkName(call.name, 'a grouping')
  const grouped = {
    ...stream,
    key: serdeOr(call.key, stream.key),
    value: serdeOr(call.value, stream.value),
  }
  return { stream: grouped, name: call.name, shared: { node: null } }
}

/** `groupBy`: selects the key, then groups. */
export function planGroupBy(stream: PlannedStream, selector: (key: unknown, value: unknown) => unknown, call: GroupCall): PlannedGroup {
  return planGroupByKey(planSelectKey(stream, selector, call), call)
}

/** Where an aggregation reads its group: below the stream, or below a repartition topic that is planned here. */
export interface GroupedInput {
  readonly node: LogicalNode
  readonly sources: ReadonlySet<string>
}

/**
 * Plans the repartition topic of an aggregation if the key was changed. `storeName` names it where the grouping has no name; `isStoreNamed`:
 * the user gave that name.
 */
export function planGroupedInput(group: PlannedGroup, storeName: string, isStoreNamed: boolean, site: string | null): GroupedInput {
  const { stream, name, shared } = group
  if (!stream.repartitionRequired) return stream
  // Numbers are burned for every aggregation, also where the topic of the first is used again.
  const created = createGroupRepartition(group, storeName, isStoreNamed, site)
  if (shared.node === null || name === undefined) shared.node = created
  stream.planner.graph.add([stream.node], shared.node)
  return { node: shared.node, sources: new Set([shared.node.name]) }
}

/** Makes the node of the repartition topic of a grouping, as `planGroupedInput` names it. It is not in the graph yet. */
export function createGroupRepartition(
  { stream, name }: PlannedGroup,
  storeName: string,
  isStoreNamed: boolean,
  site: string | null,
): RepartitionLogicalNode {
  const { planner } = stream
  const action = `write repartition topic "${name ?? storeName}"`
  return createRepartition(planner, {
    prefix: name ?? storeName,
    isNamed: name !== undefined || isStoreNamed,
    key: requireSerde(stream.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(stream.value, planner.defaultValueSerde, { side: 'value', action, site }),
    partitioner: null,
    partitions: null,
    isOptimizable: true,
    site,
  })
}
