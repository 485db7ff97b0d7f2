import type { ProcessorWrapper } from '../processor/processor-wrapper.ts'
import { TopologyError } from '../base/errors.ts'
import { Topology } from '../topology/topology.ts'
import { TopologyBuilder } from '../topology/topology-builder.ts'
import type { LogicalGraph } from './logical-graph.ts'
import type { LogicalNode } from './logical-node.ts'
import { mergeRepartitionTopics } from './optimize/merge-repartition-topics.ts'
import { nodesKeepingNullKeys } from './optimize/null-keys.ts'
import { mergeSources } from './optimize/merge-sources.ts'
import { rewriteSelfJoins } from './optimize/self-joins.ts'
import { connectProcessor, writeProcessor } from './nodes/processor-node.ts'
import { writeRepartition } from './nodes/repartition-node.ts'
import { writeSink } from './nodes/sink-node.ts'
import { writeStateStore } from './nodes/state-store-node.ts'
import { writeStreamJoin } from './nodes/stream-join-node.ts'
import { writeStreamSource } from './nodes/stream-source-node.ts'
import { writeGlobalStore } from './nodes/global-store-node.ts'
import { writeInternalTopic } from './nodes/internal-topic-node.ts'
import { writeTableJoin } from './nodes/table-join-node.ts'
import { writeTableSource } from './nodes/table-source-node.ts'
import type { Planner } from './planner.ts'

/** What may be rewritten (P§1.7). */
export interface BuildOptions {
  /** `reuse.ktable.source.topics`. */
  readonly reuseSourceTopics: boolean
  /** `merge.repartition.topics`. */
  readonly mergeRepartitionTopics: boolean
  /** `single.store.self.join`. */
  readonly singleStoreSelfJoin: boolean
  /** `ensure.explicit.internal.resource.naming`. */
  readonly requireNames: boolean
  /** `processor.wrapper.class`; `null`: none. */
  readonly processorWrapper: ProcessorWrapper | null
}

/** Writes what was planned to a new topology. The plan stays as it is and may go on. Throws `TopologyError`. */
export function buildTopology(planner: Planner, options: BuildOptions): Topology {
  const graph = planner.graph.copy()
  mergeSources(graph)
  const replaced = options.mergeRepartitionTopics ? mergeRepartitionTopics(graph) : new Map<string, string>()
  const selfJoins = options.singleStoreSelfJoin ? rewriteSelfJoins(graph) : new Set<LogicalNode>()
  const { processorWrapper: wrapper } = options
  const builder = new TopologyBuilder(wrapper === null ? null : { wrapper, stores: planner.stores })
  const keepingNullKeys = nodesKeepingNullKeys(graph)
  for (const node of graph.inWriteOrder()) writeNode(node, { graph, builder, options, keepingNullKeys, selfJoins })
  for (const node of graph.nodes) if (node.kind === 'processor') connectProcessor(node, builder)
  for (const sources of planner.copartitioned) builder.addCopartition(Array.from(sources, (source) => replaced.get(source) ?? source))
  builder.validateCopartition()
  if (options.requireNames) checkNames(planner)
  const { changelogs, stores, repartitionTopics } = planner.generated
  builder.noteGeneratedNames({ changelogs: [...changelogs], stores: [...stores], repartitionTopics: [...repartitionTopics] })
  return Topology.of(builder)
}

interface Writing {
  readonly graph: LogicalGraph
  readonly builder: TopologyBuilder
  readonly options: BuildOptions
  readonly keepingNullKeys: ReadonlySet<LogicalNode>
  readonly selfJoins: ReadonlySet<LogicalNode>
}

function writeNode(node: LogicalNode, { graph, builder, options, keepingNullKeys, selfJoins }: Writing): void {
  const parents = graph.parentsOf(node).map(({ name }) => name)
  switch (node.kind) {
    case 'stream-source':
      return writeStreamSource(node, builder)
    case 'table-source':
      return writeTableSource(node, options.reuseSourceTopics, builder)
    case 'global-store':
      return writeGlobalStore(node, builder)
    case 'table-join':
      return writeTableJoin(node, builder)
    case 'processor':
      return writeProcessor(node, parents, builder)
    case 'stream-join':
      return writeStreamJoin(node, selfJoins.has(node), builder)
    case 'repartition':
      return writeRepartition(node, { parents, keepsNullKeys: keepingNullKeys.has(node) }, builder)
    case 'internal-topic':
      return writeInternalTopic(node, parents, builder)
    case 'sink':
      return writeSink(node, parents, builder)
    case 'state-store':
      return writeStateStore(node, builder)
  }
}

function checkNames({ generated }: Planner): void {
  const problems = [
    ['changelog topics', generated.changelogs],
    ['state stores', generated.stores],
    ['repartition topics', generated.repartitionTopics],
  ] as const
  const texts = problems
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => `${what} ${names.map((name) => `"${name}"`).join(', ')}`)
  if (texts.length === 0) return
  throw new TopologyError(
    'INTERNAL_NAMES_MISSING',
    `Cannot build the topology with explicit names only: generated are the names of ${texts.join('; ')}`,
  )
}
