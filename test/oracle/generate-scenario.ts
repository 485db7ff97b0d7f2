import { Prng } from '../../src/base/prng.ts'
import { Generator, type Json, storeOf, typesOf } from './random/generator.ts'
import { partitioners, texts } from './random/names.ts'
import { randomAreas } from './random/registry.ts'
import { joinsOfStreams } from './random/stream-joins.ts'

const choices = randomAreas.flatMap((area) => area.choices)
const reads = Object.assign({}, ...randomAreas.map((area) => area.reads ?? {})) as NonNullable<(typeof randomAreas)[number]['reads']>

/** A random scenario: the same for the same seed. */
export function generateScenario(seed: number): object {
  const random = new Prng(seed)
  const g = new Generator(random, choices)
  addSources(g, 1 + random.below(2))
  if (random.chance(0.15)) addChain(g, 3 + random.below(6))
  else addOperators(g, 2 + random.below(random.chance(0.1) ? 20 : 7))
  if (random.chance(0.2)) {
    addTopicBetween(g)
    addOperators(g, 1 + random.below(4))
  }
  addSinks(g)
  const config = configOf(g)
  const steps = new Steps(g, config)
  const restore = random.chance(0.1) && randomAreas.every(({ isRestorable }) => isRestorable?.(g, config) ?? true) ? { restore: true } : {}
  return {
    name: `seed ${seed}`,
    ...restore,
    config,
    topology: g.topology,
    steps: Array.from({ length: 6 + random.below(random.chance(0.1) && joinsOfStreams(g) < 2 ? 80 : 20) }, () => steps.next()),
  }
}

/** A random topology, larger than those of scenarios, that is built and not run: the same for the same seed. */
export function generateTopology(seed: number): object {
  const random = new Prng(seed)
  const g = new Generator(random, choices)
  addSources(g, 1 + random.below(3))
  addOperators(g, 4 + random.below(16))
  if (random.chance(0.3)) {
    addTopicBetween(g)
    addOperators(g, 1 + random.below(6))
  }
  addSinks(g)
  return { name: `topology ${seed}`, build: true, config: configOf(g), topology: g.topology }
}

/** At least one, which operators need to come after. */
function addSources(g: Generator, count: number): void {
  for (let left = count; left > 0 || g.flows.length === 0; left--) g.addAfter(null)
}

function addOperators(g: Generator, count: number): void {
  for (let left = count; left > 0; left--) g.addAfter(g.random.pick(g.random.chance(0.4) ? g.flows.slice(-3) : g.flows))
}

/** Operators that come one after the other. */
function addChain(g: Generator, count: number): void {
  for (let left = count; left > 0; left--) g.addAfter(g.flows.at(-1)!)
}

/** A topic that is written and read again. */
function addTopicBetween(g: Generator): void {
  const streams = g.flows.filter(({ kind }) => kind === 'stream')
  if (streams.length === 0) return
  const from = g.random.pick(streams)
  g.push('to', null, null, { from: from.id, topic: 'between' })
  const options: Json = { topic: 'between', key: from.key, value: from.value, ...g.named() }
  if (g.random.chance(0.5)) g.push('stream', 'stream', typesOf(from), options)
  else {
    const store = g.materialized(0.6)
    g.push('table', 'table', { ...typesOf(from), ...storeOf(store) }, { ...options, ...store })
  }
}

function configOf(g: Generator): Json {
  const { random } = g
  const config: Json = {}
  if (random.chance(0.75)) config['statestore.cache.max.bytes'] = random.pick([0, 0, 100, 300, 600, 1000])
  if (random.chance(0.4))
    config['topology.optimization'] = random.pick(['all', 'all', 'none', 'reuse.ktable.source.topics', 'merge.repartition.topics'])
  if (random.chance(0.2)) config['max.task.idle.ms'] = random.pick([-1, 5, 500])
  if (random.chance(0.3)) config['deserialization.exception.handler'] = 'LogAndContinueExceptionHandler'
  if (random.chance(0.4)) config['processing.exception.handler'] = 'LogAndContinueProcessingExceptionHandler'
  if (random.chance(0.2)) config['errors.dead.letter.queue.topic.name'] = 'dead'
  if (random.chance(0.1)) config['processing.guarantee'] = 'exactly_once_v2'
  // Java's driver forgets dead letters of such records (README, "What is not judged").
  if (config['processing.guarantee'] !== undefined && config['deserialization.exception.handler'] !== undefined)
    delete config['errors.dead.letter.queue.topic.name']
  if (random.chance(0.03)) config['ensure.explicit.internal.resource.naming'] = true
  if (random.chance(0.1)) config['dsl.store.suppliers.class'] = 'RocksDBDslStoreSuppliers'
  if (random.chance(0.04)) config['dsl.store.suppliers.class'] = random.pick(['Roomy', 'Plain', 'Choosing'])
  if (random.chance(0.15)) {
    config['default.timestamp.extractor'] = random.pick(['LogAndSkipOnInvalidTimestamp', 'fromValue', 'negativeOnX'])
  }
  if (random.chance(0.03)) config['processor.wrapper.class'] = random.pick(['Printing', 'Counting'])
  for (const { config: add } of randomAreas) add?.(g, config)
  // While inputs wait for each other Java drops what it cannot use earlier (README, "What is not judged").
  const extractors = [config['default.timestamp.extractor'], ...g.topology.map((operator) => operator['extractor'])]
  if (Number(config['max.task.idle.ms']) > 0 && extractors.includes('negativeOnX')) delete config['max.task.idle.ms']
  return config
}

/** Everything that nothing else takes is written. */
function addSinks(g: Generator): void {
  const { random } = g
  const used = new Set(g.topology.flatMap((operator) => [operator['from'], operator['with']]))
  for (const flow of g.flows.slice()) {
    if (used.has(flow.id) && !random.chance(0.2)) continue
    if (flow.kind !== 'stream' && flow.kind !== 'table') continue
    const { id } = flow.kind === 'table' ? g.push('toStream', 'stream', typesOf(flow), { from: flow.id }) : flow
    const options: Json = { from: id, ...g.named(0.1) }
    if (random.chance(0.12)) options['topicChoice'] = random.pick(['byFirst', 'bySource', 'failOnX'])
    else options['topic'] = `out${random.below(4)}`
    if (random.chance(0.1)) options['partitioner'] = random.pick(partitioners)
    g.push('to', null, null, options)
  }
}

/** Whether a read is of one row. */
function isLookup(options: Json): boolean {
  const { fetch } = options
  return 'get' in options || 'fetchSession' in options || (Array.isArray(fetch) && fetch.length === 2)
}

/** What is done to the topology. */
class Steps {
  readonly #g: Generator
  /** Inputs wait for each other: what cannot be read is dropped later than in Java (README, "What is not judged"). */
  readonly #isIdling: boolean
  /** Caches evict: scans before the end are left out, which count as uses in Java (README, "What is not judged"). */
  readonly #evicts: boolean
  #time = 0

  constructor(g: Generator, config: Json) {
    this.#g = g
    this.#isIdling = Number(config['max.task.idle.ms'] ?? 0) > 0
    const room = Number(config['statestore.cache.max.bytes'] ?? 0)
    this.#evicts = room > 0 && room < 100_000
  }

  next(): Json {
    const { random, inputs } = this.#g
    if (random.chance(0.1)) return { advance: random.pick([1, 400, 1000, 2500]) }
    if (random.chance(0.06)) return this.#read()
    const topic = random.pick([...inputs.keys()])
    const key = random.chance(0.07) ? null : random.pick(['a', 'a', 'b', 'c', 'aa', ''])
    if (random.chance(0.7)) this.#time += random.below(12)
    const timestamp = random.chance(0.25) ? random.below(this.#time + 1) : this.#time
    const headers = random.chance(0.15) ? { headers: { h: random.pick(texts) } } : {}
    return { pipe: topic, key, value: this.#value(inputs.get(topic)!), timestamp, ...headers }
  }

  /** A read of a store whose keys are texts; of the wall clock, if there is none. */
  #read(): Json {
    const { flows, topology, random } = this.#g
    const ofTables = flows.flatMap(({ store, storeKind = 'key-value', key }) =>
      store !== undefined && /^(\w+\()?string/.test(key) ? [[store, storeKind] as const] : [],
    )
    // A stream that is joined with itself has one store: that of the other side is not there.
    const others = new Set(topology.map(({ rightStore }) => rightStore))
    const described = topology
      .filter(({ op, id, key = 'string' }) => op === 'store' && key === 'string' && !others.has(id))
      .map(({ id, kind }) => [String(id), String(kind)] as const)
    const known = [...ofTables, ...described].filter(([, kind]) => Object.hasOwn(reads, kind))
    if (known.length === 0) return { advance: 1 }
    const [name, kind] = random.pick(known)
    const options = reads[kind]!(this.#g)
    return this.#evicts && kind !== 'versioned' && !isLookup(options) ? { advance: 1 } : { read: name, ...options }
  }

  #value(serde: string): unknown {
    const { random } = this.#g
    if (random.chance(0.12)) return null
    if (random.chance(0.02) && (serde === 'string' || !this.#isIdling)) return { hex: 'ff41' }
    return serde === 'string' ? random.pick(texts) : random.below(5)
  }
}
