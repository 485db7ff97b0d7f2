import { type Generator, type Json, type RandomArea, type RandomFlow, storeOf } from './generator.ts'
import { aggregatorsFor, initializerFor, reducersFor } from './names.ts'
import { maybeVersioned } from './versioned.ts'

/** Aggregations of grouped streams and tables. */
export const randomGrouped: RandomArea = {
  choices: ['grouped stream', 'grouped table'].flatMap((on) => [
    { weight: 10, on, add: count },
    { weight: 10, on, add: reduce },
    { weight: 10, on, add: aggregate },
  ]),
}

/** As many functions as the aggregation has: one of streams, an adder and a subtractor of tables. */
function functionsOf({ kind }: RandomFlow, name: string, pick: () => string): Json {
  return kind === 'grouped table' ? { adder: pick(), subtractor: pick() } : { [name]: pick() }
}

function count(g: Generator, flow: RandomFlow): void {
  const store = maybeVersioned(g, g.materialized(0.6), flow.key)
  const named = flow.key === 'string' ? {} : Object.keys(store).length === 0 ? {} : { key: flow.key }
  g.push('count', 'table', { key: flow.key, value: 'int64', ...storeOf(store) }, { from: flow.id, ...g.named(), ...named, ...store })
}

function reduce(g: Generator, flow: RandomFlow): void {
  const { key, value } = flow
  const store = maybeVersioned(g, g.materialized(0.6, { key, value }), key)
  const functions = functionsOf(flow, 'reducer', () => g.random.pick(reducersFor(value)))
  const name = Object.keys(store).length === 0 ? {} : g.named()
  g.push('reduce', 'table', { key, value, ...storeOf(store) }, { from: flow.id, ...functions, ...name, ...store })
}

function aggregate(g: Generator, flow: RandomFlow): void {
  const made = g.random.pick(['string', 'int64'] as const)
  const types = { key: flow.key, value: made }
  const store = maybeVersioned(g, g.materialized(0.6, types), types.key)
  const functions = functionsOf(flow, 'aggregator', () => g.random.pick(aggregatorsFor(made)))
  const options = { from: flow.id, initializer: initializerFor(g, made), ...functions, value: made, ...g.named(), ...store }
  g.push('aggregate', 'table', { ...types, ...storeOf(store) }, options)
}
