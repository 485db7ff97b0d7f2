import { type Generator, type Json, type RandomArea, type RandomFlow, typesOf } from './generator.ts'
import { partitioners } from './names.ts'
import { addStore, freeProcessors, storeProcessors } from './processors.ts'

/** Nodes by hand, beside those of the DSL. Their ids are their names. */
export const randomHand: RandomArea = {
  choices: [
    { weight: 1, add: addSource },
    { weight: 10, on: 'node', add: addProcessor },
    { weight: 4, on: 'node', add: addSink },
  ],
}

function addSource(g: Generator): void {
  const topic = `in${g.inputs.size}`
  g.inputs.set(topic, 'string')
  const extractor = g.random.chance(0.1) ? { extractor: g.random.pick(['fromValue', 'partitionTime', 'LogAndSkipOnInvalidTimestamp']) } : {}
  const source = g.push('addSource', 'node', { key: 'string', value: 'string' }, { topic, ...extractor })
  addProcessor(g, source)
}

/** Below one node, or two of them. Its store is given to it, or connected afterwards. */
function addProcessor(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const other = random.chance(0.2) ? g.other(flow, 'node') : undefined
  const parents = other === undefined ? [flow.id] : [flow.id, other.id]
  if (random.chance(0.6)) {
    addSinkBelow(g, g.push('addProcessor', 'node', typesOf(flow), { parents, processor: random.pick(freeProcessors) }))
    return
  }
  const stores = [addStore(g, 'key-value')]
  const isConnected = random.chance(0.4)
  const options: Json = { parents, processor: random.pick(storeProcessors), stores, ...(isConnected ? { connected: true } : {}) }
  const processor = g.push('addProcessor', 'node', typesOf(flow), options)
  if (isConnected) connect(g, processor.id, stores)
  addSinkBelow(g, processor)
}

function connect(g: Generator, processor: string, stores: readonly string[]): void {
  const inOneCall = g.random.chance(0.5)
  const processors = inOneCall ? [processor] : []
  for (const store of stores) g.push('addStateStore', null, null, { store, processors })
  if (!inOneCall) g.push('connectProcessorAndStateStores', null, null, { processor, stores })
}

function addSinkBelow(g: Generator, flow: RandomFlow): void {
  if (g.random.chance(0.7)) addSink(g, flow)
}

function addSink(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const options: Json = { id: g.nextId(), parents: [flow.id] }
  if (random.chance(0.15)) options['topicChoice'] = random.pick(['byFirst', 'bySource', 'failOnX'])
  else options['topic'] = `out${random.below(4)}`
  if (random.chance(0.15)) options['partitioner'] = random.pick(partitioners)
  g.push('addSink', null, null, options)
}
