import { joinWindows } from 'millrace'
import { functionOf, joiners, joinersWithKey, serdeOfJoined } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { loggingOf, nameOf, plainSerdes, present, supplierOf } from '../materialized.ts'
import type { Options } from '../options.ts'
import { serdeOfName } from '../serdes.ts'

/** Joins of two streams. */
export const streamJoinOperators: Area = {
  stream: {
    joinStream: (call) => joined(call, 'join'),
    leftJoinStream: (call) => joined(call, 'leftJoin'),
    outerJoinStream: (call) => joined(call, 'outerJoin'),
  },
}

function joined(call: OperatorCall, method: 'join' | 'leftJoin' | 'outerJoin'): Flow {
  const { plan, o, from } = call
  const other = plan.flow(o.text('with'), 'stream')
  const [joiner, made] = joinerOf(o, from, other)
  const options = {
    ...nameOf(o),
    ...plainSerdes(from.key, from.value),
    otherValue: serdeOfName(other.value),
    ...storesOf(call),
  }
  const node = from.node[method](other.node, joiner, windowsOf(o), options)
  return { kind: 'stream', node, key: from.key, value: made }
}

/** The joiner, and the name of the serde of what it makes. */
export function joinerOf(o: Options, left: Flow, right: Flow): readonly [(left: Any, right: Any, key: Any) => Any, string] {
  if (o.has('joinerWithKey')) {
    const joiner = functionOf(o, 'joinerWithKey', joinersWithKey, 'joiner with key')
    return [(a, b, k) => joiner(k, a, b), 'string']
  }
  const name = o.text('joiner')
  const joiner = functionOf(o, 'joiner', joiners, 'joiner')
  return [(a, b) => joiner(a, b), serdeOfJoined(name, left.value, right.value)]
}

/** `timeDifference`, or `before` and `after`; `grace`. */
function windowsOf(o: Options): Any {
  const [timeDifference, grace] = [o.maybe('timeDifference', 'number'), o.number('grace')]
  if (timeDifference !== undefined) return joinWindows({ timeDifference, grace })
  return joinWindows({ before: o.number('before'), after: o.number('after'), grace })
}

/** `store` (a name), or `leftStore` and `rightStore` (ids of described stores); `logging`; `supplier`, if there is none `in-memory`. */
function storesOf({ o, plan }: OperatorCall): Any {
  const logging = o.oneOf('logging', ['true', 'false', '{}'])
  const isDescribed = o.has('leftStore')
  const store = isDescribed
    ? { left: plan.store(o.text('leftStore')).spec, right: plan.store(o.text('rightStore')).spec }
    : o.maybe('store', 'string')
  return {
    ...present('store', store),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
    ...present('supplier', joinSupplierOf(o, isDescribed)),
  }
}

/** `default`: that of the application. */
function joinSupplierOf(o: Options, isDescribed: boolean): unknown {
  if (o.node('supplier') === 'default') return undefined
  return supplierOf(o) ?? (isDescribed ? undefined : 'in-memory')
}
