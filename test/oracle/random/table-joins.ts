import { serdeOfJoined } from '../functions.ts'
import { type Choice, type Generator, isText, type RandomArea, type RandomFlow, storeOf, typesOf } from './generator.ts'
import { addStore } from './processors.ts'
import { maybeVersioned } from './versioned.ts'

const joiners = ['both', 'both', 'left', 'right', 'null', 'nullOnE', 'lengths', 'failOnX']
const transformers = ['text', 'keyAndValue', 'present', 'nullOnB', 'null', 'failOnX', 'calls', 'calls', 'times', 'forwards']

/** Joins of tables by their keys, and `transformValues`. */
export const randomTableJoins: RandomArea = {
  config: ({ random, topology }, config): void => {
    if (random.chance(0.05)) config['upgrade.from'] = random.pick(['2.4', '3.4', '3.5', '4.2'])
    // README, "What is not judged": after functions that failed while a row was looked up Java does not know where the record came from.
    const failing = topology.filter(({ transformer }) => transformer === 'failOnX' || transformer === 'forwards')
    if (failing.length > 0) delete config['errors.dead.letter.queue.topic.name']
    if (failing.some(({ store }) => store === undefined)) delete config['processing.exception.handler']
  },
  choices: [
    ...['join', 'leftJoin', 'outerJoin'].map((op): Choice => ({ weight: 12, on: 'table', add: (g, flow): void => join(g, flow, op) })),
    { weight: 10, on: 'table', fits: ({ key }): boolean => !key.includes('('), add: transform },
    { weight: 3, on: 'table', fits: isText, add: transformWithStore },
  ],
}

/** With another table of such keys, or with itself. */
function join(g: Generator, flow: RandomFlow, op: string): void {
  const other = g.random.chance(0.1) ? flow : (g.other(flow, 'table') ?? flow)
  const drawn = g.random.pick(joiners)
  // Outer joins lack a side: what comes out of `left` and `right` is then absent, which is a row that is not there.
  const types = { key: flow.key, value: serdeOfJoined(drawn, flow.value, other.value) }
  const store = maybeVersioned(g, g.materialized(0.5, types), flow.key)
  g.push(op, 'table', { ...types, ...storeOf(store) }, { from: flow.id, with: other.id, joiner: drawn, ...g.named(), ...store })
}

function transform(g: Generator, flow: RandomFlow): void {
  const types = { key: flow.key, value: 'string' }
  const store = maybeVersioned(g, g.materialized(0.5, types), flow.key)
  const options = { from: flow.id, transformer: g.random.pick(transformers), ...g.named(), ...store }
  g.push('transformValues', 'table', { ...types, ...storeOf(store) }, options)
}

/** Rows without a store of their own would be looked up by nodes that the function's store is not connected to. */
function transformWithStore(g: Generator, flow: RandomFlow): void {
  const store = g.materialized(1, typesOf(flow))
  const options = {
    from: flow.id,
    transformer: g.random.pick(['remember', 'lookup']),
    stores: [addStore(g, 'key-value')],
    ...g.named(),
    ...store,
  }
  g.push('transformValues', 'table', { ...typesOf(flow), ...storeOf(store) }, options)
}
