import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import type { EngineFigures, EngineRun } from './engine-run.ts'
import { measuredEngines } from './open-engine.ts'

const HELP = `Usage: npm run bench -- engines [ENGINE...] [options]

Compares the storage engines (${measuredEngines.join(', ')}; default all), each in a process of its own: keys of 16 bytes, values of 100; calls of
the engine alone, without overlay and serdes. CPU is that of all threads.

  --keys N,N       numbers of keys, default 1000000,10000000
  --memory BYTES   what an engine may keep in memory, default 536870912
  --quick          200,000 keys and short runs, to see that everything works
  --smoke          2,000 keys and tiny runs; the figures mean nothing
  --json FILE      writes the figures to FILE, too
`

const QUICK = { keys: [200_000], runMs: 100 }
const SMOKE = { keys: [2_000], runMs: 1 }
const FULL_RUN_MS = 1_000
const worker = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** `npm run bench -- engines ...`; gives the exit code. */
export async function engines(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      keys: { type: 'string', default: '1000000,10000000' },
      memory: { type: 'string', default: String(512 * 2 ** 20) },
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const unknown = positionals.find((name) => !(measuredEngines as readonly string[]).includes(name))
  if (unknown !== undefined) return refuse(`there is no engine "${unknown}"`)
  const short = values.smoke ? SMOKE : values.quick ? QUICK : null
  const sizes = short?.keys ?? values.keys.split(',').map(Number)
  const memoryBytesMax = Number(values.memory)
  for (const size of [...sizes, memoryBytesMax]) {
    if (!Number.isSafeInteger(size) || size < 1) return refuse('--keys and --memory take numbers of 1 or more')
  }
  exitOnSignals()
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
  process.stdout.write(`${machine}; ${Math.round(memoryBytesMax / 2 ** 20)} MiB of memory for an engine\n`)
  const all: EngineFigures[] = []
  for (const keys of sizes) {
    const measured: EngineFigures[] = []
    for (const engine of measuredEngines.filter((name) => positionals.length === 0 || positionals.includes(name))) {
      measured.push(await measure({ engine, keys, memoryBytesMax, runMs: short?.runMs ?? FULL_RUN_MS }))
    }
    all.push(...measured)
    process.stdout.write(`\n${tableOf(keys, measured)}`)
  }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify({ machine, memoryBytesMax, figures: all }, null, 2)}\n`)
  return 0
}

async function measure(run: Omit<EngineRun, 'folder'>): Promise<EngineFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-engines-'))
  const child = spawn(process.execPath, ['--conditions=ours-src', worker, JSON.stringify({ ...run, folder })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const killAtExit = (): void => {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', killAtExit)
  try {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0) throw new Error(`Measuring ${run.engine} with ${run.keys} keys ended with ${code}`)
    return JSON.parse(output) as EngineFigures
  } finally {
    process.off('exit', killAtExit)
    rmSync(folder, { recursive: true, force: true })
  }
}

const NAME_WIDTH = 28
const WIDTH = 12

/** The figures of all engines beside each other, and how often as much as ours RocksDB takes. */
function tableOf(keys: number, measured: readonly EngineFigures[]): string {
  const of = (name: string): EngineFigures | undefined => measured.find(({ engine }) => engine === name)
  const row = (name: string, figure: (figures: EngineFigures) => number | null): string => {
    const cells = measured.map((figures) => textOf(figure(figures)).padStart(WIDTH))
    const [ours, theirs] = (['lsm', 'rocksdb'] as const).map((engine) => {
      const figures = of(engine)
      return figures === undefined ? null : figure(figures)
    })
    const ratio = ours === null || theirs === null || ours === 0 ? '' : `${(theirs! / ours!).toFixed(2)} x`
    return `  ${name.padEnd(NAME_WIDTH)}${cells.join('')}${ratio.padStart(WIDTH)}\n`
  }
  const titles = measured.map(({ engine }) => engine.padStart(WIDTH)).join('')
  const head = `${keys.toLocaleString('en')} keys; microseconds of CPU\n  ${''.padEnd(NAME_WIDTH)}${titles}${'rocksdb/lsm'.padStart(WIDTH)}\n`
  const calls = Object.keys(measured[0]?.cpuUs ?? {}).map((name) => row(name, ({ cpuUs }) => cpuUs[name] ?? null))
  return (
    head +
    calls.join('') +
    row('reopen, ms', ({ reopenMs }) => reopenMs) +
    row('on disk, MiB', ({ engine, diskMiB }) => (engine === 'memory' ? null : diskMiB)) +
    row('peak memory, MiB', ({ peakMiB }) => peakMiB)
  )
}

function textOf(figure: number | null): string {
  if (figure === null) return '-'
  return figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(3)
}

function refuse(problem: string): number {
  process.stderr.write(`bench: ${problem}\nSee: npm run bench -- engines --help\n`)
  return 2
}
