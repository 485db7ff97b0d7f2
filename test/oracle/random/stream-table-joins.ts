import { serdeOfJoined } from '../functions.ts'
import type { Choice, Generator, Json, RandomArea, RandomFlow } from './generator.ts'

const joiners = ['both', 'both', 'both', 'left', 'right', 'null', 'nullOnE', 'lengths', 'failOnX']
const joinersWithKey = ['all', 'all', 'key', 'nullOnKeyB', 'failOnX']

/** Joins of a stream with a table whose keys are of the same kind. */
export const randomStreamTableJoins: RandomArea = {
  // A repartition topic that is merged upward lets what punctuators send reach the buffer (README, "What is not judged").
  config: ({ topology }, config) => {
    const hasBuffer = topology.some(({ op, grace }) => op === 'suppress' || (String(op).endsWith('oinTable') && grace !== undefined))
    const hasTimer = topology.some(({ processor }) => String(processor).endsWith('Timer'))
    if (hasBuffer && hasTimer) delete config['topology.optimization']
  },
  choices: ['joinTable', 'leftJoinTable'].flatMap((op): Choice[] => [
    { weight: 15, on: 'stream', fits: (flow, g): boolean => tables(g, flow).length > 0, add: (g, flow): void => join(g, flow, op) },
    // A grace needs a table that keeps versions.
    {
      weight: 20,
      on: 'stream',
      fits: (flow, g): boolean => tables(g, flow).some(isVersioned),
      add: (g, flow): void => join(g, flow, op, isVersioned),
    },
  ]),
}

function tables(g: Generator, { key }: RandomFlow): readonly RandomFlow[] {
  return g.flows.filter((other) => other.kind === 'table' && other.key === key)
}

function isVersioned({ storeKind }: RandomFlow): boolean {
  return storeKind === 'versioned'
}

function join(g: Generator, flow: RandomFlow, op: string, fits?: (table: RandomFlow) => boolean): void {
  const { random } = g
  const table = g.other(flow, 'table', fits)
  if (table === undefined) return
  const options: Json = { from: flow.id, with: table.id, ...g.named(0.25), ...serdesOf(g, flow, table), ...graceOf(g, table) }
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

/** A table that keeps no versions is refused. */
function graceOf({ random }: Generator, table: RandomFlow): Json {
  return random.chance(isVersioned(table) ? 0.7 : 0.003) ? { grace: random.pick([0, 1, 5, 10, 20, 50]) } : {}
}
