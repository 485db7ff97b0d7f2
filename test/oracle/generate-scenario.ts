import { Prng } from '../../src/base/prng.ts'

/** A random scenario: the same for the same seed. */
export function generateScenario(seed: number): object {
  return new Generator(new Prng(seed)).scenario(seed)
}

type Type = 'string' | 'int64'
type Kind = 'stream' | 'table' | 'grouped stream' | 'grouped table'
interface Flow {
  readonly id: string
  readonly kind: Kind
  readonly key: Type
  readonly value: Type
  /** A table whose store has this name. */
  readonly store?: string
}
type Json = Record<string, unknown>

const predicates = ['always', 'never', 'valueIsNull', 'keyIsNull', 'valueBelowC', 'lengthEven', 'keyBelowB', 'keyEqualsValue', 'failOnX']
const keyMappers = ['key', 'value', 'value', 'first', 'keyAndValue', 'nullOnB', 'constant', 'length', 'failOnX']
const valueMappers = ['value', 'key', 'keyAndValue', 'text', 'length', 'nullOnB', 'first', 'double', 'null', 'failOnX']
const lists = ['letters', 'twice', 'none', 'withNull', 'failOnX']
const freeProcessors = ['forward', 'drop', 'twice', 'header', 'freshHeaders', 'time', 'place', 'failOnX', 'commit']
const timers = ['streamTimer', 'wallTimer', 'anchoredTimer', 'cancelledTimer', 'failingTimer']
const storeProcessors = ['remember', 'firstOnly', 'deleteOld', 'scan', 'scanTimer']
const fixedFree = ['forward', 'drop', 'twice', 'header', 'time', 'place', 'failOnX']
const values = ['a', 'b', 'c', 'd', 'e', 'a', 'b', 'aa', 'x', '', 'long text', 'abcdefabcghijklaab']

class Generator {
  readonly #random: Prng
  readonly #topology: Json[] = []
  readonly #flows: Flow[] = []
  /** Topics that are read, with the type of their values. */
  readonly #inputs = new Map<string, Type>()
  /** Inputs wait for each other: what cannot be read is dropped later than in Java (README, "What is not judged"). */
  #isIdling = false
  #ids = 0
  #names = 0

  constructor(random: Prng) {
    this.#random = random
  }

  scenario(seed: number): object {
    const random = this.#random
    for (let count = 1 + random.below(2); count > 0; count--) this.#addSource()
    this.#addOperators(2 + random.below(random.chance(0.1) ? 20 : 7))
    if (random.chance(0.2)) {
      this.#addTopicBetween()
      this.#addOperators(1 + random.below(4))
    }
    this.#addSinks()
    const config = this.#config()
    this.#isIdling = Number(config['max.task.idle.ms'] ?? 0) > 0
    const steps = Array.from({ length: 6 + random.below(20) }, () => this.#step())
    return { name: `seed ${seed}`, config, topology: this.#topology, steps }
  }

  #addOperators(count: number): void {
    for (let left = count; left > 0; left--)
      this.#addOperator(this.#random.pick(this.#random.chance(0.4) ? this.#flows.slice(-3) : this.#flows))
  }

  /** A topic that is written and read again. */
  #addTopicBetween(): void {
    const streams = this.#flows.filter(({ kind }) => kind === 'stream')
    if (streams.length === 0) return
    const from = this.#random.pick(streams)
    this.#push('to', null, from, { from: from.id, topic: 'between' })
    const options: Json = { topic: 'between', key: from.key, value: from.value, ...this.#named() }
    if (this.#random.chance(0.5)) this.#push('stream', 'stream', typesOf(from), options)
    else {
      const store = this.#materialized(0.6)
      this.#push('table', 'table', { ...typesOf(from), ...storeOf(store) }, { ...options, ...store })
    }
  }

  #config(): Json {
    const random = this.#random
    const config: Json = {}
    if (random.chance(0.75)) config['statestore.cache.max.bytes'] = random.pick([0, 0, 100, 300, 600, 1000])
    if (random.chance(0.4))
      config['topology.optimization'] = random.pick(['all', 'all', 'none', 'reuse.ktable.source.topics', 'merge.repartition.topics'])
    if (random.chance(0.2)) config['max.task.idle.ms'] = random.pick([-1, 5, 500])
    if (random.chance(0.3)) config['deserialization.exception.handler'] = 'LogAndContinueExceptionHandler'
    if (random.chance(0.4)) config['processing.exception.handler'] = 'LogAndContinueProcessingExceptionHandler'
    if (random.chance(0.2)) config['errors.dead.letter.queue.topic.name'] = 'dead'
    if (random.chance(0.1)) config['processing.guarantee'] = 'exactly_once_v2'
    if (random.chance(0.03)) config['ensure.explicit.internal.resource.naming'] = true
    if (random.chance(0.2)) config['dsl.store.suppliers.class'] = 'RocksDBDslStoreSuppliers'
    if (random.chance(0.15)) {
      config['default.timestamp.extractor'] = random.pick(['LogAndSkipOnInvalidTimestamp', 'fromValue', 'negativeOnX'])
    }
    return config
  }

  #push(op: string, kind: Kind | null, types: { key: Type; value: Type; store?: string }, options: Json): Flow | null {
    const id = `n${this.#ids++}`
    this.#topology.push(kind === null ? { op, ...options } : { op, id, ...options })
    if (kind === null) return null
    const flow = { id, kind, ...types }
    this.#flows.push(flow)
    return flow
  }

  /** `name`, sometimes. */
  #named(chance = 0.2): Json {
    return this.#random.chance(chance) ? { name: `name${this.#names++}` } : {}
  }

  #addSource(): void {
    const random = this.#random
    const value: Type = random.chance(0.12) ? 'int64' : 'string'
    const topic = random.chance(0.8) ? `in${this.#inputs.size}` : 'in0'
    if (this.#inputs.has(topic) && this.#inputs.get(topic) !== value) return
    this.#inputs.set(topic, value)
    const options: Json = { topic, ...(value === 'int64' ? { value } : {}), ...this.#named() }
    if (random.chance(0.05)) {
      this.#inputs.set('also', value)
      this.#push('stream', 'stream', { key: 'string', value }, { topics: [topic, 'also'], ...(value === 'int64' ? { value } : {}) })
      return
    }
    if (random.chance(0.1))
      options['extractor'] = random.pick(['fromValue', 'negativeOnX', 'partitionTime', 'failOnX', 'LogAndSkipOnInvalidTimestamp'])
    if (random.chance(0.5)) this.#push('stream', 'stream', { key: 'string', value }, options)
    else {
      const store = this.#materialized(0.6)
      this.#push('table', 'table', { key: 'string', value, ...storeOf(store) }, { ...options, ...store })
    }
  }

  /** Options of Materialized, sometimes. */
  #materialized(chance: number, types?: { key: Type; value: Type }): Json {
    const random = this.#random
    if (!random.chance(chance)) return {}
    const options: Json = types === undefined ? {} : { ...types }
    if (types === undefined || random.chance(0.7)) options['store'] = `store${this.#names++}`
    if (random.chance(0.5)) options['caching'] = random.chance(0.3)
    if (random.chance(0.2)) options['logging'] = random.chance(0.3)
    if (random.chance(0.15)) options['supplier'] = random.pick(['persistent', 'in-memory'])
    return options
  }

  #addOperator(from: Flow): void {
    if (from.kind === 'stream') this.#onStream(from)
    else if (from.kind === 'table') this.#onTable(from)
    else this.#aggregate(from)
  }

  #onStream(from: Flow): void {
    const random = this.#random
    const { key, value } = from
    const at = { from: from.id }
    const draw = random.below(100)
    if (draw < 12)
      this.#push(random.pick(['filter', 'filterNot']), 'stream', typesOf(from), {
        ...at,
        predicate: random.pick(predicates),
        ...this.#named(),
      })
    else if (draw < 20) this.#mapValues(from)
    else if (draw < 34) this.#mapKeys(from)
    else if (draw < 40) {
      const options = { ...at, list: random.pick(lists), ...this.#named() }
      if (random.chance(0.5)) this.#push('flatMapValues', 'stream', { key, value: 'string' }, options)
      else {
        const keyMapper = random.pick(keyMappers)
        this.#push('flatMap', 'stream', { key: typeOf(keyMapper, key, 'string'), value: 'string' }, { ...options, keyMapper })
      }
    } else if (draw < 43) this.#push('peek', 'stream', typesOf(from), { ...at, ...this.#named() })
    else if (draw < 48) this.#split(from)
    else if (draw < 53) {
      const others = this.#flows.filter(
        (other) => other.kind === 'stream' && other.key === key && other.value === value && other.id !== from.id,
      )
      if (others.length > 0) this.#push('merge', 'stream', typesOf(from), { ...at, with: random.pick(others).id, ...this.#named() })
    } else if (draw < 60) {
      const options: Json = { ...at, ...this.#named(0.5) }
      if (random.chance(0.2)) options['partitioner'] = random.pick(['default', 'zero', 'nowhere', 'dropOnB'])
      if (random.chance(0.2)) options['partitions'] = 3
      this.#push('repartition', 'stream', typesOf(from), options)
    } else if (draw < 67) {
      const plain = key === 'string' && value === 'string'
      const store = this.#materialized(plain ? 0.6 : 1, plain && random.chance(0.7) ? undefined : { key, value })
      this.#push('toTable', 'table', { key, value, ...storeOf(store) }, { ...at, ...this.#named(), ...store })
    } else if (draw < 85) {
      if (random.chance(0.4)) this.#push('groupByKey', 'grouped stream', typesOf(from), { ...at, ...this.#named() })
      else {
        const keyMapper = random.pick(keyMappers)
        this.#push('groupBy', 'grouped stream', { key: typeOf(keyMapper, key, value), value }, { ...at, keyMapper, ...this.#named() })
      }
      this.#aggregate(this.#flows.at(-1)!)
    } else this.#process(from)
  }

  #mapValues(from: Flow): void {
    const valueMapper = this.#random.pick(valueMappers)
    const types = { key: from.key, value: typeOf(valueMapper, from.key, from.value) }
    this.#push('mapValues', 'stream', types, { from: from.id, valueMapper, ...this.#named() })
  }

  #mapKeys({ id, key, value }: Flow): void {
    const keyMapper = this.#random.pick(keyMappers)
    const next = typeOf(keyMapper, key, value)
    if (this.#random.chance(0.5)) this.#push('selectKey', 'stream', { key: next, value }, { from: id, keyMapper, ...this.#named() })
    else {
      const valueMapper = this.#random.pick(valueMappers)
      this.#push(
        'map',
        'stream',
        { key: next, value: typeOf(valueMapper, key, value) },
        { from: id, keyMapper, valueMapper, ...this.#named() },
      )
    }
  }

  #split(from: Flow): void {
    const random = this.#random
    const branches = ['p', 'q', 'r'].slice(0, 1 + random.below(3)).map((name) => ({ name, predicate: random.pick(predicates) }))
    const last = random.chance(0.5) ? { default: 's' } : {}
    const id = `n${this.#ids++}`
    const name = random.chance(0.3) ? { name: `name${this.#names++}-` } : {}
    this.#topology.push({ op: 'split', id, from: from.id, branches, ...last, ...name })
    for (const branch of [...branches.map((b) => b.name), ...Object.values(last)]) {
      this.#flows.push({ id: `${id}.${branch}`, kind: 'stream', ...typesOf(from) })
    }
  }

  #process(from: Flow): void {
    const random = this.#random
    const isText = from.key === 'string' && from.value === 'string'
    const at = { from: from.id, ...this.#named() }
    const draw = random.below(10)
    const [shared] = this.#topology.filter(({ op, kind }) => op === 'store' && kind === 'key-value')
    if (isText && draw < 4 && shared !== undefined && random.chance(0.4)) {
      this.#push('process', 'stream', typesOf(from), { ...at, processor: random.pick(storeProcessors), stores: [shared['id']] })
      return
    }
    if (isText && draw < 4) {
      const store = { op: 'store', id: `own${this.#names++}`, kind: random.chance(0.3) ? 'timestamped' : 'key-value' }
      this.#topology.push({
        ...store,
        ...(random.chance(0.4) ? { caching: true } : {}),
        ...(random.chance(0.2) ? { logging: false } : {}),
        ...(random.chance(0.1) ? { supplier: 'persistent' } : {}),
      })
      const stores = [store.id]
      if (store.kind === 'timestamped') this.#push('process', 'stream', typesOf(from), { ...at, processor: 'rememberTimestamped', stores })
      else if (random.chance(0.3)) {
        this.#push('processValues', 'stream', typesOf(from), { ...at, processor: random.pick(['remember', 'countTimer']), stores })
      } else this.#push('process', 'stream', typesOf(from), { ...at, processor: random.pick(storeProcessors), stores })
      return
    }
    const tables = this.#flows.filter((flow) => flow.kind === 'table' && flow.store !== undefined && flow.key === 'string')
    if (isText && draw < 6 && tables.length > 0) {
      this.#push('process', 'stream', typesOf(from), { ...at, processor: 'tableLookup', stores: [random.pick(tables).id] })
    } else if (isText && draw < 8) this.#push('process', 'stream', typesOf(from), { ...at, processor: random.pick(timers) })
    else if (isText && draw < 9) this.#push('process', 'stream', typesOf(from), { ...at, processor: random.pick(freeProcessors) })
    else if (isText) this.#push('processValues', 'stream', typesOf(from), { ...at, processor: random.pick(fixedFree) })
    else
      this.#push('process', 'stream', typesOf(from), {
        ...at,
        value: from.value,
        processor: random.pick(['forward', 'drop', 'freshHeaders', 'commit']),
      })
  }

  #onTable(from: Flow): void {
    const random = this.#random
    const { key, value } = from
    const at = { from: from.id }
    const draw = random.below(100)
    if (draw < 30) {
      const store = this.#materialized(0.5, { key, value })
      const options = { ...at, predicate: random.pick(predicates), ...this.#named(), ...store }
      this.#push(random.pick(['filter', 'filterNot']), 'table', { key, value, ...storeOf(store) }, options)
    } else if (draw < 55) {
      const valueMapper = random.pick(valueMappers)
      const types = { key, value: typeOf(valueMapper, key, value) }
      const store = this.#materialized(0.5, types)
      this.#push('mapValues', 'table', { ...types, ...storeOf(store) }, { ...at, valueMapper, ...this.#named(), ...store })
    } else if (draw < 75) {
      if (random.chance(0.7)) this.#push('toStream', 'stream', typesOf(from), { ...at, ...this.#named() })
      else {
        const keyMapper = random.pick(keyMappers)
        this.#push('toStream', 'stream', { key: typeOf(keyMapper, key, value), value }, { ...at, keyMapper, ...this.#named() })
      }
    } else {
      const [keyMapper, valueMapper] = [random.pick(keyMappers), random.pick(valueMappers)]
      const types = { key: typeOf(keyMapper, key, value), value: typeOf(valueMapper, key, value) }
      this.#push('groupBy', 'grouped table', types, { ...at, keyMapper, valueMapper, ...this.#named() })
      this.#aggregate(this.#flows.at(-1)!)
    }
  }

  #aggregate(from: Flow): void {
    const random = this.#random
    const { key, value } = from
    const isStream = from.kind === 'grouped stream'
    const at = { from: from.id }
    const draw = random.below(3)
    if (draw === 0) {
      const store = this.#materialized(0.6)
      this.#push('count', 'table', { key, value: 'int64', ...storeOf(store) }, { ...at, ...this.#named(), ...store })
    } else if (draw === 1) {
      const store = this.#materialized(0.6, { key, value })
      const pick = (): string =>
        random.pick(value === 'string' ? ['first', 'last', 'concat', 'minus', 'nullOnE', 'failOnX'] : ['sum', 'first', 'difference'])
      const functions = isStream ? { reducer: pick() } : { adder: pick(), subtractor: pick() }
      const name = Object.keys(store).length === 0 ? {} : this.#named()
      this.#push('reduce', 'table', { key, value, ...storeOf(store) }, { ...at, ...functions, ...name, ...store })
    } else {
      const made: Type = random.pick(['string', 'int64'])
      const store = this.#materialized(0.6, { key, value: made })
      const pick = (): string =>
        random.pick(made === 'string' ? ['append', 'minus', 'nullOnE', 'keep', 'failOnX'] : ['up', 'down', 'nullAtZero', 'keep'])
      const functions = isStream ? { aggregator: pick() } : { adder: pick(), subtractor: pick() }
      const initializer = random.chance(0.03) ? 'fail' : made === 'string' ? 'empty' : 'zero'
      const options = { ...at, initializer, ...functions, value: made, ...this.#named(), ...store }
      this.#push('aggregate', 'table', { key, value: made, ...storeOf(store) }, options)
    }
  }

  /** Everything that nothing else takes is written. */
  #addSinks(): void {
    const random = this.#random
    const used = new Set(this.#topology.flatMap((operator) => [operator['from'], operator['with']]))
    for (const flow of this.#flows.slice()) {
      if (used.has(flow.id) && !random.chance(0.2)) continue
      if (flow.kind !== 'stream' && flow.kind !== 'table') continue
      let { id } = flow
      if (flow.kind === 'table') id = this.#push('toStream', 'stream', typesOf(flow), { from: id })!.id
      const options: Json = { from: id, ...this.#named(0.1) }
      if (random.chance(0.12)) options['topicChoice'] = random.pick(['byFirst', 'bySource', 'failOnX'])
      else options['topic'] = `out${random.below(4)}`
      if (random.chance(0.1)) options['partitioner'] = random.pick(['default', 'zero', 'nowhere', 'dropOnB'])
      this.#push('to', null, typesOf(flow), options)
    }
  }

  #time = 0

  #step(): Json {
    const random = this.#random
    if (random.chance(0.1)) return { advance: random.pick([1, 400, 1000, 2500]) }
    if (random.chance(0.06)) return this.#read()
    const topic = random.pick([...this.#inputs.keys()])
    const key = random.chance(0.07) ? null : random.pick(['a', 'a', 'b', 'c', 'aa', ''])
    if (random.chance(0.7)) this.#time += random.below(12)
    const timestamp = random.chance(0.25) ? random.below(this.#time + 1) : this.#time
    const headers = random.chance(0.15) ? { headers: { h: random.pick(values) } } : {}
    return { pipe: topic, key, value: this.#value(this.#inputs.get(topic)!), timestamp, ...headers }
  }

  /** A read of a store whose keys are texts; of the wall clock, if there is none. */
  #read(): Json {
    const random = this.#random
    const names = this.#flows.filter(({ store, key }) => store !== undefined && key === 'string').map(({ store }) => store)
    const owned = this.#topology.filter(({ op }) => op === 'store').map(({ id }) => id)
    const all = [...names, ...owned]
    if (all.length === 0) return { advance: 1 }
    const name = random.pick(all)
    const bound = (): string | null => random.pick([null, '', 'a', 'aa', 'b', 'bb', 'c'])
    const draw = random.below(4)
    if (draw === 0) return { read: name }
    if (draw === 1) return { read: name, range: [bound(), bound()] }
    return draw === 2 ? { read: name, prefix: random.pick(['a', 'b', 'zz']) } : { read: name, get: random.pick(['a', 'b', 'c', '']) }
  }

  #value(type: Type): unknown {
    const random = this.#random
    if (random.chance(0.12)) return null
    if (random.chance(0.02) && (type === 'string' || !this.#isIdling)) return { hex: 'ff00' }
    return type === 'string' ? random.pick(values) : random.below(5)
  }
}

function typesOf({ key, value }: Flow): { key: Type; value: Type } {
  return { key, value }
}

function storeOf({ store }: Json): { store?: string } {
  return typeof store === 'string' ? { store } : {}
}

function typeOf(mapper: string, key: Type, value: Type): Type {
  if (mapper === 'key') return key
  if (mapper === 'value') return value
  return mapper === 'length' ? 'int64' : 'string'
}
