import { type Generator, type Json, type RandomArea, type RandomFlow, storeOf, typesOf } from './generator.ts'
import { aggregatorsFor, initializerFor } from './names.ts'
import { randomAnyWindows, windowedKey, windowMaterialized } from './windows.ts'

/** Grouped streams that are aggregated together. */
export const randomCogroups: RandomArea = {
  choices: [
    { weight: 6, on: 'grouped stream', add: cogroup },
    { weight: 10, on: 'cogrouped stream', add: another },
    { weight: 10, on: 'cogrouped stream', add: aggregate },
    { weight: 12, on: 'cogrouped stream', fits: ({ key }): boolean => !key.includes(','), add: windowedBy },
    { weight: 10, on: 'windowed cogrouped stream', add: aggregateWindows },
  ],
}

function cogroup(g: Generator, flow: RandomFlow): void {
  const value = g.random.pick(['string', 'int64'] as const)
  const types = { key: flow.key, value }
  const first = g.push('cogroup', 'cogrouped stream', types, { from: flow.id, aggregator: g.random.pick(aggregatorsFor(value)), value })
  let last = first
  while (g.random.chance(0.6)) last = withAnother(g, last) ?? last
  g.addAfter(last)
}

function another(g: Generator, flow: RandomFlow): void {
  const added = withAnother(g, flow)
  if (added !== null) g.addAfter(added)
}

/** `null` where there is no other grouped stream; the same one may come again, and gets another aggregator. */
function withAnother(g: Generator, flow: RandomFlow): RandomFlow | null {
  const other = g.other(flow, 'grouped stream')
  if (other === undefined) return null
  const aggregator = g.random.pick(aggregatorsFor(flow.value === 'string' ? 'string' : 'int64'))
  const types = { key: flow.key, value: flow.value }
  return g.push('cogroup', 'cogrouped stream', types, { from: flow.id, with: other.id, aggregator })
}

function aggregate(g: Generator, flow: RandomFlow): void {
  const { key, value } = flow
  const store = g.materialized(0.6, { key, value })
  const types = { key, value, ...storeOf(store) }
  g.push('aggregate', 'table', types, { from: flow.id, ...functionsOf(g, flow), ...g.named(), ...store })
}

function windowedBy(g: Generator, flow: RandomFlow): void {
  const windowed = g.push(
    'windowedBy',
    'windowed cogrouped stream',
    { key: flow.key, value: flow.value },
    { from: flow.id, ...randomAnyWindows(g) },
  )
  g.addAfter(windowed)
}

function aggregateWindows(g: Generator, flow: RandomFlow): void {
  const { key, value } = flow
  const store = windowMaterialized(g, { key, value })
  const types = { key: windowedKey(g, flow), value, ...storeOf(store, 'window') }
  // Not a `table`: Java cannot look up the rows of such a table (README, "What is not judged").
  const table = g.push('aggregate', 'table of windowed cogroup', types, { from: flow.id, ...functionsOf(g, flow), ...g.named(), ...store })
  g.push('toStream', 'stream', typesOf(types), { from: table.id, ...g.named() })
}

function functionsOf(g: Generator, { value }: RandomFlow): Json {
  return { initializer: initializerFor(g, value === 'string' ? 'string' : 'int64') }
}
