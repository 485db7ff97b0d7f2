import type { Generator, Json, RandomArea } from './generator.ts'

/** Reads of key-value stores, and their formats. */
export const randomKeyValues: RandomArea = {
  choices: [],
  reads: { 'key-value': read, timestamped: read, 'timestamped-headers': read },
  config: ({ random }, config) => {
    if (random.chance(0.1)) config['dsl.store.format'] = 'HEADERS'
  },
}

function read({ random }: Generator): Json {
  const bound = (): string | null => random.pick([null, '', 'a', 'aa', 'b', 'bb', 'c'])
  const draw = random.below(4)
  if (draw === 0) return {}
  if (draw === 1) return { range: [bound(), bound()] }
  return draw === 2 ? { prefix: random.pick(['a', 'b', 'zz']) } : { get: random.pick(['a', 'b', 'c', '']) }
}
