import { functionOf, lists, mappers, partitioners, predicates, serdeOf, text, topicChoices } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { nameOf, plainSerdes, present, tableOptions } from '../materialized.ts'
import { serdeOfName } from '../serdes.ts'

/** Operators on streams without state, and what makes tables and groups of them. */
export const streamOperators: Area = {
  stream: {
    filter: (call) => filtered(call, 'filter'),
    filterNot: (call) => filtered(call, 'filterNot'),
    peek: ({ o, from }) =>
      stream(
        from,
        from.node.peek(() => undefined, nameOf(o)),
      ),
    foreach: ({ o, from }) => void from.node.foreach(() => undefined, nameOf(o)),
    print: ({ o, from }) => {
      const printing = o.has('mapper') ? mapper(o, 'mapper') : undefined
      from.node.print({
        ...nameOf(o),
        ...present('label', o.maybe('label', 'string')),
        ...present('mapper', printing === undefined ? undefined : (k: Any, v: Any) => text(printing(k, v))),
      })
      return undefined
    },
    map,
    mapValues: ({ o, from }) => {
      const v = mapper(o, 'valueMapper')
      const value = serdeOf(o.text('valueMapper'), from.key, from.value)
      const next = from.node.mapValues((y: Any, x: Any) => v(x, y), { ...nameOf(o), value: serdeOfName(value) })
      return stream(from, next, from.key, value)
    },
    selectKey: ({ o, from }) => {
      const key = serdeOf(o.text('keyMapper'), from.key, from.value)
      return stream(from, from.node.selectKey(mapper(o, 'keyMapper'), { ...nameOf(o), key: serdeOfName(key) }), key)
    },
    flatMap: ({ o, from }) => {
      const k = mapper(o, 'keyMapper')
      const list = functionOf(o, 'list', lists, 'list')
      const key = serdeOf(o.text('keyMapper'), from.key, 'string')
      const next = from.node.flatMap((x: Any, y: Any) => list(y).map((item) => [k(x, item), item]), {
        ...nameOf(o),
        ...plainSerdes(key, 'string'),
      })
      return stream(from, next, key, 'string')
    },
    flatMapValues: ({ o, from }) => {
      const list = functionOf(o, 'list', lists, 'list')
      return stream(from, from.node.flatMapValues(list, { ...nameOf(o), value: serdeOfName('string') }), from.key, 'string')
    },
    split,
    merge: ({ o, from, plan }) => stream(from, from.node.merge(plan.flow(o.text('with'), 'stream').node, nameOf(o))),
    repartition: ({ o, from }) => {
      const options = {
        ...nameOf(o),
        ...plainSerdes(from.key, from.value),
        ...present('partitions', o.maybe('partitions', 'number')),
        ...partitionerOf(o),
      }
      return stream(from, from.node.repartition(options))
    },
    to: ({ o, from }) => {
      const options = { ...nameOf(o), ...plainSerdes(from.key, from.value), ...partitionerOf(o) }
      if (o.has('topic')) from.node.to(o.text('topic'), options)
      else from.node.to(functionOf(o, 'topicChoice', topicChoices, 'topic choice'), options)
      return undefined
    },
    toTable: (call) => ({ ...call.from, kind: 'table', node: call.from.node.toTable(tableOptions(call)) }),
    groupByKey: ({ o, from }) => {
      const node = from.node.groupByKey({ ...nameOf(o), ...plainSerdes(from.key, from.value) })
      return { ...from, kind: 'grouped stream', node }
    },
    groupBy: ({ o, from }) => {
      const key = serdeOf(o.text('keyMapper'), from.key, from.value)
      const node = from.node.groupBy(mapper(o, 'keyMapper'), { ...nameOf(o), ...plainSerdes(key, from.value) })
      return { kind: 'grouped stream', node, key, value: from.value }
    },
  },
}

function mapper(o: OperatorCall['o'], option: string): (key: Any, value: Any) => Any {
  return functionOf(o, option, mappers, 'mapper')
}

function stream(from: Flow, node: Any, key = from.key, value = from.value): Flow {
  return { kind: 'stream', node, key, value }
}

function partitionerOf(o: OperatorCall['o']): Any {
  return present('partitioner', o.has('partitioner') ? functionOf(o, 'partitioner', partitioners, 'partitioner') : undefined)
}

function filtered({ o, from }: OperatorCall, op: 'filter' | 'filterNot'): Flow {
  return stream(from, from.node[op](functionOf(o, 'predicate', predicates, 'predicate'), nameOf(o)))
}

function map({ o, from }: OperatorCall): Flow {
  const [k, v] = [mapper(o, 'keyMapper'), mapper(o, 'valueMapper')]
  const [key, value] = [serdeOf(o.text('keyMapper'), from.key, from.value), serdeOf(o.text('valueMapper'), from.key, from.value)]
  return stream(
    from,
    from.node.map((x: Any, y: Any) => [k(x, y), v(x, y)], { ...nameOf(o), ...plainSerdes(key, value) }),
    key,
    value,
  )
}

function split({ id, o, from, plan }: OperatorCall): undefined {
  const branches = o.objects('branches').map((branch) => {
    const entry = [branch.text('name'), functionOf(branch, 'predicate', predicates, 'predicate')] as const
    branch.done()
    return entry
  })
  const made: Any = from.node.split(Object.fromEntries(branches), { ...nameOf(o), ...present('default', o.maybe('default', 'string')) })
  for (const name of Object.keys(made)) plan.put(`${id}.${name}`, stream(from, made[name]))
  return undefined
}
