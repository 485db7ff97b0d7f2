import { sessionWindows } from 'millrace'
import { functionOf, mergers } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { reduceOptions, tableOptions } from '../materialized.ts'
import type { Options } from '../options.ts'
import { aggregatorOf, initializerOf, reducerOf, valueOf } from './grouped.ts'
import { emitStrategies } from './windows.ts'

/** Sessions, and their aggregations. */
export const sessionOperators: Area = {
  'grouped stream': {
    windowedBySessions: ({ o, from }) => {
      const windowed = from.node.windowedBy(sessionsOf(o))
      const emit = o.oneOf('emit', emitStrategies) as string | undefined
      return { ...from, kind: 'session stream', node: emit === undefined ? windowed : windowed.emitStrategy(emit) }
    },
  },
  'cogrouped stream': {
    windowedBySessions: ({ o, from }) => ({ ...from, kind: 'session cogrouped stream', node: from.node.windowedBy(sessionsOf(o)) }),
  },
  'session cogrouped stream': {
    aggregate: (call) => sessions(call, call.from.node.aggregate(initializerOf(call), mergerOf(call), tableOptions(call)), call.from.value),
  },
  'session stream': {
    count: (call) => sessions(call, call.from.node.count(tableOptions(call)), 'int64'),
    reduce: (call) => sessions(call, call.from.node.reduce(reducerOf(call, 'reducer'), reduceOptions(call)), call.from.value),
    aggregate: (call) => {
      const functions = [initializerOf(call), aggregatorOf(call, 'aggregator'), mergerOf(call)]
      return sessions(call, call.from.node.aggregate(...functions, tableOptions(call)), valueOf(call))
    },
  },
}

function sessions({ from }: OperatorCall, node: Any, value: string): Flow {
  return { kind: 'table', node, key: `sessionWindowed(${from.key})`, value }
}

/** `gap` and `grace` in milliseconds. */
export function sessionsOf(o: Options): Any {
  return sessionWindows({ inactivityGap: o.number('gap'), grace: o.number('grace') })
}

export function mergerOf({ o }: OperatorCall): Any {
  return functionOf(o, 'merger', mergers, 'merger')
}
