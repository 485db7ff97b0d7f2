import { assert } from '../../base/assert.ts'
import type { TimestampExtractor } from '../../model/timestamp-extractor.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { fullTopicName, type SourceNode, type SubTopology } from '../../topology/physical-topology.ts'
import type { OpenNode } from './open-node.ts'
import { PartitionGroup } from './input/partition-group.ts'
import { OpenProcessorNode } from './processor-node.ts'
import { RecordQueue } from './input/record-queue.ts'
import { OpenSink } from './sink-node.ts'
import { OpenSource } from './source-node.ts'
import type { TaskScope } from './task-scope.ts'

/** What {@link openTopology} opens. */
export interface OpenTopologyOptions {
  readonly subtopology: SubTopology
  readonly inputs: readonly TopicPartition[]
  readonly scope: TaskScope
  // oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
  readonly defaultTimestampExtractor: TimestampExtractor<any, any>
  readonly maxTaskIdleMs: number
}

/** The nodes and queues of a task that runs. */
export interface OpenTopology {
  readonly group: PartitionGroup
  /** In the order in which they were added to the topology. */
  readonly processors: readonly OpenProcessorNode[]
  /** Adds an input partition: a topic that a pattern matches may appear while the task runs. */
  readonly addInput: (input: TopicPartition) => void
}

/** The source that reads `topic`, if one does. A fixed name goes before a pattern. */
export function sourceOf(subtopology: SubTopology, topic: string, applicationId: string): SourceNode | undefined {
  return (
    subtopology.sources.find(({ topics }) => topics.some((ref) => fullTopicName(ref, applicationId) === topic)) ??
    subtopology.sources.find(({ pattern }) => pattern !== null && new RegExp(`^(?:${pattern.source})$`, pattern.flags).test(topic))
  )
}

/** Makes the nodes of a task anew, connects them, and opens the processors in the order in which they were added. */
export function openTopology(options: OpenTopologyOptions): OpenTopology {
  const { subtopology, inputs, scope } = options
  const nodes = new Map<string, OpenNode>()
  const processors: OpenProcessorNode[] = []
  for (const node of subtopology.processors) {
    const processor = new OpenProcessorNode(node, scope)
    processors.push(processor)
    nodes.set(node.name, processor)
  }
  for (const node of subtopology.sinks) nodes.set(node.name, new OpenSink(node, scope))
  const childrenOf = (names: readonly string[]): readonly OpenNode[] =>
    names.map((name) => {
      const child = nodes.get(name)
      assert(child !== undefined, 'the children of a node are in its sub-topology')
      return child
    })
  subtopology.processors.forEach((node, index) => processors[index]!.connect(childrenOf(node.children)))

  const group = new PartitionGroup(options.maxTaskIdleMs, scope.metrics)
  const addInput = ({ topic, partition }: TopicPartition): void => {
    const node = sourceOf(subtopology, topic, scope.applicationId)
    assert(node !== undefined, 'a task reads topics of its sub-topology')
    const isRepartition = node.topics.some((ref) => ref.internal && fullTopicName(ref, scope.applicationId) === topic)
    const extractor = node.timestampExtractor ?? options.defaultTimestampExtractor
    const source = new OpenSource({ node, topic, extractor, isRepartition }, scope)
    source.connect(childrenOf(node.children))
    if (!scope.inputTopics.includes(topic)) scope.inputTopics.push(topic)
    const consumed = scope.metrics.consumedBy(node.name, topic)
    group.addQueue(new RecordQueue({ topic, partition, input: scope.inputTopics.indexOf(topic) + 1, source, consumed }))
  }
  for (const input of inputs) addInput(input)
  return { group, processors, addInput }
}
