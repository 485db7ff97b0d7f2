import { topic } from 'millrace'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { functionOf, mappers } from '../functions.ts'
import { nameOf, plainSerdes, storeOptions } from '../materialized.ts'
import { processors } from '../processors/registry.ts'
import { serdeOfName } from '../serdes.ts'
import { consumed, consumedAlways } from './sources.ts'
import { joinerOf } from './stream-joins.ts'

/** Global tables and stores, stores that are restored from their topic, and joins with global tables. */
export const globalTableOperators: Area = {
  topology: {
    globalTable: (call) => {
      const { o, plan } = call
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const options = { ...consumed(o), ...plainSerdes(key, value), ...storeOptions(call) }
      return { kind: 'global table', node: plan.builder.globalTable(o.text('topic'), options), key, value } as Flow
    },
    globalStore: (call) => {
      const { o, plan } = call
      const { read, spec, supplier } = fed(call)
      plan.builder.addGlobalStore(read, supplier, { ...consumedAlways(o), stores: { store: spec } })
      return undefined
    },
    laterGlobalStore: (call) => later(call, 'addGlobalStore'),
    readOnlyStore: (call) => later(call, 'addReadOnlyStateStore'),
  },
  stream: {
    joinGlobal: (call) => joined(call, 'join'),
    leftJoinGlobal: (call) => joined(call, 'leftJoin'),
  },
}

/** `topic`, `key`, `value`; `store`, the id of a described one; `processor`. */
function fed({ o, plan }: OperatorCall): { read: Any; spec: Any; supplier: Any } {
  const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
  const { spec } = plan.store(o.text('store'))
  // Stores that are fed by a processor never check for absent keys and values.
  return {
    read: topic(o.text('topic'), { key: serdeOfName(key), value: serdeOfName(value) }) as Any,
    spec,
    supplier: functionOf(o, 'processor', processors, 'processor'),
  }
}

/** Added to the finished topology, as no builder has it: `source` and `name` are names of nodes. */
function later(call: OperatorCall, method: 'addGlobalStore' | 'addReadOnlyStateStore'): undefined {
  const { o, plan } = call
  const { read, spec, supplier } = fed(call)
  const { name = 'keeper', timestampExtractor } = consumedAlways(o)
  const extractor = timestampExtractor === undefined ? {} : { timestampExtractor }
  const source = o.text('source', `${name}-source`)
  plan.later((topology) => void topology[method](name, read, supplier, { ...extractor, source, stores: { store: spec } }))
}

function joined({ o, from, plan }: OperatorCall, method: 'join' | 'leftJoin'): Flow {
  const table = plan.flow(o.text('with'), 'global table')
  const selector = functionOf(o, 'keyMapper', mappers, 'mapper')
  const [joiner, value] = joinerOf(o, from, table)
  const node = from.node[method](table.node, selector, joiner, ...(o.has('name') ? [nameOf(o)] : []))
  return { kind: 'stream', node, key: from.key, value }
}
