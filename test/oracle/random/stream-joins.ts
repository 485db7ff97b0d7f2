import { serdeOfJoined } from '../functions.ts'
import type { Choice, Generator, Json, RandomArea, RandomFlow } from './generator.ts'
import { addStore } from './processors.ts'

const joiners = ['both', 'both', 'both', 'left', 'right', 'null', 'nullOnE', 'lengths', 'failOnX']
const joinersWithKey = ['all', 'all', 'key', 'nullOnKeyB', 'failOnX']

/** Joins of two streams, or of one with itself. */
export const randomStreamJoins: RandomArea = {
  choices: ['joinStream', 'leftJoinStream', 'outerJoinStream'].map((op): Choice => ({
    weight: 10,
    on: 'stream',
    fits: (_flow, g): boolean => joinsOfStreams(g) < 3,
    add: (g, flow): void => join(g, flow, op),
  })),
  config: (g, config) => {
    const { random } = g
    if (joinsOfStreams(g) === 0) return
    if (random.chance(0.6)) config['__emit.interval.ms.kstreams.outer.join.spurious.results.fix__'] = random.pick([0, 0, 500, 2000])
    if (random.chance(0.3))
      config['topology.optimization'] = random.pick(['all', 'single.store.self.join', 'single.store.self.join,merge.repartition.topics'])
  },
}

/** Each can square the number of records. */
export function joinsOfStreams({ topology }: Generator): number {
  return topology.filter(({ op }) => String(op).endsWith('oinStream')).length
}

function join(g: Generator, flow: RandomFlow, op: string): void {
  const { random } = g
  const other = random.chance(0.2) ? flow : (g.other(flow, 'stream') ?? flow)
  const windows = randomJoinWindows(g)
  const options: Json = {
    from: flow.id,
    with: other.id,
    ...windows,
    ...g.named(0.25),
    ...storesOf(g, { left: flow, right: other, windows }),
  }
  if (random.chance(0.3)) {
    g.push(op, 'stream', { key: flow.key, value: 'string' }, { ...options, joinerWithKey: random.pick(joinersWithKey) })
    return
  }
  const joiner = random.pick(joiners)
  g.push(op, 'stream', { key: flow.key, value: serdeOfJoined(joiner, flow.value, other.value) }, { ...options, joiner })
}

function randomJoinWindows({ random }: Generator): Json {
  const grace = random.pick([0, 0, 0, 5, 20, 100])
  if (random.chance(0.6)) return { timeDifference: random.pick([1, 5, 10, 20, 50]), grace }
  const before = random.pick([-10, -5, 0, 5, 20])
  const after = random.pick([-5, 0, 5, 10, 30])
  return before + after > 0 ? { before, after, grace } : { before, after: 20 - before, grace }
}

interface Sides {
  readonly left: RandomFlow
  readonly right: RandomFlow
  readonly windows: Json
}

function storesOf(g: Generator, { left, right, windows }: Sides): Json {
  const { random } = g
  const { timeDifference, before, after, grace } = windows as Record<string, number | undefined>
  const windowSize = timeDifference === undefined ? before! + after! : timeDifference * 2
  if (random.chance(0.12)) {
    const layout = { windowSize, retention: windowSize + grace!, retainDuplicates: true }
    const leftStore = addJoinStore(g, { ...layout, key: left.key, value: left.value })
    const rightStore = addJoinStore(g, { ...layout, key: right.key, value: right.value })
    return { leftStore, rightStore }
  }
  const options: Json = random.chance(0.25) ? { store: g.nextName('store') } : {}
  if (random.chance(0.1)) options['logging'] = random.pick([false, true])
  if (random.chance(0.1)) options['supplier'] = random.pick(['persistent', 'in-memory'])
  return options
}

/** Java's suppliers do not say whether there is a changelog: a join that is given them always has one. */
function addJoinStore(g: Generator, more: Json): string {
  const id = addStore(g, 'window', more, false)
  delete g.topology.at(-1)!['logging']
  return id
}
