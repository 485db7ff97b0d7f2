import { cpus, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { Ground } from './ground.ts'
import type { Mode, VersusScale } from './mode.ts'
import { modes } from './modes.ts'
import { cpuMsOfProcess } from '../process-statistics.ts'
import { Results, type VersusResult } from './results.ts'
import { type Side, sides } from './sides.ts'
import { type ModeResults, outcomeProblem, primarySpread, tableOf, verdictOf } from './summary.ts'

const HELP = `Usage: npm run bench -- versus [MODE...] [options]

Runs Java's Kafka Streams and Millrace in turn, on one broker and on the same records, and compares them. Needs a JDK 17 and Maven.

Modes (default all; a name or the first part of several):
${modes.map(({ name, title }) => `  ${name.padEnd(31)} ${title}`).join('\n')}

  --runs N         runs of each side, default 3, five where they are more than 20 % apart; 1 with --quick and --smoke
  --quick          a quarter of the records
  --smoke          a hundredth of the records, to see that everything works; the figures mean nothing
  --results FILE   where each finished run is added, a line of JSON; default node_modules/.cache/millrace/versus.jsonl
  --resume         goes on with that file instead of beginning it anew
  --profile DIR    instead: Millrace alone, once, with a CPU profile of each process in DIR

The last line is "R of M modes ahead of Java".
`

const RESULTS_FILE = fileURLToPath(new URL('../../node_modules/.cache/millrace/versus.jsonl', import.meta.url))
const SPREAD_MAX = 0.2
const RUNS = 3
const RUNS_MORE = 2

/** What is to be done. */
interface Plan {
  readonly chosen: readonly Mode[]
  readonly runs: number
  /** How many runs there are where the figures are far apart. */
  readonly runsMax: number
  readonly factor: number
  readonly results: Results
}

/** `npm run bench -- versus ...`; gives the exit code. */
export async function versus(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      results: { type: 'string', default: RESULTS_FILE },
      resume: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const isShort = values.quick || values.smoke
  const runs = values.runs === undefined ? (isShort ? 1 : RUNS) : Number(values.runs)
  const isAsked = ({ name, group }: Mode, asked: string): boolean => name === asked || group === asked
  const unknown = positionals.find((asked) => !modes.some((mode) => isAsked(mode, asked)))
  if (unknown !== undefined) return refuse(`there is no mode "${unknown}"`)
  if (!Number.isSafeInteger(runs) || runs < 1) return refuse(`--runs takes a number of 1 or more, not "${values.runs}"`)
  exitOnSignals()
  const chosen = modes.filter((mode) => positionals.length === 0 || positionals.some((asked) => isAsked(mode, asked)))
  const factor = values.smoke ? 0.01 : values.quick ? 0.25 : 1
  if (values.profile !== undefined) return profile(chosen, { factor }, values.profile)
  const all = await measure({
    chosen,
    runs,
    runsMax: isShort ? runs : Math.max(runs, RUNS + RUNS_MORE),
    factor,
    results: new Results(values.results, values.resume),
  })
  const problems = all.map(outcomeProblem).filter((problem) => problem !== null)
  process.stdout.write(`\n${all.map(tableOf).join('\n')}\n`)
  for (const problem of problems) process.stdout.write(`wrong: ${problem}\n`)
  process.stdout.write(`${verdictOf(all)}\n`)
  return problems.length > 0 ? 1 : 0
}

/** Runs Millrace alone, with the profiler of Node in each of its processes. */
async function profile(chosen: readonly Mode[], scale: VersusScale, folder: string): Promise<number> {
  process.env['NODE_OPTIONS'] = `--cpu-prof --cpu-prof-dir=${resolve(folder)}`
  await using ground = await Ground.open()
  for (const mode of chosen) {
    await mode.prepare(ground, scale)
    const { figures } = await mode.run('millrace', ground, scale)
    process.stdout.write(`${mode.name}: ${mode.primary} ${figures[mode.primary]!.toPrecision(4)}, profiled\n`)
  }
  return 0
}

async function measure(plan: Plan): Promise<readonly ModeResults[]> {
  let ground: Ground | null = null
  try {
    for (const mode of plan.chosen) {
      while (missing(mode, plan) !== null) {
        ground ??= await Ground.open()
        await runOnce(mode, missing(mode, plan)!, ground, plan)
      }
    }
  } finally {
    await ground?.[Symbol.asyncDispose]()
  }
  return plan.chosen.map((mode) => resultsOf(mode, plan))
}

/** Who runs next; `null`: there are runs enough. */
function missing(mode: Mode, plan: Plan): Side | null {
  const results = resultsOf(mode, plan)
  const counts = sides.map((side) => results.runs[side].length)
  const fewest = Math.min(...counts)
  const isFarApart = fewest > 0 && sides.some((side) => primarySpread(results, side) > SPREAD_MAX)
  if (fewest >= (isFarApart ? plan.runsMax : plan.runs)) return null
  return sides[counts.indexOf(fewest)]!
}

function resultsOf(mode: Mode, { results, factor }: Plan): ModeResults {
  return {
    mode,
    runs: { java: results.of(mode.javaMode ?? mode.name, 'java', factor), millrace: results.of(mode.name, 'millrace', factor) },
  }
}

async function runOnce(mode: Mode, side: Side, ground: Ground, plan: Plan): Promise<void> {
  const scale = { factor: plan.factor }
  await mode.prepare(ground, scale)
  const brokerCpuMs = cpuMsOfProcess(ground.node.pid!)
  const startMs = performance.now()
  const run = await mode.run(side, ground, scale)
  const name = side === 'java' ? (mode.javaMode ?? mode.name) : mode.name
  const result: VersusResult = {
    ...run,
    mode: name,
    side,
    repetition: plan.results.of(name, side, plan.factor).length,
    factor: plan.factor,
    brokerCpuSeconds: (cpuMsOfProcess(ground.node.pid!) - brokerCpuMs) / 1_000,
    machine: `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
    at: new Date().toISOString(),
  }
  plan.results.add(result)
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  process.stdout.write(`${mode.name}, ${side}: ${mode.primary} ${run.figures[mode.primary]!.toPrecision(4)} (${seconds} s)\n`)
}

function refuse(problem: string): number {
  process.stderr.write(`bench: ${problem}\nSee: npm run bench -- versus --help\n`)
  return 2
}
