import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { VirtualEnvironment } from '../base/virtual-environment.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { KafkaStreams } from './kafka-streams.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const counts = keyValueStore('counts', { key: serdes.string, value: serdes.int64 })

interface World {
  readonly on: TestCluster
  readonly environment: VirtualEnvironment
  readonly streams: KafkaStreams
}

interface WorldOptions {
  readonly topics?: readonly string[]
  /** Called with each word. */
  readonly onWord?: (word: string) => void
  readonly config?: Partial<StreamsConfig>
}

/** An instance that counts words, on a cluster of virtual time. Nothing of it is started. */
function world({ topics = ['words'], onWord = () => undefined, config = {} }: WorldOptions = {}): World {
  const on = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  on.createTopics(Object.fromEntries(topics.map((name) => [name, 2])))
  const environment = on.world.environment('a')
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .peek((_key, word) => onWord(word))
    .groupByKey()
    .count({ store: 'counts' })
  return { on, environment, streams: new KafkaStreams(builder, { applicationId: 'app', cluster: on.cluster, environment, ...config }) }
}

/** What becomes of `promise`, while the cluster is driven. */
async function outcome(on: TestCluster, promise: Promise<unknown>): Promise<unknown> {
  let settled: { readonly value: unknown } | null = null
  promise.then(
    (value: unknown) => (settled = { value }),
    (error: unknown) => (settled = { value: error }),
  )
  await on.run(() => settled !== null, { maxTimeMs: 120_000 })
  return (settled as { readonly value: unknown } | null)?.value
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}

test('KafkaStreams.start() resolves at the first RUNNING, and refuses a second start', async () => {
  const { on, streams } = world()
  await using _ = on
  assert.equal(await outcome(on, streams.start()), undefined)
  assert.equal(streams.state, 'RUNNING')
  assert.equal(codeOf(await outcome(on, streams.start())), 'ALREADY_STARTED')
  assert.equal(codeOf(await outcome(on, streams.run())), 'ALREADY_STARTED')
  assert.equal(streams.state, 'RUNNING', 'the refused starts changed nothing')
})

test('KafkaStreams.close() may be called again, and before start()', async () => {
  const { on, streams } = world()
  await using _ = on
  assert.equal(await outcome(on, streams.close()), true)
  assert.equal(await outcome(on, streams.close()), true)
  assert.equal(streams.state, 'NOT_RUNNING')
  assert.equal(codeOf(await outcome(on, streams.start())), 'ALREADY_STARTED')
})

test('KafkaStreams.close() while it starts rejects start() with CLOSED_BEFORE_RUNNING', async () => {
  const { on, streams } = world()
  await using _ = on
  const started = streams.start()
  void streams.close()
  assert.equal(codeOf(await outcome(on, started)), 'CLOSED_BEFORE_RUNNING')
})

test('KafkaStreams.start() ends the instance when its signal is aborted, before or while it starts', async () => {
  for (const isAbortedBefore of [true, false]) {
    const { on, streams } = world()
    await using _ = on
    const abort = new AbortController()
    if (isAbortedBefore) abort.abort()
    const started = streams.start({ signal: abort.signal })
    abort.abort()
    assert.equal(codeOf(await outcome(on, started)), 'CLOSED_BEFORE_RUNNING')
    await on.run(() => streams.state === 'NOT_RUNNING')
  }
})

test('KafkaStreams.start() rejects with what ended the instance, and that is all that happens', async () => {
  const { on, streams } = world({ topics: [] })
  await using _ = on
  assert.equal(codeOf(await outcome(on, streams.start())), 'SOURCE_TOPICS_MISSING')
  assert.equal(streams.state, 'ERROR')
  // An error that nobody waits for is thrown out of an event of the world.
  await on.advance(10_000)
})

test('KafkaStreams.run() rejects with what ended the instance, and that is all that happens', async () => {
  const fail = (word: string): void => {
    throw new Error(`no ${word}`)
  }
  const { on, streams } = world({ onWord: fail })
  await using _ = on
  const ran = streams.run()
  await on.run(() => streams.state === 'RUNNING')
  on.produce(words, [{ key: 'k', value: 'such word' }])
  assert.match(String(await outcome(on, ran)), /no such word/)
  await on.advance(10_000)
})

test('KafkaStreams.run() closes at a signal of the operating system, and listens no longer than it runs', async () => {
  const { on, streams, environment } = world()
  await using _ = on
  const ran = streams.run({ signals: ['SIGTERM'] })
  await on.run(() => streams.state === 'RUNNING')
  environment.raise('SIGINT')
  await on.advance(1_000)
  assert.equal(streams.state, 'RUNNING')
  environment.raise('SIGTERM')
  assert.equal(await outcome(on, ran), undefined)
  assert.equal(streams.state, 'NOT_RUNNING')
  environment.raise('SIGTERM')
})

test('KafkaStreams.run() is over without an error when it is told to close while it starts', async () => {
  for (const end of ['signal', 'abort', 'close'] as const) {
    const { on, streams, environment } = world()
    await using _ = on
    const abort = new AbortController()
    const ran = streams.run({ signal: abort.signal })
    if (end === 'signal') environment.raise('SIGINT')
    else if (end === 'abort') abort.abort()
    else void streams.close()
    assert.equal(await outcome(on, ran), undefined, end)
    assert.equal(streams.state, 'NOT_RUNNING')
  }
})

test('KafkaStreams.run() is over when closing takes longer than its timeout', async () => {
  const seen: string[] = []
  const { on, streams, environment } = world({ onWord: (word) => seen.push(word) })
  await using _ = on
  const ran = streams.run({ timeout: '2s' })
  await on.run(() => streams.state === 'RUNNING')
  // Something is left to be committed.
  on.produce(words, [{ key: 'k', value: 'w' }])
  await on.run(() => seen.length > 0)
  on.cluster.close()
  const before = on.world.nowMs
  environment.raise('SIGTERM')
  assert.equal(await outcome(on, ran), undefined)
  assert.equal(on.world.nowMs - before, 2_000)
})

test('KafkaStreams gives the error that ended it to its listeners', async () => {
  const fail = (): void => {
    throw new Error('heard')
  }
  const { on, streams } = world({ onWord: fail })
  await using _ = on
  const heard: Error[] = []
  const removed = (): void => assert.fail('a listener that was removed')
  streams
    .on('error', (error) => heard.push(error))
    .on('error', removed)
    .off('error', removed)
  await outcome(on, streams.start())
  on.produce(words, [{ key: 'k', value: 'w' }])
  await on.run(() => streams.state === 'ERROR')
  assert.match(String(heard[0]), /heard/)
})

test('KafkaStreams.pause() and resume() stop and go on', async () => {
  const seen: string[] = []
  const { on, streams } = world({ onWord: (word) => seen.push(word) })
  await using _ = on
  await outcome(on, streams.start())
  streams.pause()
  assert.equal(streams.isPaused, true)
  on.produce(words, [{ key: 'k', value: 'w' }])
  await on.advance(3_000)
  assert.deepEqual([seen, streams.state], [[], 'RUNNING'])
  streams.resume()
  assert.equal(streams.isPaused, false)
  await on.run(() => seen.length === 1, { maxTimeMs: 1_000 })
})

test('KafkaStreams.localStore() asks the stores of this instance while it is RUNNING', async () => {
  const { on, streams } = world()
  await using _ = on
  const store = streams.localStore(counts)
  assert.throws(() => store.get('k'), { code: 'STREAMS_NOT_STARTED', store: 'counts' })
  await outcome(on, streams.start())
  on.produce(words, [
    { key: 'k', value: 'w' },
    { key: 'k', value: 'w' },
  ])
  await on.run(() => store.get('k') === 2)
  await outcome(on, streams.close())
  assert.throws(() => store.get('k'), { code: 'STREAMS_STOPPED' })
})

test('KafkaStreams.localStore() refuses a store that the topology does not have', async () => {
  const { on, streams } = world()
  await using _ = on
  const unknown = keyValueStore('unknown', { key: serdes.string, value: serdes.int64 })
  assert.throws(() => streams.localStore(unknown), { code: 'STORE_UNKNOWN', message: /"unknown".*it has "counts"/ })
  // @ts-expect-error a name is no handle
  assert.throws(() => streams.localStore('counts'), /Cannot find a store by string/)
})

test('KafkaStreams.metrics() has what was processed, in Prometheus text too', async () => {
  const { on, streams } = world()
  await using _ = on
  await outcome(on, streams.start())
  assert.ok(streams.metrics().length > 0)
  assert.match(streams.prometheusMetrics(), /^# TYPE /m)
})

test('KafkaStreams refuses a cluster or logger that is none, and two clusters', async () => {
  const builder = new StreamsBuilder()
  builder.stream(words)
  const config = { applicationId: 'app' }
  assert.throws(() => new KafkaStreams(builder, config), { code: 'CONFIG_MISSING', configKey: 'cluster' })
  const nowhere = { code: 'CONFIG_INVALID', configKey: 'bootstrapServers' }
  assert.throws(() => new KafkaStreams(builder, { ...config, bootstrapServers: 'localhost' }), nowhere)
  // @ts-expect-error an address is no cluster
  assert.throws(() => new KafkaStreams(builder, { ...config, cluster: 'localhost:9092' }), { code: 'CONFIG_INVALID', configKey: 'cluster' })
  await using on = new TestCluster()
  const { cluster } = on
  assert.throws(() => new KafkaStreams(builder, { ...config, cluster, bootstrapServers: 'localhost:9092' }), nowhere)
  // @ts-expect-error true is no logger
  assert.throws(() => new KafkaStreams(builder, { ...config, cluster, logger: true }), { code: 'CONFIG_INVALID', configKey: 'logger' })
  assert.throws(() => new KafkaStreams(new StreamsBuilder(), { ...config, cluster }), { code: 'TOPOLOGY_EMPTY' })
})

test('KafkaStreams warns of names of internal topics and stores that were generated', async () => {
  await using on = new TestCluster()
  const warnings: object[] = []
  const logger = { debug: () => {}, info: () => {}, warn: (fields: object) => void warnings.push(fields), error: () => {} }
  const config = { applicationId: 'app', cluster: on.cluster, environment: on.world.environment('a'), logger }
  const builder = new StreamsBuilder()
  const byWord = builder.stream(words).groupBy((_key, word) => word, { name: 'by-word', key: serdes.string })
  byWord.count({ store: 'counts' })
  await using _named = new KafkaStreams(builder, config)
  assert.deepEqual(warnings, [])
  byWord.count()
  await using _unnamed = new KafkaStreams(builder, config)
  assert.deepEqual(warnings, [
    {
      changelogs: ['KSTREAM-AGGREGATE-STATE-STORE-0000000006-changelog'],
      stores: ['KSTREAM-AGGREGATE-STATE-STORE-0000000006'],
      repartitionTopics: [],
    },
  ])
})
