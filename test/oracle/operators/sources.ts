import { keyValueStore, sessionStore, type StoreSpec, timestampedKeyValueStore, versionedKeyValueStore, windowStore } from 'millrace'
import { extractors, functionOf } from '../functions.ts'
import type { Any, Area, Flow, OperatorCall } from '../flow.ts'
import { loggingOf, nameOf, plainSerdes, present, storeOptions, streamSerdes } from '../materialized.ts'
import { type Options, shapeOf } from '../options.ts'
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
  return { ...consumedAlways(o), ...present('offsetReset', o.oneOf('offsetReset', ['earliest', 'latest', 'none', '{byDuration}'])) }
}

/** As `consumed`, of a topic that is always read from its beginning. */
export function consumedAlways(o: Options): Any {
  return {
    ...nameOf(o),
    ...present('timestampExtractor', o.has('extractor') ? functionOf(o, 'extractor', extractors, 'extractor') : undefined),
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
  versioned: (name, options, o) =>
    versionedKeyValueStore(name, {
      ...options,
      historyRetention: o.number('historyRetention'),
      ...present('segmentInterval', o.maybe('segmentInterval', 'number')),
    }) as Any,
  window: (name, options, o) => windowStore(name, { ...options, ...windowOptions(o) }) as Any,
  session: (name, options, o) => sessionStore(name, { ...options, retention: o.number('retention') }) as Any,
  'timestamped-window': (name, options, o) => windowStore(name, { ...options, ...windowOptions(o), format: 'timestamped' }) as Any,
  'headers-window': (name, options, o) => windowStore(name, { ...options, ...windowOptions(o), format: 'headers' }) as Any,
  'headers-session': (name, options, o) => sessionStore(name, { ...options, format: 'headers', retention: o.number('retention') }) as Any,
}

const allFormats = ['plain', 'timestamped', 'headers']

/** The values of the option `disk`, by the kinds that have it. */
const disks: Readonly<Record<string, readonly string[]>> = {
  timestamped: allFormats,
  'timestamped-headers': allFormats,
  'timestamped-window': allFormats,
  'headers-window': allFormats,
  'headers-session': ['plain', 'headers'],
}

/** The values of the option `format`: of a store that operators are given. */
const formats: Readonly<Record<string, readonly string[]>> = { 'key-value': ['plain', 'timestamped'], window: ['plain', 'timestamped'] }

function isKeyValue(kind: string): boolean {
  return ['key-value', 'timestamped', 'timestamped-headers'].includes(kind)
}

/** The calls of a store that a program brings, and that fail, but `put`. */
function lookups(kind: string): readonly string[] {
  if (kind.endsWith('session')) return ['remove']
  if (kind.endsWith('window')) return ['backwardFetch']
  return isKeyValue(kind) || kind === 'versioned' ? ['get', 'delete'] : []
}

function windowOptions(o: Options): Any {
  return {
    windowSize: o.number('windowSize'),
    retention: o.number('retention'),
    ...present('retainDuplicates', o.maybe('retainDuplicates', 'boolean')),
    ...present('order', o.oneOf('order', ['key', 'time', 'indexed-time'])),
  }
}

function store({ id, o, plan }: OperatorCall): void {
  const [key, value] = [o.text('key', 'string'), o.text('value', 'string')]
  const logging = o.oneOf('logging', ['true', 'false', '{}'])
  const kind = o.has('kind') ? o.text('kind') : 'key-value'
  const maker = o.has('kind') ? functionOf(o, 'kind', makers, 'kind of store') : makers[kind]!
  // How Java's disk has the rows, where that is not the format of the store: it then loses what this format has no place for, timestamps or
  // headers, and values are the same.
  const disk = kind in disks ? o.oneOf('disk', disks[kind]!) : undefined
  const options = {
    key: serdeOfName(key),
    value: serdeOfName(value),
    ...(kind === 'versioned'
      ? {}
      : { supplier: o.oneOf('supplier', ['in-memory', 'persistent', ...(isKeyValue(kind) ? ['{lru}'] : [])]) ?? 'in-memory' }),
    ...present('format', kind in formats ? o.oneOf('format', formats[kind]!) : undefined),
    ...present('caching', o.maybe('caching', 'boolean')),
    ...present('logging', logging === undefined ? undefined : loggingOf(logging)),
  }
  plan.putStore(id, { spec: maker(id, options, o), key, value })
  // What goes backward has the name of the method, of which stores have different ones.
  const failing = shapeOf(o.node('own')).startsWith('backward')
    ? o.text('own')
    : o.oneOf('own', ['nothing', 'close', 'put', ...lookups(kind)])
  if (failing !== undefined) plan.own.set(id, shapeOf(failing))
  // The handle of a window store hides timestamps.
  if (kind === 'timestamped' && disk === undefined) plan.timestamped.add(id)
}
