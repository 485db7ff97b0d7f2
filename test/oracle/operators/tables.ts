import { functionOf, mappers, predicates, serdeOf } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { nameOf, plainSerdes, tableOptions } from '../materialized.ts'
import { serdeOfName } from '../serdes.ts'

/** Operators on tables, those of windows included. */
export const tableOperators: Area = {
  table: {
    filter: (call) => filtered(call, 'filter'),
    filterNot: (call) => filtered(call, 'filterNot'),
    mapValues: (call) => {
      const { o, from } = call
      const name = o.text('valueMapper')
      const mapper = functionOf(o, 'valueMapper', mappers, 'mapper')
      // Java has functions of the value alone, and of key and value; ours have the key last.
      o.maybe('withKey', 'boolean')
      const node = from.node.mapValues((y: Any, x: Any) => mapper(x, y), tableOptions(call))
      return { kind: 'table', node, key: from.key, value: serdeOf(name, from.key, from.value) }
    },
    toStream: ({ o, from }) => {
      if (!o.has('keyMapper')) return { ...from, kind: 'stream', node: from.node.toStream(nameOf(o)) }
      const key = serdeOf(o.text('keyMapper'), from.key, from.value)
      const node = from.node.toStream(functionOf(o, 'keyMapper', mappers, 'mapper'), { ...nameOf(o), key: serdeOfName(key) })
      return { kind: 'stream', node, key, value: from.value }
    },
    groupBy: ({ o, from }) => {
      const [keyName, valueName] = [o.text('keyMapper'), o.text('valueMapper')]
      const [k, v] = [functionOf(o, 'keyMapper', mappers, 'mapper'), functionOf(o, 'valueMapper', mappers, 'mapper')]
      const [key, value] = [serdeOf(keyName, from.key, from.value), serdeOf(valueName, from.key, from.value)]
      const node = from.node.groupBy((x: Any, y: Any) => [k(x, y), v(x, y)], { ...nameOf(o), ...plainSerdes(key, value) })
      return { kind: 'grouped table', node, key, value }
    },
  },
}

function filtered(call: OperatorCall, op: 'filter' | 'filterNot'): Flow {
  const { o, from } = call
  const predicate = functionOf(o, 'predicate', predicates, 'predicate')
  return { ...from, kind: 'table', node: from.node[op](predicate, tableOptions(call)) }
}
