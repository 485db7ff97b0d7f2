import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Prng } from '../../src/base/prng.ts'
import { ByteSlice } from '../../src/state/byte-slice.ts'
import type { StoreBatch, TaskEngine } from '../../src/state/engines/engine.ts'
import { STORE_FORMAT_VERSION } from '../../src/state/store-meta.ts'
import { exitOnSignals } from '../../tools/kafka/exit-on-signals.ts'
import { peakMiBOfProcess } from '../process-statistics.ts'
import { MeasuredKey } from './measured-keys.ts'
import { NumberedRows } from './numbered-rows.ts'
import { type MeasuredEngine, measuredEngines, openEngine } from './open-engine.ts'

const HELP = `Usage: npm run bench -- budget [options]

Fills 200 stores of 20 tasks with 10 million keys of 16 bytes and values of 100, reads them at random and writes some again, all in one process
with one memory budget, and says how much memory the process had at its peak: at most 1.2 times the budget and 300 MiB.

  --engine NAME    default lsm
  --keys N         default 10000000
  --memory BYTES   the budget, default 536870912
  --quick          200,000 keys
  --smoke          2,000 keys
`

const TASKS = 20
const STORES_OF_TASK = 10
const KEYS_QUICK = 200_000
const KEYS_SMOKE = 2_000
const ROWS_PER_COMMIT = 500
const READS_PER_KEY = 0.2
const MIB = 2 ** 20
const SHARE_MAX = 1.2
const PROCESS_MIB = 300

/** `npm run bench -- budget ...`; gives the exit code. */
export async function budget(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      engine: { type: 'string', default: 'lsm' },
      keys: { type: 'string', default: '10000000' },
      memory: { type: 'string', default: String(512 * MIB) },
      quick: { type: 'boolean', default: false },
      smoke: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const memoryBytesMax = Number(values.memory)
  const keys = values.smoke ? KEYS_SMOKE : values.quick ? KEYS_QUICK : Number(values.keys)
  const isKnown = (measuredEngines as readonly string[]).includes(values.engine)
  if (!isKnown || !Number.isSafeInteger(memoryBytesMax) || !Number.isSafeInteger(keys)) {
    process.stderr.write('bench: there is no such engine, or --keys or --memory is no number\nSee: npm run bench -- budget --help\n')
    return 2
  }
  exitOnSignals()
  const folder = mkdtempSync(join(tmpdir(), 'millrace-budget-'))
  const removeAtExit = (): void => rmSync(folder, { recursive: true, force: true })
  process.once('exit', removeAtExit)
  const startMs = performance.now()
  const factory = await openEngine(values.engine as MeasuredEngine, folder, memoryBytesMax)
  const tasks = Array.from({ length: TASKS }, (_, task) => factory.open(`0_${task}`))
  await fill(tasks, keys)
  read(tasks, keys)
  await fill(tasks, keys / 10)
  factory.close()
  const peakMiB = peakMiBOfProcess(process.pid)
  const limitMiB = (SHARE_MAX * memoryBytesMax) / MIB + PROCESS_MIB
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  const stores = TASKS * STORES_OF_TASK
  const what = `${values.engine}, ${stores} stores, ${keys.toLocaleString('en')} keys, budget ${Math.round(memoryBytesMax / MIB)} MiB`
  process.stdout.write(`${what}: peak memory ${Math.round(peakMiB)} MiB, at most ${Math.round(limitMiB)} MiB (${seconds} s)\n`)
  return peakMiB <= limitMiB ? 0 : 1
}

/** Writes the keys below `keys`, round and round over the tasks, a commit each; a key is in the store that its number says. */
async function fill(tasks: readonly TaskEngine[], keys: number): Promise<void> {
  const keysOfStore = Math.ceil(keys / (TASKS * STORES_OF_TASK))
  const rows = new Uint32Array(ROWS_PER_COMMIT)
  for (let from = 0; from < keysOfStore; from += ROWS_PER_COMMIT) {
    const count = Math.min(ROWS_PER_COMMIT, keysOfStore - from)
    for (let row = 0; row < count; row++) rows[row] = from + row
    for (const engine of tasks) {
      engine.apply(Array.from({ length: STORES_OF_TASK }, (_, store) => batchOf(engine, `store-${store}`, new NumberedRows(rows, count))))
      engine.maintain(performance.now())
    }
    await sleep(0)
  }
}

function batchOf(engine: TaskEngine, store: string, rows: NumberedRows): StoreBatch {
  const meta = {
    formatVersion: STORE_FORMAT_VERSION,
    engine: engine.kind,
    clusterId: null,
    topicId: null,
    offset: null,
    commitTimeMs: Date.now(),
  }
  return { store, rows, meta, expiredBelow: null }
}

function read(tasks: readonly TaskEngine[], keys: number): void {
  const random = new Prng(5)
  const keysOfStore = Math.ceil(keys / (TASKS * STORES_OF_TASK))
  const key = new MeasuredKey()
  const value = new ByteSlice()
  for (let reads = 0; reads < keys * READS_PER_KEY; reads++) {
    key.set(random.below(keysOfStore))
    const engine = tasks[random.below(TASKS)]!
    if (!engine.store(`store-${random.below(STORES_OF_TASK)}`).get(key.slice, value))
      throw new Error('The engine has lost what it was given')
  }
}
