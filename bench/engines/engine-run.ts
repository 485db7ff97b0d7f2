import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ByteSlice } from '../../src/state/byte-slice.ts'
import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import type { KeyRange } from '../../src/state/key-range.ts'
import { STORE_FORMAT_VERSION, type StoreMeta } from '../../src/state/store-meta.ts'
import { peakMiBOfProcess } from '../process-statistics.ts'
import { distributions, drawnIndexes } from './drawn-indexes.ts'
import { MeasuredKey } from './measured-keys.ts'
import { NumberedRows, VALUE_BYTES } from './numbered-rows.ts'
import { type MeasuredEngine, openEngine } from './open-engine.ts'

/** What one process measures. */
export interface EngineRun {
  readonly engine: MeasuredEngine
  readonly keys: number
  /** Of CPU time, of one figure; the middle one of three counts. */
  readonly runMs: number
  readonly folder: string
  readonly memoryBytesMax: number
}

/** What an engine takes. CPU is that of all threads of the process. */
export interface EngineFigures {
  readonly engine: MeasuredEngine
  readonly keys: number
  /** Microseconds of CPU for one row or call, by what is done and how the keys are chosen. */
  readonly cpuUs: Readonly<Record<string, number>>
  /** From nothing to the first row that is read, after it was closed; `null`: nothing is kept. */
  readonly reopenMs: number | null
  readonly diskMiB: number
  readonly peakMiB: number
}

const TASK = '0_0'
const STORE = 'store'
const ROWS_PER_COMMIT = 10_000
const RANGE_ROWS = 10
const RUNS = 3
const CALLS_PER_LOOK = 500
const DRAWN = 1_000_000
const SETTLE_MS = 50
const SETTLED_CPU_MS = 5
/** A look in a row for so many ms of a run: on a busy machine a thread that merges may not come to anything for a while. */
const LOOK_RUN_MS = 50
const SETTLED_LOOKS_MIN = 3
const SETTLE_MS_MAX = 120_000
const MIB = 2 ** 20

/** Measures one engine with one number of keys. */
export async function runEngine(run: EngineRun): Promise<EngineFigures> {
  const open = (): Promise<EngineFactory> => openEngine(run.engine, run.folder, run.memoryBytesMax)
  let factory = await open()
  let engine = factory.open(TASK)
  const writer = new BatchWriter(run.keys)
  const cpuUs: Record<string, number> = {}
  cpuUs['put, new keys'] = await perUnit(async () => {
    await writer.putAll(engine)
    await settle(engine, run.runMs)
    return run.keys
  })

  engine.close()
  factory.close()
  const reopenStart = performance.now()
  let reopenMs: number | null = null
  if (run.engine !== 'memory') {
    factory = await open()
    engine = factory.open(TASK)
    requireRow(engine, 0)
    reopenMs = performance.now() - reopenStart
  } else {
    engine = factory.open(TASK)
    await writer.putAll(engine)
  }

  for (const distribution of distributions) {
    const drawn = drawnIndexes(distribution, run.keys, Math.min(DRAWN, run.keys))
    const loopUs = cheapest(
      run.runMs / 10,
      callsOf(drawn, () => true),
    )
    for (const [name, call] of readsOf(engine, run.keys)) {
      cpuUs[`${name}, ${distribution}`] = Math.max(0, cheapest(run.runMs, callsOf(drawn, call)) - loopUs)
    }
    cpuUs[`put, ${distribution}`] = await perUnit(async () => {
      const rows = writer.putDrawn(engine, drawn)
      await settle(engine, run.runMs)
      return rows
    })
  }
  engine.flush()
  const diskMiB = bytesIn(run.folder) / MIB
  engine.close()
  factory.close()
  return { engine: run.engine, keys: run.keys, cpuUs, reopenMs, diskMiB, peakMiB: peakMiBOfProcess(process.pid) }
}

/** Rows by their numbers, in batches as commits apply them. */
class BatchWriter {
  readonly #keys: number
  /** In which batch a key was last: each is in a batch once. */
  readonly #batchOf: Uint32Array
  readonly #rows = new Uint32Array(ROWS_PER_COMMIT)
  #batches = 0
  #offset = 0

  constructor(keys: number) {
    this.#keys = keys
    this.#batchOf = new Uint32Array(keys)
  }

  async putAll(engine: TaskEngine): Promise<void> {
    for (let from = 0; from < this.#keys; from += ROWS_PER_COMMIT) {
      const count = Math.min(ROWS_PER_COMMIT, this.#keys - from)
      for (let row = 0; row < count; row++) this.#rows[row] = from + row
      this.#apply(engine, count)
      // Helper threads are heard between events only.
      await sleep(0)
    }
  }

  /** Writes rows that there are already; gives how many. */
  putDrawn(engine: TaskEngine, drawn: Uint32Array): number {
    let rows = 0
    let total = 0
    this.#batches++
    for (const index of drawn) {
      if (this.#batchOf[index] === this.#batches) continue
      this.#batchOf[index] = this.#batches
      this.#rows[rows++] = index
      if (rows < ROWS_PER_COMMIT) continue
      this.#apply(engine, rows)
      this.#batches++
      total += rows
      rows = 0
    }
    this.#apply(engine, rows)
    return total + rows
  }

  #apply(engine: TaskEngine, count: number): void {
    const meta: StoreMeta = {
      formatVersion: STORE_FORMAT_VERSION,
      engine: engine.kind,
      clusterId: 'bench',
      topicId: null,
      offset: (this.#offset += count),
      commitTimeMs: Date.now(),
    }
    engine.apply([{ store: STORE, rows: new NumberedRows(this.#rows, count), meta, expiredBelow: null }])
    engine.maintain(performance.now())
  }
}

/** One call with the key of a number; whether it found what it must. */
type Call = (key: MeasuredKey, index: number) => boolean

function readsOf(engine: TaskEngine, keys: number): readonly (readonly [name: string, call: Call])[] {
  const store = engine.store(STORE)
  const value = new ByteSlice()
  return [
    ['get, present', (key) => store.get(key.slice, value) && value.length === VALUE_BYTES],
    [
      'get, absent',
      (key, index) => {
        key.set(index + keys)
        return !store.get(key.slice, value)
      },
    ],
    [
      `range of ${RANGE_ROWS}`,
      (key) => {
        const range: KeyRange = { from: key.slice.buffer, to: null, includesTo: true }
        const cursor = store.scan(range, false)
        let rows = 0
        while (rows < RANGE_ROWS && cursor.next()) rows++
        cursor.close()
        return rows > 0
      },
    ],
  ]
}

function callsOf(drawn: Uint32Array, call: Call): (count: number) => void {
  const key = new MeasuredKey()
  let next = 0
  return (count) => {
    for (let done = 0; done < count; done++) {
      const index = drawn[next]!
      if (++next === drawn.length) next = 0
      key.set(index)
      if (!call(key, index)) throw new Error(`The engine does not give what it was given, key ${index}`)
    }
  }
}

/** Microseconds of CPU of one call: the middle one of three runs after one that is not counted. */
function cheapest(runMs: number, calls: (count: number) => void): number {
  const figures: number[] = []
  for (let run = 0; run <= RUNS; run++) {
    const before = process.cpuUsage()
    let done = 0
    let usedUs = 0
    do {
      calls(CALLS_PER_LOOK)
      done += CALLS_PER_LOOK
      const used = process.cpuUsage(before)
      usedUs = used.user + used.system
    } while (usedUs < runMs * 1000)
    if (run > 0) figures.push(usedUs / done)
  }
  return figures.toSorted((left, right) => left - right)[RUNS >>> 1]!
}

async function perUnit(work: () => Promise<number>): Promise<number> {
  const before = process.cpuUsage()
  const units = await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / units
}

/** Flushes, and waits until nothing is merged in the background any more. */
async function settle(engine: TaskEngine, runMs: number): Promise<void> {
  engine.flush()
  const looks = Math.max(SETTLED_LOOKS_MIN, runMs / LOOK_RUN_MS)
  const deadlineMs = performance.now() + SETTLE_MS_MAX
  for (let quiet = 0; quiet < looks;) {
    const before = process.cpuUsage()
    engine.maintain(performance.now())
    await sleep(SETTLE_MS)
    const { user, system } = process.cpuUsage(before)
    quiet = (user + system) / 1000 < SETTLED_CPU_MS ? quiet + 1 : 0
    if (performance.now() > deadlineMs) throw new Error(`The engine is not settled after ${SETTLE_MS_MAX} ms`)
  }
}

function requireRow(engine: TaskEngine, index: number): void {
  const key = new MeasuredKey()
  key.set(index)
  if (!engine.store(STORE).get(key.slice, new ByteSlice())) throw new Error('The engine has lost what it was given')
}

/** Bytes of all files below a folder. */
export function bytesIn(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(join(entry.parentPath, entry.name)).size
  }
  return bytes
}
