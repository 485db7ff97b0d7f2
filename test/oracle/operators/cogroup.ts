import type { Area, Flow, OperatorCall } from '../flow.ts'
import { present, tableOptions } from '../materialized.ts'
import { serdeOfName, timeWindowedName } from '../serdes.ts'
import { aggregatorOf, initializerOf } from './grouped.ts'
import { sizeOf, windowsOf } from './windows.ts'

/** Grouped streams that are aggregated together: `value` is the serde of their aggregates. */
interface CogroupedFlow extends Flow {
  /** Of windows: the serde of the keys of the table. */
  readonly windowedKey?: string
}

/** Grouped streams that are aggregated together, and their windows. */
export const cogroupOperators: Area = {
  'grouped stream': {
    cogroup: (call): CogroupedFlow => {
      const value = call.o.text('value')
      const node = call.from.node.cogroup(aggregatorOf(call, 'aggregator'), present('value', serdeOfName(value)))
      return { kind: 'cogrouped stream', node, key: call.from.key, value }
    },
  },
  'cogrouped stream': {
    cogroup: (call) => {
      const other = call.plan.flow(call.o.text('with'), 'grouped stream')
      return { ...call.from, node: call.from.node.cogroup(other.node, aggregatorOf(call, 'aggregator')) }
    },
    aggregate,
    windowedBy: ({ o, from }): CogroupedFlow => {
      const windows = windowsOf(o)
      const node = from.node.windowedBy(windows)
      return { ...from, kind: 'windowed cogrouped stream', node, windowedKey: timeWindowedName(from.key, sizeOf(windows)) }
    },
  },
  'windowed cogrouped stream': { aggregate },
}

function aggregate(call: OperatorCall): Flow {
  const { windowedKey = call.from.key, value } = call.from as CogroupedFlow
  const node = call.from.node.aggregate(initializerOf(call), tableOptions(call))
  return { kind: 'table', node, key: windowedKey, value }
}
