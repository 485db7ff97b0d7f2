import { serdeOf, serdeOfJoined } from '../functions.ts'
import { type Choice, type Generator, isText, type Json, type RandomArea, type RandomFlow } from './generator.ts'
import { addStore } from './processors.ts'

const joiners = ['both', 'both', 'both', 'left', 'right', 'null', 'nullOnE', 'lengths', 'failOnX']
const joinersWithKey = ['all', 'all', 'key', 'nullOnKeyB', 'failOnX']
const keyMappers = ['value', 'value', 'key', 'first', 'nullOnB', 'constant', 'null', 'failOnX', 'keyAndValue']

/** Global tables and stores, and what reads them. */
export const randomGlobalTables: RandomArea = {
  // A repartition topic may be merged over such a join, whose values its serde does not fit (README, "What is not judged").
  config: ({ topology }, config) => {
    if (config['topology.optimization'] === undefined) return
    if (topology.some(({ op, joiner }) => String(op).endsWith('oinGlobal') && joiner === 'lengths'))
      delete config['processing.exception.handler']
  },
  choices: [
    { weight: 5, add: addTable },
    { weight: 3, add: addGlobalStore },
    { weight: 1, add: addReadOnlyStore },
    ...['joinGlobal', 'leftJoinGlobal'].map((op): Choice => ({
      weight: 24,
      on: 'stream',
      fits: (flow, g): boolean => isText(flow) && g.flows.some(({ kind }) => kind === 'global table'),
      add: (g, flow): void => join(g, flow, op),
    })),
    {
      weight: 5,
      on: 'stream',
      fits: (flow, g): boolean => isText(flow) && globalStores(g).length > 0,
      add: (g, flow): void => {
        const { random } = g
        const processor = random.pick(['lookUp', 'lookUp', 'lookUp', 'lookUpAll', 'lookUpAndWrite'])
        const stores = [random.pick(globalStores(g))['store']]
        g.push('process', 'stream', { key: flow.key, value: 'string' }, { from: flow.id, ...g.named(), processor, stores })
      },
    },
    {
      weight: 4,
      on: 'stream',
      fits: (flow, g): boolean => isText(flow) && readable(g).length > 0,
      add: (g, flow): void => {
        const stores = [g.random.pick(readable(g)).id]
        g.push('process', 'stream', { key: flow.key, value: 'string' }, { from: flow.id, ...g.named(), processor: 'tableRow', stores })
      },
    },
  ],
}

/** Java's program knows no name of a store that has options and no name. */
function readable(g: Generator): RandomFlow[] {
  return g.flows.filter(({ kind, key, store }) => kind === 'global table' && key === 'string' && store !== undefined)
}

function globalStores(g: Generator): Json[] {
  return g.topology.filter(({ op }) => op === 'globalStore')
}

/** A topic of its own; sometimes one that something else reads, which Java refuses. */
function freshTopic(g: Generator, value: string): string | null {
  const { random, inputs } = g
  const topic = random.chance(0.97) ? `global${inputs.size}` : random.pick(['in0', `global${inputs.size}`])
  if ((inputs.get(topic) ?? value) !== value) return null
  inputs.set(topic, value)
  return topic
}

function addTable(g: Generator): void {
  const { random } = g
  const value = random.chance(0.12) ? 'int64' : 'string'
  const topic = freshTopic(g, value)
  if (topic === null) return
  const store = random.chance(0.6) ? { store: g.nextName('store'), ...tableStore(g) } : random.chance(0.05) ? { caching: true } : {}
  const options: Json = { topic, ...(value === 'int64' ? { value } : {}), ...g.named(), ...store }
  if (random.chance(0.1)) options['extractor'] = random.pick(['fromValue', 'negativeOnX', 'partitionTime', 'failOnX'])
  const named = 'store' in store ? { store: String(store.store), storeKind: 'key-value' } : {}
  g.push('globalTable', 'global table', { key: 'string', value, ...named }, options)
  const streams = g.flows.filter((flow) => flow.kind === 'stream' && isText(flow))
  for (const stream of streams.slice(-2)) if (random.chance(0.7)) join(g, stream, random.pick(['joinGlobal', 'leftJoinGlobal']))
}

function tableStore({ random }: Generator): Json {
  const options: Json = {}
  if (random.chance(0.4)) options['caching'] = random.chance(0.5)
  if (random.chance(0.2)) options['logging'] = random.chance(0.5)
  if (random.chance(0.15)) options['supplier'] = random.pick(['persistent', 'in-memory'])
  return options
}

function addGlobalStore(g: Generator): void {
  const topic = freshTopic(g, 'string')
  if (topic === null) return
  const store = addStore(g, 'key-value')
  const processor = g.random.pick(['keep', 'keep', 'keepPlace', 'keepCount', 'keepFailOnX', 'remember', 'firstOnly', 'deleteOld'])
  g.push('globalStore', null, null, { topic, store, processor, ...g.named() })
}

function addReadOnlyStore(g: Generator): void {
  const topic = freshTopic(g, 'string')
  if (topic === null) return
  // Without a kind: processors of other areas take those that have one.
  const store = g.nextName('own')
  g.topology.push({ op: 'store', id: store, ...(g.random.chance(0.3) ? { caching: true } : {}) })
  const op = g.random.chance(0.7) ? 'readOnlyStore' : 'laterGlobalStore'
  g.push(op, null, null, { topic, store, name: g.nextName('keeper'), processor: g.random.pick(['keep', 'keep', 'keepPlace', 'keepCount']) })
}

function join(g: Generator, flow: RandomFlow, op: string): void {
  const { random } = g
  const tables = g.flows.filter(({ kind }) => kind === 'global table')
  const table = random.pick(tables)
  const fitting = keyMappers.filter((mapper) => serdeOf(mapper, flow.key, flow.value) === table.key)
  const options: Json = { from: flow.id, with: table.id, keyMapper: random.pick(fitting), ...g.named(0.25) }
  if (random.chance(0.3)) {
    g.push(op, 'stream', { key: flow.key, value: 'string' }, { ...options, joinerWithKey: random.pick(joinersWithKey) })
    return
  }
  const joiner = random.pick(joiners)
  g.push(op, 'stream', { key: flow.key, value: serdeOfJoined(joiner, flow.value, table.value) }, { ...options, joiner })
}
