import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { slidingWindows } from '../model/sliding-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

// Windows that are 100 ms long and take records for another 50.

const words = topic('words', { key: serdes.string, value: serdes.string })
const others = topic('others', { key: serdes.string, value: serdes.string })
const results = topic('results', { key: serdes.timeWindowed(serdes.string, 100), value: serdes.int64 })
const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  statestoreCacheMaxBytes: 0,
  emitIntervalMsKstreamsWindowedAggregation: 0,
}

interface Word {
  readonly to: typeof words
  readonly key: string
  readonly timestamp: number
  readonly partition: number
}

/** What there is to be seen of a run. */
type Seen = ReadonlyMap<string, readonly number[]>

/** Feeds words out of order to two partitions, while instances are killed and replaced. Returns the results of each window, in their order. */
async function seenOf(
  builder: StreamsBuilder,
  world: { readonly seed: number; readonly killChance: number; readonly engines: EngineFactory; readonly to?: readonly (typeof words)[] },
): Promise<Seen> {
  const { seed, killChance, engines, to = [words] } = world
  // What is fed must not depend on the kills.
  const random = new Prng(seed)
  const kills = new Prng(seed + 1)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ words: 2, others: 2, results: 2 })
  let instance = cluster.start('i0', builder, config, { engines })
  for (let round = 1; round <= 12; round++) {
    const batch = Array.from({ length: 1 + random.below(6) }, (): Word => {
      const partition = random.below(2)
      const key = random.pick(['a', 'b', 'c']) + partition
      return { to: random.pick(to), key, timestamp: Math.max(0, round * 40 - random.below(350)), partition }
    })
    for (const word of batch) cluster.produce(word.to, [{ ...word, value: 'v' }])
    await cluster.advance(kills.below(700))
    if (!kills.chance(killChance)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  // Closes what is open.
  for (const partition of [0, 1])
    for (const each of to) cluster.produce(each, [{ key: `end${partition}`, value: 'v', timestamp: 10_000, partition }])
  await cluster.advance(30_000)
  assert.equal(instance.failure, null)
  const seen = new Map<string, number[]>()
  for (const { key, value } of cluster.read(results)) {
    const name = `${key?.key}@${key?.window.start}`
    seen.set(name, [...(seen.get(name) ?? []), value ?? -1])
  }
  return new Map([...seen].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** A run with kills, with state that survives them or not, shows what one without does. */
async function checkKills(seed: number, build: () => StreamsBuilder, to?: readonly (typeof words)[]): Promise<Seen> {
  const world = { seed, engines: memoryEngines, ...(to === undefined ? {} : { to }) }
  const expected = await seenOf(build(), { ...world, killChance: 0 })
  assert.deepEqual(await seenOf(build(), { ...world, killChance: 0.4 }), expected, `seed ${seed}`)
  const surviving = { ...world, engines: survivingMemoryEngines(), killChance: 0.4 }
  assert.deepEqual(await seenOf(build(), surviving), expected, `seed ${seed}, surviving engines`)
  return expected
}

function checkOnce(seen: Seen): void {
  assert.ok(seen.size > 3)
  for (const [window, values] of seen) assert.equal(values.length, 1, window)
}

for (const seed of [1, 2, 3]) {
  test(`TestCluster emits each window once when it closes, however often instances are killed: seed ${seed}`, async () => {
    const build = (): StreamsBuilder => {
      const builder = new StreamsBuilder()
      const windowed = builder
        .stream(words)
        .groupByKey()
        .windowedBy(timeWindows({ size: 100, advance: 50, grace: 50 }))
      windowed.emitStrategy('on-window-close').count().toStream().to(results)
      return builder
    }
    checkOnce(await checkKills(seed, build))
  })

  test(`TestCluster emits each sliding window once when it closes, however often instances are killed: seed ${seed}`, async () => {
    const build = (): StreamsBuilder => {
      const builder = new StreamsBuilder()
      const windowed = builder
        .stream(words)
        .groupByKey()
        .windowedBy(slidingWindows({ timeDifference: 100, grace: 50 }))
      windowed.emitStrategy('on-window-close').count().toStream().to(results)
      return builder
    }
    checkOnce(await checkKills(seed, build))
  })

  test(`TestCluster cogroups streams in windows, each with its own stream time across kills: seed ${seed}`, async () => {
    const build = (): StreamsBuilder => {
      const builder = new StreamsBuilder()
      builder
        .stream(words)
        .groupByKey()
        .cogroup((_key, _value, n: number) => n + 1, { value: serdes.int64 })
        .cogroup(builder.stream(others).groupByKey(), (_key, _value, n) => n + 1)
        .windowedBy(timeWindows({ size: 100, grace: 50 }))
        // Long enough for the rows of the stream that is behind: each moves the time of the store that they share.
        .aggregate(() => 0, { retention: '1h' })
        .toStream()
        .to(results)
      return builder
    }
    const seen = await checkKills(seed, build, [words, others])
    for (const [window, values] of seen)
      assert.deepEqual(
        values,
        Array.from(values, (_value, index) => index + 1),
        window,
      )
  })
}
