import { type Generator, isText, type Json, type RandomArea, type RandomFlow, storeOf, typesOf } from './generator.ts'
import { choicesOn, keyAfter, keyMapperOf, lists, partitioners, predicates, valueAfter, valueMappers } from './names.ts'

/** Operators on streams. */
export const randomStreams: RandomArea = {
  choices: [
    ...choicesOn('stream', 6, ['filter', 'filterNot'], (g) => ({ predicate: g.random.pick(predicates), ...g.named() })),
    ...choicesOn('stream', 3, ['peek'], (g) => g.named()),
    { weight: 1, on: 'stream', add: (g, flow): void => void g.push('foreach', null, null, { from: flow.id, ...g.named() }) },
    { weight: 1, on: 'stream', fits: isText, add: print },
    { weight: 8, on: 'stream', add: mapValues },
    { weight: 7, on: 'stream', add: selectKey },
    { weight: 7, on: 'stream', add: map },
    {
      weight: 5,
      on: 'stream',
      add: (g, flow): void => {
        g.push('flatMapValues', 'stream', { key: flow.key, value: 'string' }, { from: flow.id, list: g.random.pick(lists), ...g.named() })
      },
    },
    { weight: 5, on: 'stream', add: flatMap },
    { weight: 5, on: 'stream', add: split },
    {
      weight: 5,
      on: 'stream',
      add: (g, flow): void => {
        const other = g.other(flow, 'stream', ({ value }) => value === flow.value)
        if (other !== undefined) g.push('merge', 'stream', typesOf(flow), { from: flow.id, with: other.id, ...g.named() })
      },
    },
    { weight: 7, on: 'stream', add: repartition },
    { weight: 7, on: 'stream', add: toTable },
    {
      weight: 15,
      on: 'stream',
      add: (g, flow): void => g.addAfter(g.push('groupByKey', 'grouped stream', typesOf(flow), { from: flow.id, ...g.named() })),
    },
    {
      weight: 15,
      on: 'stream',
      add: (g, flow): void => {
        const keyMapper = keyMapperOf(g, flow)
        const types = { key: keyAfter(keyMapper, flow), value: flow.value }
        g.addAfter(g.push('groupBy', 'grouped stream', types, { from: flow.id, keyMapper, ...g.named() }))
      },
    },
  ],
}

function print(g: Generator, flow: RandomFlow): void {
  const label = g.random.chance(0.5) ? { label: 'seen' } : {}
  const mapper = g.random.chance(0.5) ? { mapper: g.random.pick(['text', 'keyAndValue', 'first']) } : {}
  g.push('print', null, null, { from: flow.id, ...g.named(), ...label, ...mapper })
}

function mapValues(g: Generator, flow: RandomFlow): void {
  const valueMapper = g.random.pick(valueMappers)
  if (valueMapper === 'key' && flow.key.includes('(')) return
  const types = { key: flow.key, value: valueAfter(valueMapper, flow) }
  g.push('mapValues', 'stream', types, { from: flow.id, valueMapper, ...g.named() })
}

function selectKey(g: Generator, flow: RandomFlow): void {
  const keyMapper = keyMapperOf(g, flow)
  g.push('selectKey', 'stream', { key: keyAfter(keyMapper, flow), value: flow.value }, { from: flow.id, keyMapper, ...g.named() })
}

function map(g: Generator, flow: RandomFlow): void {
  const keyMapper = keyMapperOf(g, flow)
  const valueMapper = g.random.pick(valueMappers)
  if (valueMapper === 'key' && flow.key.includes('(')) return
  const types = { key: keyAfter(keyMapper, flow), value: valueAfter(valueMapper, flow) }
  g.push('map', 'stream', types, { from: flow.id, keyMapper, valueMapper, ...g.named() })
}

function flatMap(g: Generator, flow: RandomFlow): void {
  const keyMapper = keyMapperOf(g, flow)
  const types = { key: keyAfter(keyMapper, { ...flow, value: 'string' }), value: 'string' }
  g.push('flatMap', 'stream', types, { from: flow.id, list: g.random.pick(lists), ...g.named(), keyMapper })
}

function split(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const branches = ['p', 'q', 'r'].slice(0, 1 + random.below(3)).map((name) => ({ name, predicate: random.pick(predicates) }))
  const last = random.chance(0.5) ? { default: 's' } : {}
  const id = g.nextId()
  const name = random.chance(0.3) ? { name: `${g.nextName('name')}-` } : {}
  g.topology.push({ op: 'split', id, from: flow.id, branches, ...last, ...name })
  for (const branch of [...branches.map((b) => b.name), ...Object.values(last)]) {
    g.addFlow({ id: `${id}.${branch}`, kind: 'stream', ...typesOf(flow) })
  }
}

function repartition(g: Generator, flow: RandomFlow): void {
  const options: Json = { from: flow.id, ...g.named(0.5) }
  if (g.random.chance(0.2)) options['partitioner'] = g.random.pick(partitioners)
  if (g.random.chance(0.2)) options['partitions'] = 3
  g.push('repartition', 'stream', typesOf(flow), options)
}

function toTable(g: Generator, flow: RandomFlow): void {
  const types = typesOf(flow)
  const isPlain = flow.key === 'string' && flow.value === 'string'
  const store = g.materialized(isPlain ? 0.6 : 1, isPlain && g.random.chance(0.7) ? undefined : types)
  g.push('toTable', 'table', { ...types, ...storeOf(store) }, { from: flow.id, ...g.named(), ...store })
}
