import { untilTimeLimit, untilWindowCloses } from 'millrace'
import type { Any, Area } from '../flow.ts'
import { loggingOf, nameOf, present } from '../materialized.ts'
import type { Options } from '../options.ts'

/** `suppress`: with `limit` until that time has passed, without until windows close. */
export const suppressOperators: Area = {
  table: {
    suppress: ({ o, from }) => ({ ...from, kind: 'table', node: from.node.suppress(suppressedOf(o)) }),
  },
}

function suppressedOf(o: Options): Any {
  const limit = o.maybe('limit', 'number')
  const logging = o.oneOf('logging', ['true', 'false', '{}'])
  const options = {
    ...nameOf(o),
    ...present('maxRecords', o.maybe('maxRecords', 'number')),
    ...present('maxBytes', o.maybe('maxBytes', 'number')),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
  }
  if (limit === undefined) return untilWindowCloses(options)
  return untilTimeLimit(limit, { ...options, ...present('whenFull', o.oneOf('whenFull', ['emit-early', 'shut-down'])) } as Any)
}
