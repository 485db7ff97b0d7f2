import type { Area, Flow, OperatorCall } from '../flow.ts'
import { nameOf, present } from '../materialized.ts'
import { serdeOfName } from '../serdes.ts'
import { joinerOf } from './stream-joins.ts'

/** Joins of a stream with a table. */
export const streamTableJoinOperators: Area = {
  stream: {
    joinTable: (call) => joined(call, 'join'),
    leftJoinTable: (call) => joined(call, 'leftJoin'),
  },
}

function joined(call: OperatorCall, method: 'join' | 'leftJoin'): Flow {
  const { plan, o, from } = call
  const table = plan.flow(o.text('with'), 'table')
  const [joiner, made] = joinerOf(o, from, table)
  const serde = (name: string): object => {
    const given = o.maybe(name, 'string')
    return present(name, given === undefined ? undefined : serdeOfName(given))
  }
  const options = {
    ...nameOf(o),
    ...serde('key'),
    ...serde('value'),
    ...serde('otherValue'),
    ...present('grace', o.maybe('grace', 'number')),
  }
  const given = Object.keys(options).length === 0 ? [] : [options]
  return { kind: 'stream', node: from.node[method](table.node, joiner, ...given), key: from.key, value: made }
}
