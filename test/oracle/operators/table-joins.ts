import { functionOf, joiners, serdeOfJoined } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { nameOf, storeOptions, tableOptions } from '../materialized.ts'
import { transformers } from '../processors/transformers.ts'
import { serdeOfName } from '../serdes.ts'
import { storesOf } from './processors.ts'

/** Joins of tables by their keys, and `transformValues`. */
export const tableJoinOperators: Area = {
  table: {
    join: (call) => joined(call, 'join'),
    leftJoin: (call) => joined(call, 'leftJoin'),
    outerJoin: (call) => joined(call, 'outerJoin'),
    transformValues: (call) => {
      const { o, from } = call
      const supplier = functionOf(o, 'transformer', transformers, 'transformer')
      const given = storeOptions(call)
      const isMaterialized = Object.keys(given).length > 0 || o.has('key') || o.has('value')
      // The serde of the values alone, which ours must have, is no Materialized.
      const serdes = {
        value: serdeOfName(o.text('value', 'string')),
        ...(isMaterialized ? { key: serdeOfName(o.text('key', from.key)) } : {}),
      }
      const node = from.node.transformValues(supplier, { ...nameOf(o), ...given, ...serdes, ...storesOf(call) })
      return { kind: 'table', node, key: from.key, value: 'string' }
    },
  },
}

function joined(call: OperatorCall, method: 'join' | 'leftJoin' | 'outerJoin'): Flow {
  const { plan, o, from } = call
  const other = plan.flow(o.text('with'), 'table')
  const name = o.text('joiner')
  const joiner = functionOf(o, 'joiner', joiners, 'joiner')
  const node: Any = from.node[method](other.node, (left: Any, right: Any) => joiner(left, right), tableOptions(call))
  return { kind: 'table', node, key: from.key, value: serdeOfJoined(name, from.value, other.value) }
}
