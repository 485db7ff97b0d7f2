import { serdeOfJoined } from '../functions.ts'
import type { Choice, Generator, Json, RandomArea, RandomFlow } from './generator.ts'

const joiners = ['both', 'both', 'both', 'left', 'right', 'null', 'nullOnE', 'lengths', 'failOnX']
const joinersWithKey = ['all', 'all', 'key', 'nullOnKeyB', 'failOnX']

/** Joins of a stream with a table whose keys are of the same kind. */
export const randomStreamTableJoins: RandomArea = {
  choices: ['joinTable', 'leftJoinTable'].map((op): Choice => ({
    weight: 15,
    on: 'stream',
    fits: (flow, g): boolean => g.flows.some(({ kind, key }) => kind === 'table' && key === flow.key),
    add: (g, flow): void => join(g, flow, op),
  })),
}

function join(g: Generator, flow: RandomFlow, op: string): void {
  const { random } = g
  const table = g.other(flow, 'table')
  if (table === undefined) return
  const options: Json = { from: flow.id, with: table.id, ...g.named(0.25), ...serdesOf(g, flow, table) }
  if (random.chance(0.3)) {
    g.push(op, 'stream', { key: flow.key, value: 'string' }, { ...options, joinerWithKey: random.pick(joinersWithKey) })
    return
  }
  const joiner = random.pick(joiners)
  g.push(op, 'stream', { key: flow.key, value: serdeOfJoined(joiner, flow.value, table.value) }, { ...options, joiner })
}

/** Where a repartition topic may be needed Java's defaults are texts. */
function serdesOf({ random }: Generator, { key, value }: RandomFlow, table: RandomFlow): Json {
  const serdes = key === 'string' && value === 'string' && random.chance(0.7) ? {} : { key, value }
  return random.chance(0.1) ? { ...serdes, otherValue: table.value } : serdes
}
