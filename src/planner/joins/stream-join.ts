import type { JoinWindows } from '../../model/join-windows.ts'
import { joinWindowOperator } from '../../operators/joins/join-window-operator.ts'
import { selfJoinOperator } from '../../operators/joins/self-join-operator.ts'
import { streamJoinOperator } from '../../operators/joins/stream-join-operator.ts'
import type { StreamJoiner } from '../../operators/joins/stream-joiner.ts'
import { WaitingRecordsOfTasks } from '../../operators/joins/waiting-records.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { OperatorSupplier } from '../../state/dsl-store-suppliers.ts'
import type { StoreOptions } from '../../state/store-spec.ts'
import { checkName } from '../../topology/check-name.ts'
import { mergeSerdes, serdeOr } from '../../topology/travelling-serde.ts'
import { type ProcessorLogicalNode, processorNode } from '../nodes/processor-node.ts'
import { streamJoinNode } from '../nodes/stream-join-node.ts'
import type { DslCall, PlannedStream } from '../planned-stream.ts'
import { copartitionedSources } from './copartition.ts'
import { repartitionedForJoin } from './join-repartition.ts'
import { decideJoinStores, type JoinStoreChoice, type JoinStores } from './stream-join-stores.ts'

/** Which records without a partner give results: none, those of the left side, those of both. */
export type StreamJoinType = 'inner' | 'left' | 'outer'

/** A join of two streams. */
export interface StreamJoinCall extends DslCall, Pick<StoreOptions<OperatorSupplier>, 'logging' | 'supplier' | 'engine'> {
  readonly type: StreamJoinType
  readonly joiner: StreamJoiner
  readonly windows: JoinWindows
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
  readonly otherValue: Serde<unknown> | undefined
  readonly store: JoinStoreChoice | undefined
}

/**
 * `join`, `leftJoin` and `outerJoin` of streams. In Java's order: repartition topics, the nodes that keep records, those that join, the one
 * that merges (P§2.9). Throws `TopologyError` `SERDE_MISSING`, `NAME_INVALID`, `STORE_OPTION`.
 */
export function planStreamJoin(leftStream: PlannedStream, rightStream: PlannedStream, call: StreamJoinCall): PlannedStream {
  const { planner } = leftStream
  const { name, site, key } = call
  if (name !== undefined) checkName(name, 'a join')
  const left = repartitionedForJoin(leftStream, { key, value: call.value, name: name === undefined ? name : `${name}-left`, site })
  const right = repartitionedForJoin(rightStream, { key, value: call.otherValue, name: name === undefined ? name : `${name}-right`, site })
  const sources = copartitionedSources(planner, left, right)
  const names = nodeNames(left, call)
  const stores = decideJoinStores({
    planner,
    windows: call.windows,
    choice: call.store,
    options: { logging: call.logging, supplier: call.supplier, engine: call.engine },
    key: serdeOr(key, left.key),
    leftValue: serdeOr(call.value, left.value),
    rightValue: serdeOr(call.otherValue, right.value),
    site,
    names: storeNames(names, call),
  })
  const leftWindow = keepingNode(names.leftWindow, stores.left, site)
  planner.graph.add([left.node], leftWindow)
  const rightWindow = keepingNode(names.rightWindow, stores.right, site)
  planner.graph.add([right.node], rightWindow)
  const node = streamJoinNode({ name: names.merge, site, leftWindow, rightWindow, ...processorsOf(names, stores, call) })
  planner.graph.add([left.node, right.node], node)
  return {
    planner,
    node,
    key: serdeOr(key, mergeSerdes(left.key, right.key, node.name)),
    value: { lostBy: node.name },
    sources,
    repartitionRequired: false,
  }
}

/** Names of the nodes of a join. The generated ones are burned where others are given, and the stores are named after them in any case. */
interface JoinNodeNames {
  readonly leftWindow: string
  readonly rightWindow: string
  readonly leftGenerated: string
  readonly rightGenerated: string
  readonly left: string
  readonly right: string
  readonly merge: string
}

// The processor of a side is named after the other side's join type, as in Java: an outer join gives the left side results, too.
const leftSuffix = (type: StreamJoinType): string => (type === 'outer' ? '-outer-this-join' : '-this-join')
const rightSuffix = (type: StreamJoinType): string => (type === 'inner' ? '-other-join' : '-outer-other-join')
const leftPrefix = (type: StreamJoinType): string => (type === 'outer' ? 'KSTREAM-OUTERTHIS-' : 'KSTREAM-JOINTHIS-')
const rightPrefix = (type: StreamJoinType): string => (type === 'inner' ? 'KSTREAM-JOINOTHER-' : 'KSTREAM-OUTEROTHER-')

function nodeNames({ planner }: PlannedStream, { name, type }: StreamJoinCall): JoinNodeNames {
  const { names } = planner
  const leftWindow = names.suffixedOr(name, '-this-windowed', 'KSTREAM-WINDOWED-')
  const rightWindow = names.suffixedOr(name, '-other-windowed', 'KSTREAM-WINDOWED-')
  const leftGenerated = names.generate(leftPrefix(type))
  const rightGenerated = names.generate(rightPrefix(type))
  return {
    leftWindow,
    rightWindow,
    leftGenerated,
    rightGenerated,
    left: name === undefined ? leftGenerated : `${name}${leftSuffix(type)}`,
    right: name === undefined ? rightGenerated : `${name}${rightSuffix(type)}`,
    merge: names.suffixedOr(name, '-merge', 'KSTREAM-MERGE-'),
  }
}

function storeNames(
  { leftGenerated, rightGenerated }: JoinNodeNames,
  { type }: StreamJoinCall,
): Parameters<typeof decideJoinStores>[0]['names'] {
  const number = leftGenerated.slice(leftPrefix(type).length)
  const sharedSuffix = type === 'outer' ? '-outer-shared-join' : '-left-shared-join'
  return {
    left: { suffix: leftSuffix(type), generated: leftGenerated },
    right: { suffix: rightSuffix(type), generated: rightGenerated },
    shared: type === 'inner' ? null : { suffix: sharedSuffix, generated: `KSTREAM-OUTERSHARED-${number}` },
  }
}

function keepingNode(name: string, store: StoreDefinition, site: string | null): ProcessorLogicalNode {
  return processorNode({ name, site, factory: () => joinWindowOperator(store.name), stores: () => [store] })
}

function processorsOf(
  names: JoinNodeNames,
  { left, right, shared }: JoinStores,
  { joiner, windows, type }: StreamJoinCall,
): Pick<Parameters<typeof streamJoinNode>[0], 'left' | 'right' | 'self' | 'takesNullKeys'> {
  const sharedStores = shared === null ? [] : [shared]
  const waiting = shared === null ? null : new WaitingRecordsOfTasks(shared.name, windows)
  const common = { joiner, windows, waiting }
  return {
    left: {
      name: names.left,
      factory: () => streamJoinOperator({ ...common, isLeft: true, otherStore: right.name, isOuter: type !== 'inner' }),
      stores: [right, ...sharedStores],
    },
    right: {
      name: names.right,
      factory: () => streamJoinOperator({ ...common, isLeft: false, otherStore: left.name, isOuter: type === 'outer' }),
      stores: [left, ...sharedStores],
    },
    self: { factory: () => selfJoinOperator({ joiner, windows, store: left.name }), stores: [left] },
    takesNullKeys: type !== 'inner',
  }
}
