import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { measure } from './measurement.ts'
import { planHelp, planOf, planOptions, sizeOf, type VersusSize } from './plan-options.ts'
import { type ModeResults, outcomeProblem, ratioOf } from './summary.ts'

const RATIOS_FILE = fileURLToPath(new URL('./ratios.json', import.meta.url))
const LOSS_MAX = 0.15

const HELP = `Usage: npm run bench -- check [MODE...] [options]

Does what "versus" does, and compares Java's figures as multiples of ours with those that are stored in bench/versus/ratios.json, which are
of runs of the same size. Ends with 1 if one is more than 15 % smaller.

${planHelp}  --store          afterwards, stores the ratios that were measured
`

/** Ratios by mode, of runs of one size. */
type Ratios = Readonly<Record<string, number>>

/** The sizes of runs of which ratios are stored. */
type StoredRatios = Readonly<Partial<Record<VersusSize, Ratios>>>

/** `npm run bench -- check ...`; gives the exit code. */
export async function check(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { ...planOptions, store: { type: 'boolean', default: false } },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  exitOnSignals()
  const size = sizeOf(values)
  const stored = readRatios()
  const { modes, failures } = await measure(planOf(values, positionals, false))
  const problems = [...modes.map(outcomeProblem).filter((problem) => problem !== null), ...failures]
  const regressions = regressionsOf(modes, stored[size] ?? {})
  for (const line of [...problems.map((problem) => `wrong: ${problem}`), ...regressions]) process.stdout.write(`${line}\n`)
  const unknown = modes.filter(({ mode }) => stored[size]?.[mode.name] === undefined)
  if (unknown.length > 0)
    process.stdout.write(`not compared, as there is no stored ratio of a ${size} run: ${unknown.map(({ mode }) => mode.name).join(', ')}\n`)
  if (values.store) storeRatios({ ...stored, [size]: { ...stored[size], ...ratiosOf(modes) } })
  process.stdout.write(`${regressions.length} of ${modes.length} modes have become slower beside Java\n`)
  return problems.length + regressions.length > 0 ? 1 : 0
}

/** Which ratios are more than 15 % below those that are stored, as lines of text. Modes without a stored one are not compared. */
export function regressionsOf(all: readonly ModeResults[], stored: Ratios): readonly string[] {
  return all.flatMap((results) => {
    const [before, now] = [stored[results.mode.name], ratioOf(results)]
    if (before === undefined || now === null || now >= before * (1 - LOSS_MAX)) return []
    return [
      `slower: ${results.mode.name}: ratio to Java ${now.toFixed(2)}, stored ${before.toFixed(2)} (${Math.round((now / before - 1) * 100)} %)`,
    ]
  })
}

function ratiosOf(all: readonly ModeResults[]): Ratios {
  const found = all.map((results) => [results.mode.name, ratioOf(results)] as const)
  return Object.fromEntries(found.flatMap(([name, ratio]) => (ratio === null ? [] : [[name, Math.round(ratio * 100) / 100]])))
}

function readRatios(): StoredRatios {
  return existsSync(RATIOS_FILE) ? (JSON.parse(readFileSync(RATIOS_FILE, 'utf8')) as StoredRatios) : {}
}

function storeRatios(ratios: StoredRatios): void {
  writeFileSync(RATIOS_FILE, `${JSON.stringify(ratios, null, 2)}\n`)
}
