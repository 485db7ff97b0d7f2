import { foreignKeys, functionOf, joiners, partitioners, serdeOfJoined } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { present, tableOptions } from '../materialized.ts'

/** Joins of tables by foreign key. */
export const foreignKeyOperators: Area = {
  table: {
    foreignKeyJoin: (call) => joined(call, 'join'),
    foreignKeyLeftJoin: (call) => joined(call, 'leftJoin'),
  },
}

function joined(call: OperatorCall, method: 'join' | 'leftJoin'): Flow {
  const { plan, o, from } = call
  const other = plan.flow(o.text('with'), 'table')
  const foreignKey = functionOf(o, 'foreignKey', foreignKeys, 'foreign key')
  // Java has functions of the value alone, and of key and value; ours have the value first.
  o.maybe('withKey', 'boolean')
  const name = o.text('joiner')
  const joiner = functionOf(o, 'joiner', joiners, 'joiner')
  const options = {
    ...tableOptions(call),
    ...present('partitioner', partitionerOf(call, 'partitioner')),
    ...present('otherPartitioner', partitionerOf(call, 'otherPartitioner')),
  }
  const node = from.node[method](other.node, (v: Any, k: Any) => foreignKey(k, v), joiner, options)
  return { kind: 'table', node, key: from.key, value: serdeOfJoined(name, from.value, other.value) }
}

function partitionerOf({ o }: OperatorCall, option: string): Any {
  return o.has(option) ? functionOf(o, option, partitioners, 'partitioner') : undefined
}
