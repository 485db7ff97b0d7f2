import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { StreamsBuilder } from '../../src/dsl/streams-builder.ts'
import { timeWindows } from '../../src/model/time-windows.ts'
import { serdes } from '../../src/serdes/serdes.ts'
import { topic } from '../../src/serdes/topic.ts'
import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { bytesIn } from '../engines/engine-run.ts'
import { type MeasuredEngine, measuredEngines, openEngine } from '../engines/open-engine.ts'
import { responsesOf } from '../input.ts'
import { peakMiBOfProcess } from '../process-statistics.ts'
import { TaskPath } from '../task-path.ts'
import { chartSvg } from './chart.ts'
import { GrowingKeys } from './growing-keys.ts'

const HELP = `Usage: npm run bench -- growth [options]

A windowed aggregation whose state grows to 20 million rows, several times the memory that the stores may use: one task, its records from
memory, its changelog sealed and dropped. How fast it is while the state grows, in lines of a million keys; no three lines in a row of the
second half may be slower than half of the middle line of the first: the merge of a whole level falls into one line, though it is the
work of several. Three records in four are of new keys.

  --keys N         default 20000000
  --engine NAME    default lsm
  --memory BYTES   what the stores may keep in memory, default 536870912
  --svg FILE       draws it
  --json FILE      writes the figures to FILE, too
  --quick          200,000 keys and 4 MiB of memory, to see that everything works; no speed is wrong
  --smoke          2,000 keys, the same
`

const text = { key: serdes.string, value: serdes.string }
const MIB = 2 ** 20
const RECORDS_PER_COMMIT_MAX = 20_000
const RECORDS_PER_PIECE = 2_000
const COMMITS_OF_LINE_MIN = 4
const LINES = 20
/** So many lines in a row, below this share of the middle line of the first half, are a cliff. */
const CLIFF = 0.5
const LINES_OF_CLIFF = 3
const SHARE_MAX = 1.2
const PROCESS_MIB = 300

/** The state when it has grown by another part. */
interface GrowthLine {
  readonly keys: number
  readonly recordsPerCpuSecond: number
  readonly recordsPerSecond: number
  readonly diskMiB: number
  readonly files: number
  readonly memoryMiB: number
}

/** `npm run bench -- growth ...`; gives the exit code. */
export async function growth(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      keys: { type: 'string', default: '20000000' },
      engine: { type: 'string', default: 'lsm' },
      memory: { type: 'string', default: String(512 * MIB) },
      svg: { type: 'string' },
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const isShort = values.quick || values.smoke
  const keys = values.smoke ? 2_000 : values.quick ? 200_000 : Number(values.keys)
  const memoryBytesMax = isShort ? 4 * MIB : Number(values.memory)
  const isKnown = (measuredEngines as readonly string[]).includes(values.engine)
  if (!isKnown || !Number.isSafeInteger(keys) || !Number.isSafeInteger(memoryBytesMax)) {
    process.stderr.write('bench: there is no such engine, or --keys or --memory is no number\nSee: npm run bench -- growth --help\n')
    return 2
  }
  exitOnSignals()
  const folder = mkdtempSync(join(tmpdir(), 'millrace-growth-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.stdout.write(`${values.engine}, ${Math.round(memoryBytesMax / MIB)} MiB of memory\n${headline()}`)
  const lines = await grow({ keys, engine: values.engine as MeasuredEngine, memoryBytesMax, folder })
  const verdict = judge(lines, memoryBytesMax)
  process.stdout.write(verdict.text)
  if (values.svg !== undefined) writeFileSync(values.svg, drawn(lines, values.engine))
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify({ engine: values.engine, memoryBytesMax, lines }, null, 2)}\n`)
  return verdict.isGood || isShort ? 0 : 1
}

interface Growth {
  readonly keys: number
  readonly engine: MeasuredEngine
  readonly memoryBytesMax: number
  readonly folder: string
}

async function grow({ keys, engine, memoryBytesMax, folder }: Growth): Promise<readonly GrowthLine[]> {
  const factory = await openEngine(engine, folder, memoryBytesMax)
  let opened: TaskEngine | null = null
  const engines: EngineFactory = { ...factory, open: (taskId) => (opened = factory.open(taskId)) }
  const path = new TaskPath({ builder: aggregation(), subtopology: 0, responses: [], partitions: 1, cacheBytesMax: 0, engines })
  const source = new GrowingKeys()
  const lines: GrowthLine[] = []
  const recordsPerCommit = Math.min(RECORDS_PER_COMMIT_MAX, Math.ceil(keys / LINES / COMMITS_OF_LINE_MIN))
  while (source.keys < keys) {
    const until = (keys * (lines.length + 1)) / LINES
    const meter = { records: 0, cpuUs: 0, wallMs: 0 }
    while (source.keys < until) {
      const all = process.cpuUsage()
      const own = process.threadCpuUsage()
      path.readFrom('input', responsesFrom(source, recordsPerCommit))
      // Making the records is not measured; what helper threads do meanwhile is.
      const making = process.threadCpuUsage(own)
      const startMs = performance.now()
      meter.records += path.run(recordsPerCommit)
      opened!.maintain(performance.now())
      await sleep(0)
      meter.wallMs += performance.now() - startMs
      const { user, system } = process.cpuUsage(all)
      meter.cpuUs += user + system - making.user - making.system
    }
    const line: GrowthLine = {
      keys: source.keys,
      recordsPerCpuSecond: (meter.records / meter.cpuUs) * 1e6,
      recordsPerSecond: (meter.records / meter.wallMs) * 1e3,
      diskMiB: bytesIn(folder) / MIB,
      files: readdirSync(folder, { recursive: true }).length,
      memoryMiB: process.memoryUsage.rss() / MIB,
    }
    lines.push(line)
    process.stdout.write(textOf(line))
  }
  factory.close()
  return lines
}

/** Made in small pieces: objects that live long enough to be copied would make the heap of the process large, which is not what is measured. */
function responsesFrom(source: GrowingKeys, records: number): Buffer[] {
  const responses: Buffer[] = []
  for (let made = 0; made < records; made += RECORDS_PER_PIECE) {
    responses.push(...responsesOf(source.take(Math.min(RECORDS_PER_PIECE, records - made)), 4))
  }
  return responses
}

/** The last value of each key in each window of a day. */
function aggregation(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(topic('input', text))
    .groupByKey()
    .windowedBy(timeWindows({ size: '1d', grace: '1d' }))
    .aggregate(
      () => '',
      (_key, value) => value,
      { store: 'windows', value: serdes.string },
    )
  return builder
}

function judge(lines: readonly GrowthLine[], memoryBytesMax: number): { readonly isGood: boolean; readonly text: string } {
  const speeds = lines.map(({ recordsPerCpuSecond }) => recordsPerCpuSecond)
  const half = Math.ceil(speeds.length / 2)
  const middle = speeds.slice(0, half).toSorted((left, right) => left - right)[half >>> 1]!
  const second = speeds.slice(half)
  const slowest = Math.min(...second)
  const slowestRow = Math.min(
    ...second.slice(LINES_OF_CLIFF - 1).map((_speed, from) => together(second.slice(from, from + LINES_OF_CLIFF))),
  )
  const peakMiB = peakMiBOfProcess(process.pid)
  const limitMiB = (SHARE_MAX * memoryBytesMax) / MIB + PROCESS_MIB
  const times = (lines.at(-1)!.diskMiB * MIB) / memoryBytesMax
  return {
    isGood: slowestRow >= middle * CLIFF && peakMiB <= limitMiB,
    text:
      `state on disk: ${times.toFixed(1)} times the memory budget\n` +
      `slowest ${LINES_OF_CLIFF} lines in a row of the second half: ${(slowestRow / middle).toFixed(2)} of the middle line of the first, at least ${CLIFF}\n` +
      `slowest line of the second half: ${(slowest / middle).toFixed(2)} of it\n` +
      `peak memory ${Math.round(peakMiB)} MiB, at most ${Math.round(limitMiB)} MiB\n`,
  }
}

/** The speed over lines of as many records each. */
function together(speeds: readonly number[]): number {
  return speeds.length / speeds.reduce((sum, speed) => sum + 1 / speed, 0)
}

function headline(): string {
  return ['keys', 'records/CPU s', 'records/s', 'disk MiB', 'files', 'memory MiB'].map((name) => name.padStart(16)).join('') + '\n'
}

function textOf({ keys, recordsPerCpuSecond, recordsPerSecond, diskMiB, files, memoryMiB }: GrowthLine): string {
  const figures = [keys, recordsPerCpuSecond, recordsPerSecond, diskMiB, files, memoryMiB]
  return figures.map((figure) => Math.round(figure).toLocaleString('en').padStart(16)).join('') + '\n'
}

function drawn(lines: readonly GrowthLine[], engine: string): string {
  return chartSvg({
    title: `Windowed aggregation while its state grows, ${engine}`,
    xTitle: 'keys',
    yTitle: 'records per CPU second',
    points: lines.map(({ keys, recordsPerCpuSecond }) => ({ x: keys, y: recordsPerCpuSecond })),
  })
}
