import { writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { parseArgs } from 'node:util'
import { application } from './application.ts'
import { filterMap } from './filter-map.ts'
import { type Benchmark, type BenchRow, measure, type MeasureOptions, type Spread } from './measure.ts'
import { modes } from './modes.ts'
import { operators } from './operators.ts'
import { protocol } from './protocol.ts'
import { record } from './record.ts'
import { restore } from './restore.ts'
import { state } from './state.ts'
import { wordCountPath } from './word-count-path.ts'

const benchmarks: readonly Benchmark[] = [record, protocol, filterMap, wordCountPath, operators, modes, state, restore, application]

const HELP = `Usage: npm run bench -- [NAME...] [--runs N] [--json FILE] [--smoke]

Benchmarks (default all):
${benchmarks.map(({ name, title }) => `  ${name.padEnd(16)} ${title}`).join('\n')}

  --case TEXT   only cases whose names contain TEXT
  --runs N      measured runs of each case, default 5; the median counts
  --json FILE   writes the figures to FILE, too
  --smoke       tiny sizes, to see that everything works; the figures mean nothing

Others, each with its own --help:
  npm run bench -- engines ...   storage engines beside each other
  npm run bench -- growth ...    a state that grows beyond the memory that it may use
  npm run bench -- budget ...    the memory of many stores
  npm run bench -- threads ...   one application with one stream thread and with more
  npm run bench -- versus ...    Java's Kafka Streams and Millrace in turn
  npm run bench -- peers ...     what other libraries of Node and Python do with the same records
  npm run bench -- check ...     the same, and what has become worse since the figures in the repository
`

/** What the figures were measured on. */
interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly platform: string
  readonly node: string
}

function machine(): Machine {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      case: { type: 'string', default: '' },
      runs: { type: 'string', default: '5' },
      json: { type: 'string' },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const runs = Number(values.runs)
  const unknown = positionals.filter((name) => !benchmarks.some((benchmark) => benchmark.name === name))
  if (values.help) return print(HELP)
  if (!Number.isSafeInteger(runs) || runs < 1) return refuse(`--runs takes a number of 1 or more, not "${values.runs}"`)
  if (unknown.length > 0) return refuse(`there is no benchmark "${unknown[0]}"`)

  const size = values.smoke ? 'smoke' : 'full'
  const options: MeasureOptions = values.smoke ? { runs, warmUpMs: 0, runMs: 1 } : { runs, warmUpMs: 2_000, runMs: 1_000 }
  const chosen = benchmarks.filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  const on = machine()
  print(`${on.cpu}, ${on.cores} cores, ${on.memoryGiB} GiB, ${on.platform}, Node ${on.node}; median [min..max] of ${runs} runs\n`)
  const rows: BenchRow[] = []
  for (const benchmark of chosen) {
    print(`\n${benchmark.name}: ${benchmark.title}\n${headline()}`)
    for (const bench of benchmark.open(size).filter(({ name }) => name.includes(values.case))) {
      const row = await measure(benchmark.name, bench, options)
      rows.push(row)
      print(line(row))
    }
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine: on, size, rows }, null, 2)}\n`)
  return 0
}

function headline(): string {
  return `  ${'case'.padEnd(36)}${'unit'.padEnd(10)}${'per CPU second'.padStart(38)}${'ns of CPU'.padStart(12)}${'per second'.padStart(38)}\n`
}

function line({ name, unit, perCpuSecond, perSecond, cpuNanosecondsPerUnit }: BenchRow): string {
  const nanoseconds = cpuNanosecondsPerUnit.toFixed(1).padStart(12)
  return `  ${name.padEnd(36)}${unit.padEnd(10)}${textOf(perCpuSecond).padStart(38)}${nanoseconds}${textOf(perSecond).padStart(38)}\n`
}

function textOf({ median, min, max }: Spread): string {
  const rounded = (figure: number): string => Math.round(figure).toLocaleString('en')
  return `${rounded(median)} [${rounded(min)}..${rounded(max)}]`
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function refuse(problem: string): number {
  process.stderr.write(`bench: ${problem}\nSee: npm run bench -- --help\n`)
  return 2
}

async function run([first, ...rest]: readonly string[]): Promise<number> {
  if (first === 'versus') return (await import('./versus/main.ts')).versus(rest)
  if (first === 'peers') return (await import('./versus/peers/main.ts')).runPeers(rest)
  if (first === 'check') return (await import('./versus/check.ts')).check(rest)
  if (first === 'growth') return (await import('./growth/main.ts')).growth(rest)
  if (first === 'budget') return (await import('./engines/budget.ts')).budget(rest)
  if (first === 'threads') return (await import('./threads/main.ts')).threads(rest)
  if (first === 'engines') return (await import('./engines/main.ts')).engines(rest)
  return main()
}

try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  const isWrongUse =
    error instanceof RangeError || (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
  if (!isWrongUse) throw error
  process.exitCode = refuse(error.message)
}
