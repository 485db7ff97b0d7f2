import { type JobKind } from './jobs.ts'
import type { TorturedSettings } from './tortured-process.ts'

/** One cluster and one application that is tortured on it. */
export interface Round {
  readonly job: JobKind
  readonly guarantee: TorturedSettings['guarantee']
  readonly transactionVersion: 1 | 2
  readonly nodes: 1 | 3
  readonly kills: number
  /** How many kills earlier rounds have had: what kind a kill is follows from its number. */
  readonly firstKill: number
  readonly seed: number
  /** A known bug of the simulation that the instances have; `null`: none. */
  readonly mutant: string | null
}

const KILLS_OF_A_ROUND_MIN = 5

// Every guarantee under both transaction versions, both jobs, one node and three.
const kinds: readonly Pick<Round, 'job' | 'guarantee' | 'transactionVersion' | 'nodes'>[] = [
  { guarantee: 'exactly_once_v2', transactionVersion: 2, job: 'word-count', nodes: 1 },
  { guarantee: 'exactly_once_v2', transactionVersion: 1, job: 'windowed-join', nodes: 1 },
  { guarantee: 'at_least_once', transactionVersion: 2, job: 'windowed-join', nodes: 1 },
  { guarantee: 'at_least_once', transactionVersion: 1, job: 'word-count', nodes: 1 },
  { guarantee: 'exactly_once_v2', transactionVersion: 2, job: 'windowed-join', nodes: 3 },
  { guarantee: 'exactly_once_v2', transactionVersion: 1, job: 'word-count', nodes: 3 },
  { guarantee: 'at_least_once', transactionVersion: 2, job: 'word-count', nodes: 3 },
  { guarantee: 'at_least_once', transactionVersion: 1, job: 'windowed-join', nodes: 3 },
]

/** Spreads `kills` evenly over rounds of at least five kills. */
export function planRounds(kills: number, seed: number, mutant: string | null = null): readonly Round[] {
  const count = Math.max(1, Math.min(kinds.length, Math.floor(kills / KILLS_OF_A_ROUND_MIN)))
  let firstKill = 0
  return kinds.slice(0, count).map((kind, index) => {
    const share = Math.floor(((index + 1) * kills) / count) - firstKill
    const round = { ...kind, kills: share, firstKill, seed: seed + index, mutant }
    firstKill += share
    return round
  })
}
