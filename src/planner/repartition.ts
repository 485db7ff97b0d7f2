import type { Serde } from '../serdes/serde.ts'
import type { SinkNode } from '../topology/physical-topology.ts'
import { checkName } from '../topology/check-name.ts'
import { requireSerde } from '../topology/travelling-serde.ts'
import { type RepartitionLogicalNode, repartitionNode } from './nodes/repartition-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import type { Planner } from './planner.ts'

const suffix = '-repartition'
/** Prefixes that were generated: then the nodes are numbered too, else they are named after the topic. */
const generatedPrefix = /^KSTREAM.*-[0-9]{10}$/

/** A repartition topic to plan. */
export interface RepartitionPlan {
  /** The name of the topic without application id and `-repartition`. */
  readonly prefix: string
  /** Whether the user gave that name. */
  readonly isNamed: boolean
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly partitioner: SinkNode['partitioner']
  readonly partitions: number | null
  readonly isOptimizable: boolean
  readonly site: string | null
}

/** Makes the node of a repartition topic; three numbers are burned in any case, in the order sink, filter, source (P§2.1). */
export function createRepartition(planner: Planner, plan: RepartitionPlan): RepartitionLogicalNode {
  const topic = plan.prefix.endsWith(suffix) ? plan.prefix : `${plan.prefix}${suffix}`
  if (!plan.isNamed) planner.generated.repartitionTopics.push(topic)
  const sinkName = planner.names.generate('KSTREAM-SINK-')
  const filterName = planner.names.generate('KSTREAM-FILTER-')
  const sourceName = planner.names.generate('KSTREAM-SOURCE-')
  const isGenerated = generatedPrefix.test(plan.prefix)
  return repartitionNode({
    name: isGenerated ? sourceName : `${topic}-source`,
    filterName: isGenerated ? filterName : `${topic}-filter`,
    sinkName: isGenerated ? sinkName : `${topic}-sink`,
    topic,
    key: plan.key,
    value: plan.value,
    partitioner: plan.partitioner,
    partitions: plan.partitions,
    isOptimizable: plan.isOptimizable,
    site: plan.site,
  })
}

/** Options of `repartition`. */
export interface RepartitionCall extends DslCall {
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
  readonly partitions?: number | undefined
  readonly partitioner?: SinkNode['partitioner'] | undefined
}

/** `repartition`. A given name burns no number for itself. Throws `SERDE_MISSING`, `NAME_INVALID`, and `RangeError` for a number of partitions below 1. */
export function planRepartition(stream: PlannedStream, call: RepartitionCall): PlannedStream {
  const { planner } = stream
  const { partitions = null, partitioner = null, site } = call
  if (partitions !== null && !(Number.isSafeInteger(partitions) && partitions > 0)) {
    throw new RangeError(`Cannot repartition into ${partitions} partitions: a whole number above 0 is required`)
  }
  if (call.name !== undefined) checkName(call.name, 'a repartition topic')
  const prefix = call.name ?? planner.names.generate('KSTREAM-REPARTITION-')
  const action = `write repartition topic "${prefix}"`
  const key = call.key ?? requireSerde(stream.key, planner.defaultKeySerde, { side: 'key', action, site })
  const value = call.value ?? requireSerde(stream.value, planner.defaultValueSerde, { side: 'value', action, site })
  const isNamed = call.name !== undefined
  const node = createRepartition(planner, { prefix, isNamed, key, value, partitioner, partitions, isOptimizable: false, site })
  planner.graph.add([stream.node], node)
  return { planner, node, key: { serde: key }, value: { serde: value }, sources: new Set([node.name]), repartitionRequired: false }
}
