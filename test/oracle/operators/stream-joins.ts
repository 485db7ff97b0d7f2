import { joinWindows } from 'millrace'
import { joiners, joinersWithKey, named, serdeOfJoined } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { loggingOf, nameOf, plainSerdes, present } from '../materialized.ts'
import { type Options, ScenarioError } from '../options.ts'
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
    const joiner = named(joinersWithKey, o.text('joinerWithKey'), 'joiner with key')
    return [(a, b, k) => joiner(k, a, b), 'string']
  }
  const name = o.text('joiner')
  const joiner = named(joiners, name, 'joiner')
  return [(a, b) => joiner(a, b), serdeOfJoined(name, left.value, right.value)]
}

/** `timeDifference`, or `before` and `after`; `grace`. */
function windowsOf(o: Options): Any {
  const [timeDifference, grace] = [o.maybe('timeDifference', 'number'), o.maybe('grace', 'number')]
  if (grace === undefined) throw new ScenarioError('windows of a join need a grace')
  if (timeDifference !== undefined) return joinWindows({ timeDifference, grace })
  const [before, after] = [o.maybe('before', 'number'), o.maybe('after', 'number')]
  if (before === undefined || after === undefined) throw new ScenarioError('windows of a join need timeDifference, or before and after')
  return joinWindows({ before, after, grace })
}

/** `store` (a name), or `leftStore` and `rightStore` (ids of described stores); `logging`; `supplier`, by default `in-memory`. */
function storesOf({ o, plan }: OperatorCall): Any {
  const logging = o.node('logging')
  const isDescribed = o.has('leftStore')
  const store = isDescribed
    ? { left: plan.store(o.text('leftStore')).spec, right: plan.store(o.text('rightStore')).spec }
    : o.maybe('store', 'string')
  return {
    ...present('store', store),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
    ...present('supplier', o.maybe('supplier', 'string') ?? (isDescribed ? undefined : 'in-memory')),
  }
}
