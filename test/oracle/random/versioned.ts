import { type Generator, isText, type Json, type RandomArea, type RandomFlow, typesOf } from './generator.ts'
import { addStore, isOnWallClock } from './processors.ts'

/** Processors with versioned stores, of their own and of tables, and reads of both. */
export const randomVersions: RandomArea = {
  choices: [{ weight: 3, on: 'stream', fits: isText, add: withOwnStore }],
  reads: { versioned: read },
  // Deletions that are older than the history at its end are lost: no scenario is as long as 500, but a wall clock is, and times from values.
  isRestorable: ({ topology }, config) => {
    const histories = topology.flatMap(({ historyRetention }) => (historyRetention === undefined ? [] : [Number(historyRetention)]))
    if (histories.length === 0) return true
    const extractors = [config['default.timestamp.extractor'], ...topology.map(({ extractor }) => extractor)]
    return Math.min(...histories) >= 500 && !topology.some(isOnWallClock) && !extractors.includes('fromValue')
  },
}

/** Makes the options of a table's store those of a versioned one, sometimes. Keys are texts: its reads need that. */
export function maybeVersioned(g: Generator, store: Json, key: string): Json {
  if (key !== 'string' || store['store'] === undefined || store['supplier'] !== undefined || !g.random.chance(0.2)) return store
  return { ...store, historyRetention: g.random.pick([0, 5, 20, 60, 500]) }
}

function withOwnStore(g: Generator, flow: RandomFlow): void {
  const { random } = g
  const segmentInterval = random.chance(0.6) ? { segmentInterval: random.pick([1, 5, 20]) } : {}
  const history = { historyRetention: random.pick([0, 5, 20, 60, 500]), ...segmentInterval }
  const store = addStore(g, 'versioned', history, false)
  const processor = random.pick(['versionedPut', 'versionedPut', 'versionedDelete'])
  g.push('process', 'stream', typesOf(flow), { from: flow.id, ...g.named(), processor, stores: [store] })
}

function read({ random }: Generator): Json {
  const key = random.pick(['a', 'b', 'c', ''])
  const draw = random.below(3)
  if (draw === 0) return {}
  return draw === 1 ? { get: key } : { asOf: [key, random.below(300)] }
}
