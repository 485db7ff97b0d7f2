import { cpuMsOfProcess } from '../process-statistics.ts'
import { type Ceiling, ceilingOf, ceilingText } from './ceiling/ceiling.ts'
import type { DataSet } from './data/data-set.ts'
import { Ground } from './ground.ts'
import { machineLine } from './machine.ts'
import type { Mode } from './mode.ts'
import type { Results, VersusResult } from './results.ts'
import { type Side, sides } from './sides.ts'
import { type ModeResults, primarySpread } from './summary.ts'

/** What is to be done. */
export interface Plan {
  readonly chosen: readonly Mode[]
  /** Runs of each side. */
  readonly runs: number
  /** How many runs there are where the figures are far apart. */
  readonly runsMax: number
  /** What numbers of records are multiplied by. */
  readonly factor: number
  readonly results: Results
  /** Whether the parts of a record's way are measured alone, too. */
  readonly hasCeilings: boolean
}

/** What came of it. */
export interface Measured {
  readonly modes: readonly ModeResults[]
  /** Runs that failed, as text; their modes were left. */
  readonly failures: readonly string[]
}

const SPREAD_MAX = 0.2

/** Does the runs that are missing, the sides of a mode in turn, on one broker. */
export async function measure(plan: Plan): Promise<Measured> {
  const failures: string[] = []
  let ground: Ground | null = null
  try {
    for (const mode of plan.chosen) {
      try {
        for (let side = missing(mode, plan); side !== null; side = missing(mode, plan)) {
          ground ??= await Ground.open()
          await runOnce(mode, side, ground, plan)
        }
      } catch (error) {
        const failure = `${mode.name}: ${error instanceof Error ? error.message : String(error)}`
        failures.push(failure)
        process.stdout.write(`failed: ${failure}\n`)
      }
    }
    for (const input of plan.hasCeilings ? inputsOf(plan) : []) {
      ground ??= await Ground.open()
      await measureCeiling(input, ground, plan)
    }
  } finally {
    await ground?.[Symbol.asyncDispose]()
  }
  return { modes: plan.chosen.map((mode) => resultsOf(mode, plan)), failures }
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

/** The inputs of which it is not known yet what their records cost at least. */
function inputsOf({ chosen, results, factor }: Plan): readonly DataSet[] {
  const inputs = new Set(chosen.flatMap(({ input }) => (input === undefined ? [] : [input])))
  return [...inputs].filter((input) => results.of(input.topic, 'ceiling', factor).length === 0)
}

async function measureCeiling(input: DataSet, ground: Ground, { results, factor }: Plan): Promise<void> {
  const brokerCpuMs = cpuMsOfProcess(ground.node.pid!)
  const ceiling = await ceilingOf(ground, input, { factor })
  results.add({
    mode: input.topic,
    side: 'ceiling',
    figures: { ...ceiling },
    outcome: '',
    repetition: 0,
    factor,
    brokerCpuSeconds: (cpuMsOfProcess(ground.node.pid!) - brokerCpuMs) / 1_000,
    machine: machineLine(),
    at: new Date().toISOString(),
  })
  process.stdout.write(`ceiling of ${input.topic}: ${ceilingText(ceiling)}\n`)
}

function resultsOf(mode: Mode, { results, factor }: Plan): ModeResults {
  const runsOf = (side: Side): readonly VersusResult[] => results.of(mode.runsOf?.[side] ?? mode.name, side, factor)
  const ceiling = mode.input === undefined ? undefined : results.of(mode.input.topic, 'ceiling', factor)[0]
  return { mode, runs: { java: runsOf('java'), millrace: runsOf('millrace') }, ceiling: (ceiling?.figures as Ceiling | undefined) ?? null }
}

async function runOnce(mode: Mode, side: Side, ground: Ground, { factor, results }: Plan): Promise<void> {
  const scale = { factor }
  await mode.prepare(ground, scale)
  const brokerCpuMs = cpuMsOfProcess(ground.node.pid!)
  const startMs = performance.now()
  const run = await mode.run(side, ground, scale)
  const name = mode.runsOf?.[side] ?? mode.name
  results.add({
    ...run,
    mode: name,
    side,
    repetition: results.of(name, side, factor).length,
    factor,
    brokerCpuSeconds: (cpuMsOfProcess(ground.node.pid!) - brokerCpuMs) / 1_000,
    machine: machineLine(),
    at: new Date().toISOString(),
  })
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  process.stdout.write(`${mode.name}, ${side}: ${mode.primary} ${run.figures[mode.primary]!.toPrecision(4)} (${seconds} s)\n`)
}
