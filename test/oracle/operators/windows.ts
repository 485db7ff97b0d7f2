import { timeWindows, type TimeWindows, unlimitedWindows, type UnlimitedWindows } from 'millrace'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { reduceOptions, tableOptions } from '../materialized.ts'
import { type Options, ScenarioError } from '../options.ts'
import { timeWindowedName } from '../serdes.ts'
import { aggregatorOf, initializerOf, reducerOf, valueOf } from './grouped.ts'

/** A stream grouped by key and window: the serde of its tables' keys is `windowedKey`. */
interface WindowedFlow extends Flow {
  readonly windowedKey: string
}

/** Windows of time and unlimited ones, and their aggregations. */
export const windowOperators: Area = {
  'grouped stream': {
    windowedBy: ({ o, from }): WindowedFlow => {
      const windows = windowsOf(o)
      const size = windows.kind === 'time' ? windows.sizeMs : Infinity
      return { ...from, kind: 'windowed stream', node: from.node.windowedBy(windows), windowedKey: timeWindowedName(from.key, size) }
    },
  },
  'windowed stream': {
    count: (call) => windowed(call, call.from.node.count(tableOptions(call)), 'int64'),
    reduce: (call) => windowed(call, call.from.node.reduce(reducerOf(call, 'reducer'), reduceOptions(call)), call.from.value),
    aggregate: (call) => {
      const node = call.from.node.aggregate(initializerOf(call), aggregatorOf(call, 'aggregator'), tableOptions(call))
      return windowed(call, node, valueOf(call))
    },
  },
}

function windowed({ from }: OperatorCall, node: Any, value: string): Flow {
  return { kind: 'table', node, key: (from as WindowedFlow).windowedKey, value }
}

/** `size` (milliseconds) with `advance` and `grace`, or `unlimited: true` with `start`. */
export function windowsOf(o: Options): TimeWindows | UnlimitedWindows {
  if (o.maybe('unlimited', 'boolean') === true) {
    const start = o.maybe('start', 'number')
    return unlimitedWindows(start === undefined ? {} : { start })
  }
  const [size, advance, grace] = [o.maybe('size', 'number'), o.maybe('advance', 'number'), o.maybe('grace', 'number')]
  if (size === undefined || grace === undefined) throw new ScenarioError('windows need size and grace, or unlimited')
  return timeWindows({ size, grace, ...(advance === undefined ? {} : { advance }) })
}
