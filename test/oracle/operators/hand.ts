import type { Topology, TopologyNode } from 'millrace'
import { extractors, functionOf, partitioners, topicChoices } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { nullableSerde, serdeOfName } from '../serdes.ts'
import { present, streamSerdes } from '../materialized.ts'
import { processors } from '../processors/registry.ts'
import { storesOf } from './processors.ts'
import { topicsOf } from './sources.ts'

// The Processor API. Nodes are added when the DSL has built its part, in the order of the scenario; the id of a node is its name.

/** Topologies by hand: `addSource`, `addProcessor`, `addSink`, `addStateStore`, `connectProcessorAndStateStores`. */
export const handOperators: Area = {
  topology: {
    addSource: (call) => {
      const { id, o } = call
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const options = {
        ...present('timestampExtractor', o.has('extractor') ? functionOf(o, 'extractor', extractors, 'extractor') : undefined),
        ...present('offsetReset', o.oneOf('offsetReset', ['earliest', 'latest', 'none'])),
        ...streamSerdes(key, value),
      }
      const topic = topicsOf(o)
      return lateNode(call, { key, value }, (topology) => topology.addSource(id, topic, options))
    },
    addProcessor: (call) => {
      const { id, o } = call
      const parents = o.texts('parents')
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const supplier: Any = functionOf(o, 'processor', processors, 'processor')
      o.has('connected')
      const options: Any = { key: nullableSerde(key), value: nullableSerde(value), ...storesOf(call) }
      return lateNode(call, { key, value }, (topology) =>
        topology.addProcessor(id, supplier, { ...options, parents: nodesOf(call, parents) }),
      )
    },
    addSink: (call) => {
      const { id, o, plan } = call
      const parents = o.texts('parents')
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const options: Any = {
        key: serdeOfName(key),
        value: serdeOfName(value),
        ...present('partitioner', o.has('partitioner') ? functionOf(o, 'partitioner', partitioners, 'partitioner') : undefined),
      }
      const topic: Any = o.has('topic') ? o.text('topic') : functionOf(o, 'topicChoice', topicChoices, 'topic choice')
      plan.later((topology) => topology.addSink(id, topic, { ...options, parents: nodesOf(call, parents) }))
      return undefined
    },
    addStateStore: (call) => {
      const { o, plan } = call
      const { spec } = plan.store(o.text('store'))
      const ids = o.texts('processors')
      plan.later((topology) => void topology.addStateStore(spec, ...nodesOf(call, ids)))
      return undefined
    },
    connectProcessorAndStateStores: (call) => {
      const { o, plan } = call
      const processor = o.text('processor')
      const specs = o.texts('stores').map((id) => plan.store(id).spec)
      plan.later((topology) => void topology.connectProcessorAndStateStores(nodesOf(call, [processor])[0]!, ...specs))
      return undefined
    },
  },
}

type Node = TopologyNode<unknown, unknown>

/** A flow whose node is there when the topology is built. */
function lateNode({ plan }: OperatorCall, types: { key: string; value: string }, add: (topology: Topology) => Any): Flow {
  const late: { node: Node | null } = { node: null }
  plan.later((topology) => {
    late.node = add(topology)
  })
  return { kind: 'node', node: late, ...types }
}

function nodesOf({ plan }: OperatorCall, ids: readonly string[]): Node[] {
  return ids.map((id) => {
    const { node } = plan.flow(id, 'node').node as { node: Node | null }
    // A node that is added later, or that could not be added.
    return node ?? ({ name: id } as Node)
  })
}
