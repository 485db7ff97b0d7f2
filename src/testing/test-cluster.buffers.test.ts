import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { untilTimeLimit, untilWindowCloses } from '../dsl/options/suppressed.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const input = topic('input', text)
const rows = topic('rows', text)
const output = topic('output', text)
const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  statestoreCacheMaxBytes: 0,
  commitIntervalMs: 200,
}

interface Piped {
  readonly key: string
  readonly value: string
  readonly timestamp: number
  readonly partition: number
}

/** What leaves of the records of a partition, whose keys end with its number, as `key=value@timestamp`, without any fault. */
type Model = (records: readonly Piped[]) => string[]

interface Case {
  readonly build: () => StreamsBuilder
  readonly model: Model
  /** Piped to `rows` at first, to both partitions. */
  readonly rows: readonly Omit<Piped, 'partition'>[]
}

/** Feeds records out of order while instances are killed and replaced: what leaves must be what leaves without faults, once, and in order. */
async function runWithKills(seed: number, engines: EngineFactory, { build, model, rows: given }: Case): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ input: 2, output: 1, rows: 2 })
  const builder = build()
  cluster.produce(
    rows,
    [0, 1].flatMap((partition) => given.map((row) => ({ ...row, key: `${row.key}${partition}`, partition }))),
  )
  let instance = cluster.start('i0', builder, config, { engines })
  // The rows are there before anything is joined with them.
  await cluster.advance(3_000)
  const piped: Piped[] = []
  for (let round = 1; round <= 12; round++) {
    const batch = Array.from({ length: 1 + random.below(6) }, (_, index): Piped => {
      const partition = random.below(2)
      const timestamp = Math.max(0, round * 40 - random.below(120))
      return { key: `${random.pick(['a', 'b', 'c'])}${partition}`, value: `${round}.${index}`, timestamp, partition }
    })
    piped.push(...batch)
    cluster.produce(input, batch)
    await cluster.advance(random.below(700))
    if (!random.chance(0.35)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  const expected = [0, 1].map((partition) => model(piped.filter((record) => record.partition === partition)))
  const total = expected.reduce((sum, { length }) => sum + length, 0)
  await cluster.run(() => cluster.read(output).length >= total, { maxTimeMs: 120_000 })
  await cluster.advance(3_000)
  const seen = [0, 1].map((partition) =>
    cluster
      .read(output)
      .filter(({ key }) => key?.[1] === String(partition))
      .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`),
  )
  assert.deepEqual(seen, expected, `seed ${seed}`)
  assert.equal(instance.failure, null)
}

async function runSeeds(given: Case): Promise<void> {
  for (let seed = 1; seed <= 8; seed++) {
    await runWithKills(seed, survivingMemoryEngines(), given)
    await runWithKills(seed, memoryEngines, given)
  }
}

interface Held {
  readonly at: number
  readonly record: Piped
}

/** The first of what is held, by time and then by key. */
function firstOf(held: ReadonlyMap<string, Held>): Held | undefined {
  return [...held.values()].toSorted((left, right) => left.at - right.at || (left.record.key < right.record.key ? -1 : 1))[0]
}

const shown = ({ key, value, timestamp }: Omit<Piped, 'partition'>): string => `${key}=${value}@${timestamp}`

test('TestCluster: suppress lets each change leave once and loses none, whenever the instance is killed', async () => {
  const limit = 60
  const model: Model = (records) => {
    const held = new Map<string, Held>()
    const left: string[] = []
    let streamTime = -1
    for (const record of records) {
      streamTime = Math.max(streamTime, record.timestamp)
      held.set(record.key, { at: held.get(record.key)?.at ?? record.timestamp, record })
      for (let first = firstOf(held); first !== undefined && first.at <= streamTime - limit; first = firstOf(held)) {
        held.delete(first.record.key)
        left.push(shown(first.record))
      }
    }
    return left
  }
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    builder
      .table(input)
      .suppress(untilTimeLimit(limit, {}))
      .toStream()
      .filter((_key, value) => value !== null)
      .to(output)
    return builder
  }
  await runSeeds({ build, model, rows: [] })
})

test('TestCluster: suppress gives one final result for each window, whenever the instance is killed', async () => {
  const [size, grace] = [50, 30]
  const model: Model = (records) => {
    const held = new Map<string, Held>()
    const left: string[] = []
    let streamTime = -1
    for (const record of records) {
      streamTime = Math.max(streamTime, record.timestamp)
      const start = Math.floor(record.timestamp / size) * size
      if (start + size > streamTime - grace) {
        const key = `${record.key}@${start}`
        const known = held.get(key)?.record
        const timestamp = Math.max(record.timestamp, known?.timestamp ?? 0)
        held.set(key, { at: start + size, record: { ...record, key, value: `${known?.value ?? ''}+${record.value}`, timestamp } })
      }
      // A record that is too late makes no change: nothing leaves then, though the time is the same.
      else continue
      for (let first = firstOf(held); first !== undefined && first.at <= streamTime - grace; first = firstOf(held)) {
        held.delete(first.record.key)
        left.push(shown(first.record))
      }
    }
    return left
  }
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    builder
      .stream(input)
      .groupByKey()
      .windowedBy(timeWindows({ size, grace }))
      .aggregate(
        () => '',
        (_key, value, all) => `${all}+${value}`,
        { value: serdes.string },
      )
      .suppress(untilWindowCloses())
      .toStream()
      .map(({ key, window }, value) => [`${key}@${window.start}`, value], text)
      .to(output)
    return builder
  }
  await runSeeds({ build, model, rows: [] })
})

test('TestCluster: a join with grace joins each record once, with the row of its time, whenever the instance is killed', async () => {
  const grace = 60
  const given = ['a', 'b'].flatMap((key) => [0, 100, 200, 300].map((timestamp) => ({ key, value: `r${timestamp}`, timestamp })))
  const joined = (record: Piped): string => {
    const row = record.key.startsWith('c') ? 'none' : `r${Math.min(300, Math.floor(record.timestamp / 100) * 100)}`
    return shown({ ...record, value: `${record.value}/${row}` })
  }
  const model: Model = (records) => {
    let waiting: Piped[] = []
    const left: string[] = []
    let time = -1
    for (const record of records) {
      if (time - grace > record.timestamp) {
        left.push(joined(record))
        continue
      }
      waiting.push(record)
      time = Math.max(time, record.timestamp)
      const isDue = ({ timestamp }: Piped): boolean => timestamp <= time - grace
      const due = waiting.filter(isDue).toSorted((x, y) => x.timestamp - y.timestamp || (x.key === y.key ? 0 : x.key < y.key ? -1 : 1))
      waiting = waiting.filter((other) => !isDue(other))
      left.push(...due.map(joined))
    }
    return left
  }
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    const table = builder.table(rows, { store: 'versions', historyRetention: '1h' })
    builder
      .stream(input)
      .leftJoin(table, (value, row) => `${value}/${row ?? 'none'}`, { grace })
      .to(output)
    return builder
  }
  await runSeeds({ build, model, rows: given })
})
