import { keyValueStore, sessionStore, type StoreSpec, timestampedKeyValueStore, versionedKeyValueStore, windowStore } from 'millrace'
import { extractors, named } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { loggingOf, nameOf, plainSerdes, present, storeOptions, streamSerdes } from '../materialized.ts'
import { type Options, ScenarioError } from '../options.ts'
import { serdeOfName } from '../serdes.ts'

/** Streams and tables of topics, and stores by themselves. */
export const sourceOperators: Area = {
  topology: {
    stream: (call) => {
      const { o, plan } = call
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const options = { ...consumed(o), ...streamSerdes(key, value) }
      return { kind: 'stream', node: plan.builder.stream(topicsOf(o), options), key, value }
    },
    table: (call) => {
      const { o, plan } = call
      const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
      const options = { ...consumed(o), ...plainSerdes(key, value), ...storeOptions(call) }
      return { kind: 'table', node: plan.builder.table(o.text('topic'), options), key, value } as Flow
    },
    store: (call) => {
      store(call)
      return undefined
    },
  },
}

/** Java's `Consumed` without serdes. */
export function consumed(o: Options): Any {
  const extractor = o.maybe('extractor', 'string')
  return {
    ...nameOf(o),
    ...present('timestampExtractor', extractor === undefined ? undefined : named(extractors, extractor, 'extractor')),
    ...present('offsetReset', o.node('offsetReset')),
  }
}

/** What a source reads: `topic`, `topics` or `pattern`. */
export function topicsOf(o: Options): Any {
  if (o.has('pattern')) return new RegExp(o.text('pattern'))
  return o.has('topic') ? o.text('topic') : o.texts('topics')
}

type Maker = (name: string, options: Any, o: Options) => StoreSpec<unknown, string, Any, Any>

/** Descriptions of stores by `kind`. */
const makers: Readonly<Record<string, Maker>> = {
  'key-value': (name, options) => keyValueStore(name, options) as Any,
  timestamped: (name, options) => timestampedKeyValueStore(name, options) as Any,
  'timestamped-headers': (name, options) => timestampedKeyValueStore(name, { ...options, format: 'headers' }) as Any,
  versioned: (name, { supplier: _supplier, ...options }, o) =>
    versionedKeyValueStore(name, {
      ...options,
      historyRetention: required(o, 'historyRetention'),
      ...present('segmentInterval', o.maybe('segmentInterval', 'number')),
    }) as Any,
  window: (name, options, o) => windowStore(name, { ...options, ...windowOptions(o) }) as Any,
  session: (name, options, o) => sessionStore(name, { ...options, retention: required(o, 'retention') }) as Any,
  'timestamped-window': (name, options, o) => windowStore(name, { ...options, ...windowOptions(o), format: 'timestamped' }) as Any,
  'headers-window': (name, options, o) => windowStore(name, { ...options, ...windowOptions(o), format: 'headers' }) as Any,
  'headers-session': (name, options, o) =>
    sessionStore(name, { ...options, format: 'headers', retention: required(o, 'retention') }) as Any,
}

function windowOptions(o: Options): Any {
  return {
    windowSize: required(o, 'windowSize'),
    retention: required(o, 'retention'),
    ...present('retainDuplicates', o.maybe('retainDuplicates', 'boolean')),
    ...present('order', o.maybe('order', 'string')),
  }
}

/** A whole number that must be there. */
function required(o: Options, name: string): number {
  const found = o.maybe(name, 'number')
  if (found === undefined) throw new ScenarioError(`option "${name}" is missing`)
  return found
}

function store({ id, o, plan }: OperatorCall): void {
  const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
  const logging = o.node('logging')
  const kind = o.text('kind', 'key-value')
  // How Java's disk has the rows, where that is not the format of the store: it then loses what this format has no place for, timestamps or
  // headers, and values are the same.
  const disk = o.maybe('disk', 'string')
  const options = {
    key: serdeOfName(key),
    value: serdeOfName(value),
    supplier: o.node('supplier') ?? 'in-memory',
    ...present('format', o.maybe('format', 'string')),
    ...present('caching', o.maybe('caching', 'boolean')),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
  }
  plan.putStore(id, { spec: named(makers, kind, 'kind of store')(id, options, o), key, value })
  const failing = o.maybe('own', 'string')
  if (failing !== undefined) plan.own.set(id, failing)
  // The handle of a window store hides timestamps.
  if (kind === 'timestamped' && disk === undefined) plan.timestamped.add(id)
}
