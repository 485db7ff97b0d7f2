/** How much a benchmark does: `smoke` only shows that it works. */
export type BenchSize = 'full' | 'smoke'

/** One thing that is measured. */
export interface BenchCase {
  readonly name: string
  /** What is counted. */
  readonly unit: 'records' | 'words' | 'lines' | 'messages' | 'rows'
  /** What each call of `run` needs; not measured. */
  readonly prepare?: () => void | Promise<void>
  /** Does some work, a millisecond of it or more, and says how much that was. */
  readonly run: () => number | Promise<number>
  /** Puts away what `prepare` and `run` left; not measured. */
  readonly finish?: () => void | Promise<void>
}

/** A file of cases. `open` may take as long as it needs: it is not measured. */
export interface Benchmark {
  readonly name: string
  readonly title: string
  open(size: BenchSize): readonly BenchCase[]
}

/** How long each case is measured. Milliseconds of CPU time. */
export interface MeasureOptions {
  readonly runs: number
  readonly warmUpMs: number
  /** Of one run, at least. */
  readonly runMs: number
}

/** The middle one of several figures and what they lay between. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** What was measured of one case. */
export interface BenchRow {
  readonly benchmark: string
  readonly name: string
  readonly unit: BenchCase['unit']
  /** Units per second of CPU time of the whole process: garbage collection and compilation included. */
  readonly perCpuSecond: Spread
  /** Units per second by the clock on the wall. */
  readonly perSecond: Spread
  readonly cpuNanosecondsPerUnit: number
  readonly runs: number
}

interface Sample {
  readonly units: number
  readonly cpuMs: number
  readonly wallMs: number
}

/** Measures one case: a warm-up, then the runs. */
export async function measure(benchmark: string, bench: BenchCase, options: MeasureOptions): Promise<BenchRow> {
  await sample(bench, options.warmUpMs)
  const samples: Sample[] = []
  for (let run = 0; run < options.runs; run++) {
    // What the runs before left behind is not this one's to clear away.
    globalThis.gc?.()
    samples.push(await sample(bench, options.runMs))
  }
  const perCpuSecond = spreadOf(samples.map(({ units, cpuMs }) => (1000 * units) / cpuMs))
  return {
    benchmark,
    name: bench.name,
    unit: bench.unit,
    perCpuSecond,
    perSecond: spreadOf(samples.map(({ units, wallMs }) => (1000 * units) / wallMs)),
    cpuNanosecondsPerUnit: 1e9 / perCpuSecond.median,
    runs: options.runs,
  }
}

/** Runs the case until it has taken `cpuMs`, and once at least. */
async function sample(bench: BenchCase, cpuMs: number): Promise<Sample> {
  const total = { units: 0, cpuMs: 0, wallMs: 0 }
  do {
    await bench.prepare?.()
    const cpu = process.cpuUsage()
    const startMs = performance.now()
    total.units += await bench.run()
    total.wallMs += performance.now() - startMs
    const { user, system } = process.cpuUsage(cpu)
    total.cpuMs += (user + system) / 1000
    await bench.finish?.()
  } while (total.cpuMs < cpuMs)
  return total
}

function spreadOf(figures: readonly number[]): Spread {
  const sorted = figures.toSorted((a, b) => a - b)
  return { median: sorted[sorted.length >>> 1]!, min: sorted[0]!, max: sorted.at(-1)! }
}
