import { type Ceiling, ceilingText } from './ceiling/ceiling.ts'
import type { Mode } from './mode.ts'
import type { VersusResult } from './results.ts'
import type { Side } from './sides.ts'

/** The runs of one mode. */
export interface ModeResults {
  readonly mode: Mode
  readonly runs: Readonly<Record<Side, readonly VersusResult[]>>
  /** What the records of its input cost at least; `null`: unknown. */
  readonly ceiling: Ceiling | null
}

/** A figure of several runs. */
export interface FigureSpread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** The middle one of several figures, and what they lay between. With an even number of them the lower one of the two in the middle. */
export function spreadOf(figures: readonly number[]): FigureSpread {
  const sorted = figures.toSorted((left, right) => left - right)
  return { median: sorted[(sorted.length - 1) >>> 1]!, min: sorted[0]!, max: sorted.at(-1)! }
}

/** How far the runs of a side are apart in what decides, as a share of the median. */
export function primarySpread({ mode, runs }: ModeResults, side: Side): number {
  const { median, min, max } = spreadOf(figuresOf(runs[side], mode.primary))
  return median === 0 ? 0 : (max - min) / median
}

/** Java's figure as a multiple of ours; above 1: we are ahead. `null`: a side has not run. */
export function ratioOf({ mode, runs }: ModeResults): number | null {
  if (runs.java.length === 0 || runs.millrace.length === 0) return null
  return spreadOf(figuresOf(runs.java, mode.primary)).median / spreadOf(figuresOf(runs.millrace, mode.primary)).median
}

/** What is not the same on both sides although it has to be; `null`: nothing. */
export function outcomeProblem({ mode, runs }: ModeResults): string | null {
  const outcomes = new Set([...runs.java, ...runs.millrace].map(({ outcome }) => outcome))
  return outcomes.size <= 1 ? null : `${mode.name}: the outcomes differ: ${Array.from(outcomes).join(' | ')}`
}

/** The figures of one mode as lines of text. */
export function tableOf(results: ModeResults): string {
  const { mode, runs, ceiling } = results
  const names = Object.keys(runs.java[0]?.figures ?? runs.millrace[0]?.figures ?? {})
  const lines = names.map((name) => {
    const [java, millrace] = [runs.java, runs.millrace].map((each) => (each.length === 0 ? '-' : textOf(spreadOf(figuresOf(each, name)))))
    const mark = name === mode.primary ? '*' : ' '
    return `${mark} ${name.padEnd(32)}${java!.padStart(36)}${millrace!.padStart(36)}${quotient(results, name).padStart(10)}`
  })
  const head = `  ${`${mode.name} (${runs.java.length} + ${runs.millrace.length} runs)`.padEnd(32)}${'Java'.padStart(36)}${'Millrace'.padStart(36)}${'ratio'.padStart(10)}`
  const least = ceiling === null ? '' : `  ${ceilingText(ceiling)}\n`
  return `${mode.title}\n${head}\n${lines.join('\n')}\n${least}`
}

/** The last line. */
export function verdictOf(all: readonly ModeResults[]): string {
  const ahead = all.filter((results) => (ratioOf(results) ?? 0) > 1)
  return `${ahead.length} of ${all.length} modes ahead of Java`
}

/** The modes in which ours does less per second. */
export function behindInRate(all: readonly ModeResults[]): readonly string[] {
  const rate = ({ runs }: ModeResults, side: Side): number => spreadOf(figuresOf(runs[side], 'recordsPerSecond')).median
  return all.filter((results) => rate(results, 'millrace') < rate(results, 'java')).map(({ mode }) => mode.name)
}

/** All figures of a mode. */
export interface ModeReport {
  readonly mode: string
  readonly title: string
  readonly primary: string
  /** Java's primary figure as a multiple of ours. */
  readonly ratio: number | null
  readonly figures: Readonly<Record<Side, Readonly<Record<string, FigureSpread>>>>
  readonly ceiling: Ceiling | null
}

/** The figures of all modes, for programs. */
export function reportOf(all: readonly ModeResults[]): readonly ModeReport[] {
  return all.map((results) => {
    const { mode, runs } = results
    const of = (side: Side): Readonly<Record<string, FigureSpread>> =>
      Object.fromEntries(Object.keys(runs[side][0]?.figures ?? {}).map((name) => [name, spreadOf(figuresOf(runs[side], name))]))
    const { name, title, primary } = mode
    return {
      mode: name,
      title,
      primary,
      ratio: ratioOf(results),
      figures: { java: of('java'), millrace: of('millrace') },
      ceiling: results.ceiling,
    }
  })
}

function quotient({ runs }: ModeResults, name: string): string {
  if (runs.java.length === 0 || runs.millrace.length === 0) return '-'
  const [java, millrace] = [runs.java, runs.millrace].map((each) => spreadOf(figuresOf(each, name)).median)
  // Above 1 is in our favour, whichever way.
  const ratio = name.endsWith('PerSecond') ? millrace! / java! : java! / millrace!
  return Number.isFinite(ratio) ? ratio.toFixed(2) : '-'
}

function figuresOf(runs: readonly VersusResult[], name: string): readonly number[] {
  return runs.map(({ figures }) => figures[name]!)
}

/** A figure of several runs as text. */
export function textOf({ median, min, max }: FigureSpread): string {
  return `${rounded(median)} [${rounded(min)}..${rounded(max)}]`
}

function rounded(figure: number): string {
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3)
}
