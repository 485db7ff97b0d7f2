import { Prng } from '../../src/base/prng.ts'
import { scatter } from './measured-keys.ts'

/** How often each key is used: all alike, or the n-th most frequent one 1/n times as often as the first. */
export const distributions = ['uniform', 'zipf'] as const

/** One of them. */
export type Distribution = (typeof distributions)[number]

/** `count` of the numbers from 0 to `keys`, seeded. The frequent ones are scattered over all. */
export function drawnIndexes(distribution: Distribution, keys: number, count: number): Uint32Array {
  const random = new Prng(7)
  const drawn = new Uint32Array(count)
  // Rejection inversion (Hoermann and Derflinger): the integral of 1/x is the logarithm.
  const logLast = Math.log(keys + 0.5)
  const logFirst = Math.log(1.5) - 1
  for (let index = 0; index < count; index++) {
    if (distribution === 'uniform') drawn[index] = random.below(keys)
    else drawn[index] = scatter(zipfRank(random, keys, logLast, logFirst), 0x2545_f491) % keys
  }
  return drawn
}

function zipfRank(random: Prng, keys: number, logLast: number, logFirst: number): number {
  for (;;) {
    const u = logLast + random.next() * (logFirst - logLast)
    const x = Math.exp(u)
    const rank = Math.min(keys, Math.max(1, Math.round(x)))
    if (u >= Math.log(rank + 0.5) - 1 / rank) return rank
  }
}
