import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ParseArgsOptionsConfig } from 'node:util'
import type { Plan } from './measurement.ts'
import type { Mode } from './mode.ts'
import { modes } from './modes.ts'
import { Results } from './results.ts'

const resultsFolder = fileURLToPath(new URL('../../node_modules/.cache/millrace/', import.meta.url))
const RUNS = 3
const RUNS_MORE = 2

const factors = { full: 1, quick: 0.25, smoke: 0.01 } as const

/** How much is done in a run. */
export type VersusSize = keyof typeof factors

/** What both commands take, as `parseArgs` wants it. */
export const planOptions = {
  runs: { type: 'string' },
  quick: { type: 'boolean', default: false },
  smoke: { type: 'boolean', default: false },
  results: { type: 'string' },
  resume: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies ParseArgsOptionsConfig

/** Their part of the help. */
export const planHelp = `Modes (default all; a name, or that of a group):
${modes.map(({ name, group, title }) => `  ${name.padEnd(32)} ${group.padEnd(14)} ${title}`).join('\n')}

  --runs N         runs of each side, default 3, five where they are more than 20 % apart; 1 with --quick and --smoke
  --quick          a quarter of the records
  --smoke          a hundredth of the records, to see that everything works; the figures mean nothing
  --results FILE   where each finished run is added, a line of JSON; default versus-<size>.jsonl
                   in node_modules/.cache/millrace
  --resume         goes on with that file instead of beginning it anew
`

/** What was given for {@link planOptions}. */
export interface PlanValues {
  readonly runs?: string | undefined
  readonly quick: boolean
  readonly smoke: boolean
  readonly results?: string | undefined
  readonly resume: boolean
}

/** The modes of these names and groups, in their order; all without a name. Throws `RangeError` for a name that nobody has. */
export function chosenModes(asked: readonly string[]): readonly Mode[] {
  const isAsked = ({ name, group }: Mode, word: string): boolean => name === word || group === word
  const unknown = asked.find((word) => !modes.some((mode) => isAsked(mode, word)))
  if (unknown !== undefined) throw new RangeError(`there is no mode "${unknown}"`)
  return modes.filter((mode) => asked.length === 0 || asked.some((word) => isAsked(mode, word)))
}

/** What the options say is to be done; `hasCeilings`: as in {@link Plan}. Throws `RangeError` for values that make no sense. */
export function planOf(values: PlanValues, asked: readonly string[], hasCeilings: boolean): Plan {
  const chosen = chosenModes(asked)
  const isShort = values.quick || values.smoke
  const runs = values.runs === undefined ? (isShort ? 1 : RUNS) : Number(values.runs)
  if (!Number.isSafeInteger(runs) || runs < 1) throw new RangeError(`--runs takes a number of 1 or more, not "${values.runs}"`)
  return {
    chosen,
    runs,
    runsMax: isShort ? runs : Math.max(runs, RUNS + RUNS_MORE),
    factor: factorOf(values),
    results: new Results(values.results ?? join(resultsFolder, `versus-${sizeOf(values)}.jsonl`), values.resume),
    hasCeilings,
  }
}

/** What numbers of records are multiplied by. */
export function factorOf(values: Pick<PlanValues, 'quick' | 'smoke'>): number {
  return factors[sizeOf(values)]
}

/** What runs of that kind are called. */
export function sizeOf({ quick, smoke }: Pick<PlanValues, 'quick' | 'smoke'>): VersusSize {
  if (smoke) return 'smoke'
  return quick ? 'quick' : 'full'
}
