import { slidingWindows, type SlidingWindows, timeWindows, type TimeWindows, unlimitedWindows, type UnlimitedWindows } from 'millrace'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { reduceOptions, tableOptions } from '../materialized.ts'
import type { Options } from '../options.ts'
import { timeWindowedName } from '../serdes.ts'
import { aggregatorOf, initializerOf, reducerOf, valueOf } from './grouped.ts'

/** A stream grouped by key and window: the serde of its tables' keys is `windowedKey`. */
interface WindowedFlow extends Flow {
  readonly windowedKey: string
}

/** When windows send on what they hold. */
export const emitStrategies: readonly string[] = ['on-window-update', 'on-window-close']

/** Windows of time, unlimited and sliding ones, and their aggregations. */
export const windowOperators: Area = {
  'grouped stream': {
    windowedBy: ({ o, from }): WindowedFlow => {
      const windows = windowsOf(o)
      const strategy = o.oneOf('emit', emitStrategies) as string | undefined
      const windowed = from.node.windowedBy(windows)
      const node = strategy === undefined ? windowed : windowed.emitStrategy(strategy)
      return { ...from, kind: 'windowed stream', node, windowedKey: timeWindowedName(from.key, sizeOf(windows)) }
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

/** The size of the windows in the serde of their keys. */
export function sizeOf(windows: AnyWindows): number {
  if (windows.kind === 'unlimited') return Infinity
  return windows.kind === 'time' ? windows.sizeMs : windows.differenceMs
}

type AnyWindows = TimeWindows | UnlimitedWindows | SlidingWindows

/** `size` (milliseconds) with `advance` and `grace`, or `timeDifference` with `grace`, or `unlimited: true` with `start`. */
export function windowsOf(o: Options): AnyWindows {
  if (o.maybe('unlimited', 'boolean') === true) {
    const start = o.maybe('start', 'number')
    return unlimitedWindows(start === undefined ? {} : { start })
  }
  const timeDifference = o.maybe('timeDifference', 'number')
  if (timeDifference !== undefined) {
    return slidingWindows({ timeDifference, grace: o.number('grace') })
  }
  const [size, advance, grace] = [o.number('size'), o.maybe('advance', 'number'), o.number('grace')]
  return timeWindows({ size, grace, ...(advance === undefined ? {} : { advance }) })
}
