import type { Generator, Json, RandomArea, RandomFlow } from './generator.ts'
import { storeOf } from './generator.ts'

/** Functions of the value, and of key and value. */
const ofValues = ['value', 'first', 'first', 'nullOnB', 'constant', 'failOnX']
const ofKeys = ['keyAndValue', 'key']
const joiners = ['both', 'both', 'both', 'left', 'right', 'nullOnE', 'lengths', 'failOnX']

/** Joins of tables by foreign key. */
export const randomForeignKeys: RandomArea = {
  choices: [
    { weight: 10, on: 'table', fits: hasOther, add: (g, flow) => join(g, flow, 'foreignKeyJoin') },
    { weight: 10, on: 'table', fits: hasOther, add: (g, flow) => join(g, flow, 'foreignKeyLeftJoin') },
  ],
  // The default extractor sees the messages between the two sides, too, whose values are no items.
  config: (g, config) => {
    const hasJoin = g.topology.some(({ op }) => String(op).startsWith('foreignKey'))
    if (hasJoin && config['default.timestamp.extractor'] === 'fromValue') delete config['default.timestamp.extractor']
  },
}

/** Foreign keys are texts; so are values, whose serde Java may not know any more. */
function others(g: Generator): RandomFlow[] {
  return g.flows.filter(({ kind, key, value }) => kind === 'table' && key === 'string' && value === 'string')
}

function hasOther({ value }: RandomFlow, g: Generator): boolean {
  return value === 'string' && others(g).length > 0
}

function join(g: Generator, flow: RandomFlow, op: string): void {
  const other = g.random.pick(others(g))
  const withKey = g.random.chance(0.3)
  const joiner = g.random.pick(joiners)
  const value = joiner === 'left' ? flow.value : joiner === 'right' ? other.value : joiner === 'lengths' ? 'int64' : 'string'
  const types = { key: flow.key, value }
  // Java's default serde is that of texts, and what comes after may need a store.
  const store = g.materialized(value === 'string' ? 0.5 : 1, types)
  const options: Json = { from: flow.id, with: other.id, foreignKey: g.random.pick(withKey ? [...ofKeys, ...ofValues] : ofValues), joiner }
  if (withKey) options['withKey'] = true
  if (g.random.chance(0.1)) options['partitioner'] = g.random.pick(['default', 'zero'])
  if (g.random.chance(0.1)) options['otherPartitioner'] = g.random.pick(['default', 'zero'])
  g.push(op, 'table', { ...types, ...storeOf(store) }, { ...options, ...g.named(), ...store })
}
