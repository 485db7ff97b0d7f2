import { aggregators, functionOf, initializers, reducers } from '../functions.ts'
import type { Any, Area, OperatorCall } from '../flow.ts'
import { reduceOptions, tableOptions } from '../materialized.ts'

/** Aggregations of grouped streams and tables. */
export const groupedOperators: Area = {
  'grouped stream': {
    count: (call) => ({ kind: 'table', node: call.from.node.count(tableOptions(call)), key: call.from.key, value: 'int64' }),
    reduce: (call) => ({ ...call.from, kind: 'table', node: call.from.node.reduce(reducerOf(call, 'reducer'), reduceOptions(call)) }),
    aggregate: (call) => {
      const node = call.from.node.aggregate(initializerOf(call), aggregatorOf(call, 'aggregator'), tableOptions(call))
      return { kind: 'table', node, key: call.from.key, value: valueOf(call) }
    },
  },
  'grouped table': {
    count: (call) => ({ kind: 'table', node: call.from.node.count(tableOptions(call)), key: call.from.key, value: 'int64' }),
    reduce: (call) => {
      const node = call.from.node.reduce(reducerOf(call, 'adder'), reducerOf(call, 'subtractor'), reduceOptions(call))
      return { ...call.from, kind: 'table', node }
    },
    aggregate: (call) => {
      const [adder, subtractor] = [aggregatorOf(call, 'adder'), aggregatorOf(call, 'subtractor')]
      const node = call.from.node.aggregate(initializerOf(call), adder, subtractor, tableOptions(call))
      return { kind: 'table', node, key: call.from.key, value: valueOf(call) }
    },
  },
}

/** The name of the serde of an aggregate, that of the described store where there is one. */
export function valueOf({ o, plan }: OperatorCall): string {
  return o.has('supplied') ? plan.store(o.text('supplied')).value : o.text('value')
}

export function reducerOf({ o }: OperatorCall, option: string): Any {
  return functionOf(o, option, reducers, 'reducer')
}

export function initializerOf({ o }: OperatorCall): Any {
  return functionOf(o, 'initializer', initializers, 'initializer')
}

export function aggregatorOf({ o }: OperatorCall, option: string): Any {
  return functionOf(o, option, aggregators, 'aggregator')
}
