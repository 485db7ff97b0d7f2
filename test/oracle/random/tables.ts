import { type Choice, type Generator, type RandomArea, type RandomFlow, storeOf, typesOf } from './generator.ts'
import { keyAfter, keyMapperOf, predicates, valueAfter, valueMappers } from './names.ts'
import { maybeVersioned } from './versioned.ts'

/** Operators on tables. */
export const randomTables: RandomArea = {
  choices: [
    ...['filter', 'filterNot'].map((op): Choice => ({
      weight: 15,
      on: 'table',
      fits: isUnwindowed,
      add: (g, flow): void => {
        const types = typesOf(flow)
        const store = maybeVersioned(g, g.materialized(0.5, types), types.key)
        const options = { from: flow.id, predicate: g.random.pick(predicates), ...g.named(), ...store }
        g.push(op, 'table', { ...types, ...storeOf(store) }, options)
      },
    })),
    { weight: 25, on: 'table', fits: isUnwindowed, add: mapValues },
    { weight: 14, on: 'table', add: (g, flow): void => void g.push('toStream', 'stream', typesOf(flow), { from: flow.id, ...g.named() }) },
    {
      weight: 6,
      on: 'table',
      add: (g, flow): void => {
        const keyMapper = keyMapperOf(g, flow)
        const types = { key: keyAfter(keyMapper, flow), value: flow.value }
        g.push('toStream', 'stream', types, { from: flow.id, keyMapper, ...g.named() })
      },
    },
    { weight: 25, on: 'table', add: groupBy },
  ],
}

/** Not keyed by windows. */
export function isUnwindowed({ key }: RandomFlow): boolean {
  return !key.includes('(')
}

function mapValues(g: Generator, flow: RandomFlow): void {
  const valueMapper = g.random.pick(valueMappers)
  const types = { key: flow.key, value: valueAfter(valueMapper, flow) }
  const store = maybeVersioned(g, g.materialized(0.5, types), types.key)
  g.push('mapValues', 'table', { ...types, ...storeOf(store) }, { from: flow.id, valueMapper, ...g.named(), ...store })
}

function groupBy(g: Generator, flow: RandomFlow): void {
  const keyMapper = keyMapperOf(g, flow)
  const valueMapper = g.random.pick(flow.key.includes('(') ? ['value', 'text', 'length', 'nullOnB'] : valueMappers)
  const types = { key: keyAfter(keyMapper, flow), value: valueAfter(valueMapper, flow) }
  g.addAfter(g.push('groupBy', 'grouped table', types, { from: flow.id, keyMapper, valueMapper, ...g.named() }))
}
