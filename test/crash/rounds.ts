import { type EngineName, engineNames } from './open-engines.ts'
import type { CrashSettings, MutantName } from './reports.ts'

/** One cluster, one folder, and a process that is killed again and again. */
export interface Round extends Pick<CrashSettings, 'engine' | 'guarantee'> {
  readonly transactionVersion: 1 | 2
  readonly kills: number
  readonly seed: number
  readonly mutant: MutantName | null
}

/** What of all there is to choose from; absent: everything. */
export interface RoundChoice {
  readonly engine?: EngineName | undefined
  readonly mutant?: MutantName | undefined
}

const guarantees = ['exactly_once_v2', 'at_least_once'] as const
const transactionVersions = [2, 1] as const

/** Spreads `kills` evenly over engines, guarantees and transaction versions. */
export function planRounds(kills: number, seed: number, { engine, mutant }: RoundChoice = {}): readonly Round[] {
  const engines = engine === undefined ? engineNames.filter((name) => name !== 'memory') : [engine]
  const kinds = engines.flatMap((name) =>
    guarantees.flatMap((guarantee) => transactionVersions.map((transactionVersion) => ({ engine: name, guarantee, transactionVersion }))),
  )
  return kinds
    .map((kind, index) => {
      const share = Math.floor(((index + 1) * kills) / kinds.length) - Math.floor((index * kills) / kinds.length)
      return { ...kind, kills: share, seed: seed + index, mutant: mutant ?? null }
    })
    .filter((round) => round.kills > 0)
}
