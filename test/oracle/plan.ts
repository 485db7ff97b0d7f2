import {
  type KGroupedStream,
  type KGroupedTable,
  type KStream,
  type KTable,
  keyValueStore,
  serdes,
  type StoreHandle,
  type StreamsBuilder,
  timestampedKeyValueStore,
} from 'millrace'
import {
  aggregators,
  extractors,
  initializers,
  type Item,
  lists,
  mappers,
  named,
  partitioners,
  predicates,
  reducers,
  serdeByName,
  serdeOf,
  topicChoices,
} from './functions.ts'
import { type Options, ScenarioError } from './options.ts'
import { fixedProcessors, processors } from './processors.ts'

/** A stream, table or grouping with the names of the serdes of its keys and values. */
type Flow = { readonly key: string; readonly value: string } & (
  | { readonly kind: 'stream'; readonly node: KStream<Item, Item> }
  | { readonly kind: 'table'; readonly node: KTable<Item, Item> }
  | { readonly kind: 'grouped stream'; readonly node: KGroupedStream<Item, Item> }
  | { readonly kind: 'grouped table'; readonly node: KGroupedTable<Item, Item> }
)

// oxlint-disable-next-line typescript/no-explicit-any -- options are put together from JSON: their types are checked when the scenario runs
type Any = any

const serde = (name: string): Any => named(serdeByName, name, 'serde')
const nullable = (name: string): Any => serdes.nullable(serde(name))

/** Builds the topology of a scenario with the DSL. java/Plan.java is its twin. */
export class Plan {
  readonly #builder: StreamsBuilder
  readonly #flows = new Map<string, Flow>()
  /** Stores of their own, by id. */
  readonly #stores = new Map<string, StoreHandle<unknown>>()
  /** Stores whose rows are printed with timestamps. */
  readonly timestamped: Set<string> = new Set<string>()

  constructor(builder: StreamsBuilder) {
    this.#builder = builder
  }

  add(o: Options): void {
    const op = o.text('op')
    const id = o.text('id', '')
    if (this.#flows.has(id)) throw new ScenarioError(`id "${id}" is there twice`)
    if (op === 'stream') this.#flows.set(id, this.#source(o))
    else if (op === 'table') this.#flows.set(id, this.#table(o))
    else if (op === 'store') this.#stores.set(id, this.#store(id, o))
    else this.#operator(op, id, o)
    o.done()
  }

  #operator(op: string, id: string, o: Options): void {
    const from = this.#flow(o.text('from'))
    if (from.kind === 'stream') this.#onStream(op, id, o, from)
    else if (from.kind === 'table') this.#flows.set(id, onTable(op, o, from))
    else if (from.kind === 'grouped stream') this.#flows.set(id, onGroupedStream(op, o, from))
    else this.#flows.set(id, onGroupedTable(op, o, from))
  }

  #flow(id: string): Flow {
    const found = this.#flows.get(id)
    if (found === undefined) throw new ScenarioError(`no operator has the id "${id}"`)
    return found
  }

  /** A table as a handle of its store, which Java finds by its name. */
  #tableOf(id: string): StoreHandle<unknown> {
    const { kind, node } = this.#flow(id)
    if (kind !== 'table' || node.queryableStoreName === null) throw new ScenarioError(`the store of table "${id}" has no name`)
    return node
  }

  #consumed(o: Options): Any {
    const extractor = o.maybe('extractor', 'string')
    return {
      ...nameOf(o),
      ...present('timestampExtractor', extractor === undefined ? undefined : named(extractors, extractor, 'extractor')),
      ...present('offsetReset', o.maybe('offsetReset', 'string')),
    }
  }

  #source(o: Options): Flow {
    const key = o.text('key', 'string')
    const value = o.text('value', 'string')
    const options = { ...this.#consumed(o), key: nullable(key), value: nullable(value) }
    return { kind: 'stream', node: this.#builder.stream(o.has('topic') ? o.text('topic') : o.texts('topics'), options), key, value }
  }

  #table(o: Options): Flow {
    const key = o.text('key', 'string')
    const value = o.text('value', 'string')
    const options = { ...this.#consumed(o), key: serde(key), value: serde(value), ...storeOptions(o) }
    return { kind: 'table', node: this.#builder.table(o.text('topic'), options), key, value }
  }

  #store(name: string, o: Options): StoreHandle<unknown> {
    const options = {
      key: serde(o.text('key', 'string')),
      value: serde(o.text('value', 'string')),
      supplier: o.text('supplier', 'in-memory') as 'in-memory' | 'persistent',
      caching: o.maybe('caching', 'boolean') ?? false,
      ...(o.maybe('logging', 'boolean') === false ? ({ logging: false } as const) : {}),
    }
    const kind = o.text('kind', 'key-value')
    if (kind === 'key-value') return keyValueStore(name, options) as StoreHandle<unknown>
    if (kind !== 'timestamped') throw new ScenarioError(`kind of store "${kind}" is not known`)
    this.timestamped.add(name)
    return timestampedKeyValueStore(name, options) as StoreHandle<unknown>
  }

  #onStream(op: string, id: string, o: Options, from: Flow & { readonly kind: 'stream' }): void {
    const { node, key, value } = from
    if (op === 'foreach') node.foreach(() => undefined, nameOf(o))
    else if (op === 'to') writeTo(o, from)
    else if (op === 'split') {
      const branches = o.objects('branches').map((branch) => {
        const predicate = named(predicates, branch.text('predicate'), 'predicate')
        const entry = [branch.text('name'), predicate] as const
        branch.done()
        return entry
      })
      const split: Any = node.split(Object.fromEntries(branches), {
        ...nameOf(o),
        ...present('default', o.maybe('default', 'string')),
      } as Any)
      for (const name of Object.keys(split)) this.#flows.set(`${id}.${name}`, { kind: 'stream', node: split[name], key, value })
    } else if (op === 'process' || op === 'processValues') this.#flows.set(id, this.#process(op, o, from))
    else if (op === 'merge') {
      const other = this.#flow(o.text('with'))
      if (other.kind !== 'stream') throw new ScenarioError('merge takes streams')
      this.#flows.set(id, { kind: 'stream', node: node.merge(other.node, nameOf(o)), key, value })
    } else this.#flows.set(id, onStream(op, o, from))
  }

  #process(op: 'process' | 'processValues', o: Options, from: Flow & { readonly kind: 'stream' }): Flow {
    const value = o.text('value', 'string')
    const [id, ...others] = o.texts('stores')
    if (others.length > 0) throw new ScenarioError('processors of the registry have one store')
    const handle = id === undefined ? undefined : (this.#stores.get(id) ?? this.#tableOf(id))
    const options: Any = { ...nameOf(o), value: serde(value), ...(handle === undefined ? {} : { stores: { store: handle } }) }
    if (op === 'process') {
      const supplier: Any = named(processors, o.text('processor'), 'processor')
      return { kind: 'stream', node: from.node.process(supplier, { ...options, key: serde(from.key) }) as Any, key: from.key, value }
    }
    const supplier: Any = named(fixedProcessors, o.text('processor'), 'processor of values')
    return { kind: 'stream', node: from.node.processValues(supplier, options) as Any, key: from.key, value }
  }
}

/** `{ [name]: value }`, or nothing where there is no value. */
function present(name: string, value: unknown): Any {
  return value === undefined ? {} : { [name]: value }
}

function nameOf(o: Options): Any {
  return present('name', o.maybe('name', 'string'))
}

/** The options of Materialized that are no serdes. */
function storeOptions(o: Options): Any {
  const logging = o.maybe('logging', 'boolean')
  return {
    ...present('store', o.maybe('store', 'string')),
    ...present('caching', o.maybe('caching', 'boolean')),
    ...present('logging', logging === undefined ? undefined : logging ? {} : false),
    ...present('supplier', o.maybe('supplier', 'string')),
  }
}

/** The options of Named and Materialized. */
function tableOptions(o: Options): Any {
  const key = o.maybe('key', 'string')
  const value = o.maybe('value', 'string')
  return {
    ...nameOf(o),
    ...storeOptions(o),
    ...present('key', key === undefined ? undefined : serde(key)),
    ...present('value', value === undefined ? undefined : serde(value)),
  }
}

function writeTo(o: Options, { node, key, value }: Flow & { readonly kind: 'stream' }): void {
  const partitioner = o.maybe('partitioner', 'string')
  const options = {
    ...nameOf(o),
    key: serde(key),
    value: serde(value),
    ...present('partitioner', partitioner === undefined ? undefined : named(partitioners, partitioner, 'partitioner')),
  }
  if (o.has('topic')) node.to(o.text('topic'), options)
  else node.to(named(topicChoices, o.text('topicChoice'), 'topic choice'), options)
}

function onStream(op: string, o: Options, { node, key, value }: Flow & { readonly kind: 'stream' }): Flow {
  const predicate = (): Any => named(predicates, o.text('predicate'), 'predicate')
  const mapper = (name: string): Any => named(mappers, o.text(name), 'mapper')
  const made = (name: string): string => serdeOf(o.text(name), key, value)
  const options = nameOf(o)
  const stream = (next: unknown, keyNow = key, valueNow = value): Flow => ({
    kind: 'stream',
    node: next as Any,
    key: keyNow,
    value: valueNow,
  })
  switch (op) {
    case 'filter':
      return stream(node.filter(predicate(), options))
    case 'filterNot':
      return stream(node.filterNot(predicate(), options))
    case 'peek':
      return stream(node.peek(() => undefined, options))
    case 'map': {
      const [k, v] = [mapper('keyMapper'), mapper('valueMapper')]
      const [nextKey, nextValue] = [made('keyMapper'), made('valueMapper')]
      const next = node.map((x, y) => [k(x, y), v(x, y)] as Any, { ...options, key: serde(nextKey), value: serde(nextValue) })
      return stream(next, nextKey, nextValue)
    }
    case 'mapValues': {
      const v = mapper('valueMapper')
      const nextValue = made('valueMapper')
      return stream(
        node.mapValues((y, x) => v(x, y), { ...options, value: serde(nextValue) }),
        key,
        nextValue,
      )
    }
    case 'selectKey': {
      const nextKey = made('keyMapper')
      return stream(node.selectKey(mapper('keyMapper'), { ...options, key: serde(nextKey) }), nextKey)
    }
    case 'flatMap': {
      const k = mapper('keyMapper')
      const list = named(lists, o.text('list'), 'list')
      const nextKey = serdeOf(o.text('keyMapper'), key, 'string')
      const next = node.flatMap((x, y) => list(y).map((item) => [k(x, item), item]) as Any, {
        ...options,
        key: serde(nextKey),
        value: serdes.string,
      })
      return stream(next, nextKey, 'string')
    }
    case 'flatMapValues': {
      const list = named(lists, o.text('list'), 'list')
      return stream(
        node.flatMapValues((y) => list(y) as Any, { ...options, value: serdes.string }),
        key,
        'string',
      )
    }
    default:
      return regroup(op, o, { kind: 'stream', node, key, value })
  }
}

function regroup(op: string, o: Options, { node, key, value }: Flow & { readonly kind: 'stream' }): Flow {
  switch (op) {
    case 'repartition': {
      const partitioner = o.maybe('partitioner', 'string')
      const options = {
        ...nameOf(o),
        key: serde(key),
        value: serde(value),
        ...present('partitions', o.maybe('partitions', 'number')),
        ...present('partitioner', partitioner === undefined ? undefined : named(partitioners, partitioner, 'partitioner')),
      }
      return { kind: 'stream', node: node.repartition(options), key, value }
    }
    case 'toTable':
      return { kind: 'table', node: node.toTable(tableOptions(o)) as Any, key, value }
    case 'groupByKey':
      return { kind: 'grouped stream', node: node.groupByKey({ ...nameOf(o), key: serde(key), value: serde(value) }) as Any, key, value }
    case 'groupBy': {
      const name = o.text('keyMapper')
      const nextKey = serdeOf(name, key, value)
      const options = { ...nameOf(o), key: serde(nextKey), value: serde(value) }
      return { kind: 'grouped stream', node: node.groupBy(named(mappers, name, 'mapper') as Any, options) as Any, key: nextKey, value }
    }
    default:
      throw new ScenarioError(`operator "${op}" is not known on a stream`)
  }
}

function onTable(op: string, o: Options, { node, key, value }: Flow & { readonly kind: 'table' }): Flow {
  switch (op) {
    case 'filter':
    case 'filterNot': {
      const predicate = named(predicates, o.text('predicate'), 'predicate')
      return { kind: 'table', node: node[op](predicate, tableOptions(o)), key, value }
    }
    case 'mapValues': {
      const name = o.text('valueMapper')
      const mapper: Any = named(mappers, name, 'mapper')
      const next: Any = node.mapValues((y, x) => mapper(x, y), tableOptions(o))
      return { kind: 'table', node: next, key, value: serdeOf(name, key, value) }
    }
    case 'toStream': {
      if (!o.has('keyMapper')) return { kind: 'stream', node: node.toStream(nameOf(o)), key, value }
      const name = o.text('keyMapper')
      const nextKey = serdeOf(name, key, value)
      const next: Any = node.toStream(named(mappers, name, 'mapper') as Any, { ...nameOf(o), key: serde(nextKey) })
      return { kind: 'stream', node: next, key: nextKey, value }
    }
    case 'groupBy': {
      const [keyName, valueName] = [o.text('keyMapper'), o.text('valueMapper')]
      const [k, v] = [named(mappers, keyName, 'mapper'), named(mappers, valueName, 'mapper')]
      const [nextKey, nextValue] = [serdeOf(keyName, key, value), serdeOf(valueName, key, value)]
      const options: Any = { ...nameOf(o), key: serde(nextKey), value: serde(nextValue) }
      return { kind: 'grouped table', node: node.groupBy((x, y) => [k(x, y), v(x, y)], options) as Any, key: nextKey, value: nextValue }
    }
    default:
      throw new ScenarioError(`operator "${op}" is not known on a table`)
  }
}

/** Java has no reduce with a name alone. */
function reduceOptions(o: Options): Any {
  const options = tableOptions(o)
  if (Object.keys(options).join() === 'name') throw new ScenarioError('reduce with a name needs an option of the store')
  return options
}

function onGroupedStream(op: string, o: Options, { node, key, value }: Flow & { readonly kind: 'grouped stream' }): Flow {
  switch (op) {
    case 'count':
      return { kind: 'table', node: node.count(tableOptions(o)) as Any, key, value: 'int64' }
    case 'reduce':
      return { kind: 'table', node: node.reduce(named(reducers, o.text('reducer'), 'reducer') as Any, reduceOptions(o)) as Any, key, value }
    case 'aggregate': {
      const made = o.text('value')
      const initializer: Any = named(initializers, o.text('initializer'), 'initializer')
      const aggregator: Any = named(aggregators, o.text('aggregator'), 'aggregator')
      return { kind: 'table', node: node.aggregate(initializer, aggregator, tableOptions(o)) as Any, key, value: made }
    }
    default:
      throw new ScenarioError(`operator "${op}" is not known on a grouped stream`)
  }
}

function onGroupedTable(op: string, o: Options, { node, key, value }: Flow & { readonly kind: 'grouped table' }): Flow {
  switch (op) {
    case 'count':
      return { kind: 'table', node: node.count(tableOptions(o)) as Any, key, value: 'int64' }
    case 'reduce': {
      const adder: Any = named(reducers, o.text('adder'), 'reducer')
      const subtractor: Any = named(reducers, o.text('subtractor'), 'reducer')
      return { kind: 'table', node: node.reduce(adder, subtractor, reduceOptions(o)) as Any, key, value }
    }
    case 'aggregate': {
      const made = o.text('value')
      const initializer: Any = named(initializers, o.text('initializer'), 'initializer')
      const adder: Any = named(aggregators, o.text('adder'), 'aggregator')
      const subtractor: Any = named(aggregators, o.text('subtractor'), 'aggregator')
      return { kind: 'table', node: node.aggregate(initializer, adder, subtractor, tableOptions(o)) as Any, key, value: made }
    }
    default:
      throw new ScenarioError(`operator "${op}" is not known on a grouped table`)
  }
}
