import { availableParallelism, cpus, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createEnvironment, KafkaStreams } from 'millrace'
import { EmbeddedCluster, listen } from 'millrace/broker'
import { callsPerSecond } from './alone.ts'
import { textOf } from './texts.ts'
import { input, output } from './topology.ts'

const HELP = `Usage: npm run bench -- threads [options]

One application with 1 stream thread and with more, each a worker thread, on an embedded cluster that listens in the main thread of the same
process: 4 partitions, at-least-once; after a quarter for a warm-up all records are there at once. By the clock on the wall: on a machine that does
nothing else. words is bound by the processor; of json and count the cluster, which serves both threads in one, is a good part. The last line
is what the processor of words does in as many bare worker threads.

  --threads N    compare 1 with N, default 2
  --records N    default 400000
  --runs N       of each, in turns, default 3; the best counts
  --smoke        2,000 records, once, to see that everything works
`

const PARTITIONS = 4
const KEYS = 1_000
const BATCH = 500
const MODES = ['words', 'json', 'count'] as const
type Mode = (typeof MODES)[number]
const module = new URL('./topology.ts', import.meta.url)

/** `npm run bench -- threads ...`; gives the exit code. */
export async function threads(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      threads: { type: 'string', default: '2' },
      records: { type: 'string', default: '400000' },
      runs: { type: 'string', default: '3' },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const records = values.smoke ? 2_000 : wholeNumber(values.records, 'records')
  const runs = values.smoke ? 1 : wholeNumber(values.runs, 'runs')
  const more = wholeNumber(values.threads, 'threads')
  const load = loadavg().map((value) => value.toFixed(1))
  process.stdout.write(
    `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Node ${process.version}, load before ${load.join(' ')}\n`,
  )
  for (const mode of MODES) {
    const best = new Map<number, Run>()
    for (let run = 0; run < runs; run++) {
      for (const count of [1, more]) {
        const measured = await measureRun(mode, count, records)
        if (measured.perSecond > (best.get(count)?.perSecond ?? 0)) best.set(count, measured)
      }
    }
    const [one, many] = [best.get(1)!, best.get(more)!]
    for (const [count, { perSecond, cpuPerMillion }] of best) {
      process.stdout.write(
        `${mode.padEnd(6)} ${count} threads  ${Math.round(perSecond).toLocaleString('en').padStart(9)} records/s  ${cpuPerMillion.toFixed(2)} CPU s per million, cluster included\n`,
      )
    }
    process.stdout.write(`${mode.padEnd(6)} ${more} over 1    ${(many.perSecond / one.perSecond).toFixed(2)}\n`)
  }
  const alone = { one: 0, many: 0 }
  for (let run = 0; run < runs; run++) {
    alone.one = Math.max(alone.one, await callsPerSecond(1, records))
    alone.many = Math.max(alone.many, await callsPerSecond(more, records))
  }
  process.stdout.write(`words without Kafka, the most that this machine gives: ${more} over 1    ${(alone.many / alone.one).toFixed(2)}\n`)
  return 0
}

interface Run {
  readonly perSecond: number
  readonly cpuPerMillion: number
}

async function measureRun(mode: Mode, count: number, records: number): Promise<Run> {
  const cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0 })
  for (const { name } of [input, output]) cluster.createTopic(name, { partitions: PARTITIONS })
  const listening = await listen(cluster)
  const streams = new KafkaStreams(module, {
    applicationId: mode,
    bootstrapServers: listening.bootstrapServers,
    environment: createEnvironment(),
    numStreamThreads: count,
    statestoreCacheMaxBytes: 0,
    commitIntervalMs: 1_000,
    logger: false,
  })
  const written = (): number => {
    let end = 0
    for (let partition = 0; partition < PARTITIONS; partition++) end += cluster.offsets(output.name, partition).end
    return end
  }
  const processed = (thread: string): number => {
    const found = streams.metrics().find(({ name, labels }) => name === 'process-total' && labels['thread-id'] === thread)
    return found?.value ?? 0
  }
  await streams.start()
  // Until each thread has its share of the tasks, and what is hot is compiled.
  let filled = 0
  while (filled < records / 4 || streams.streamThreads.some((thread) => processed(thread) < filled / count / 4)) {
    fill(cluster, mode, filled, PARTITIONS * BATCH)
    filled += PARTITIONS * BATCH
    while (written() < filled) await sleep(5)
    if (filled >= records / 4) await sleep(100)
  }
  streams.pause()
  fill(cluster, mode, filled, records)
  const cpu = process.cpuUsage()
  const startMs = performance.now()
  streams.resume()
  while (written() < filled + records) await sleep(5)
  const perSecond = (records / (performance.now() - startMs)) * 1_000
  const { user, system } = process.cpuUsage(cpu)
  await streams.close()
  await listening.close()
  cluster.close()
  return { perSecond, cpuPerMillion: (user + system) / records }
}

/** Adds `records` records, whose numbers begin at `from`. */
function fill(cluster: EmbeddedCluster, mode: Mode, from: number, records: number): void {
  const valueOf = mode === 'words' ? textOf : orderOf
  for (let start = 0; start < records; start += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, records - start) }, (_, index) => {
      const id = from + start + index
      return { key: Buffer.from(`k${id % KEYS}`), value: Buffer.from(valueOf(id)) }
    })
    cluster.append(input.name, (start / BATCH) % PARTITIONS, batch)
  }
}

function orderOf(id: number): string {
  const names = ['bolt', 'nut', 'washer', 'screw', 'nail', 'hook']
  const items = names.map((name, at) => ({ name, amount: (id * 7 + at) % 10, price: (at * 13 + id) % 97 }))
  return JSON.stringify({ id, customer: `customer ${id % KEYS}`, items })
}

function wholeNumber(text: string, name: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number >= 1) return number
  throw new RangeError(`--${name} takes a whole number of 1 or more, not "${text}"`)
}
