import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyQuery } from '../queries/queries.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

// Stream threads that are workers, on virtual time: all that goes between them and the main thread goes in messages.

const lines = topic('lines', { key: serdes.string, value: serdes.string })
const counted = topic('counted', { key: serdes.string, value: serdes.int64 })
const counts = keyValueStore('counts', { key: serdes.string, value: serdes.int64 })

function wordCount(fail?: (word: string) => void): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(lines)
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .peek((_key, word) => fail?.(word))
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: counts })
    .toStream()
    .to(counted)
  return builder
}

const config: TestConfig = { applicationId: 'word-count', numStreamThreads: 2, commitIntervalMs: 100, statestoreCacheMaxBytes: 0 }

function clusterWith(seed: number): TestCluster {
  const cluster = new TestCluster({ seed, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300, latencyMs: 1 })
  cluster.createTopics({ lines: 4, counted: 4 })
  return cluster
}

function produce(cluster: TestCluster, count: number): void {
  const words = ['ant', 'bee', 'cat', 'dog', 'eel']
  cluster.produce(
    lines,
    Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: `${words[index % 5]} ${words[(index * 3) % 5]}` })),
  )
}

/** The last count of each word. */
function lastCounts(cluster: TestCluster): Record<string, number> {
  return Object.fromEntries(cluster.read(counted).map(({ key, value }) => [key, value]))
}

function run(cluster: TestCluster, until: () => boolean): Promise<void> {
  return cluster.run(until, { maxTimeMs: 300_000 })
}

function total(cluster: TestCluster): number {
  return Object.values(lastCounts(cluster)).reduce((sum, count) => sum + count, 0)
}

/** The thread that has each task, from the log of the instance. */
function takenBy(instance: TestInstance): readonly string[] {
  const taken = new Map<string, readonly string[]>()
  for (const { message, fields } of instance.environment.logEntries) {
    if (message !== 'took an assignment') continue
    const { thread, active } = fields as { readonly thread: string; readonly active: readonly string[] }
    taken.set(thread, active)
  }
  return [...taken.values()].map((active) => active.join())
}

for (const groupProtocol of ['streams', 'classic'] as const) {
  test(`TestCluster runs two stream threads, which share the tasks (${groupProtocol})`, async () => {
    await using cluster = clusterWith(1)
    const instance = cluster.start('one', wordCount(), { ...config, groupProtocol, processingGuarantee: 'exactly_once_v2' })
    await run(cluster, () => instance.state === 'RUNNING')
    produce(cluster, 200)
    await run(cluster, () => total(cluster) === 400)
    assert.equal(cluster.read(counted).length, 400, 'each count once')
    assert.deepEqual(
      instance.app.threadIds,
      ['one', 'two'].map((_, index) => `${instance.clientId}-StreamThread-${index + 1}`),
    )
    const metadata = instance.app.threadMetadata()
    assert.deepEqual(
      metadata.map(({ threadName, threadState, standbyTasks }) => [threadName, threadState, standbyTasks.length]),
      instance.app.threadIds.map((id) => [id, 'RUNNING', 0]),
    )
    assert.deepEqual(
      metadata.flatMap(({ activeTasks }) => activeTasks).sort(),
      [0, 1].flatMap((subtopology) => [0, 1, 2, 3].map((partition) => `${subtopology}_${partition}`)),
    )
    const tasks = takenBy(instance)
    assert.equal(tasks.length, 2)
    for (const active of tasks) assert.equal(active.split(',').length, 4, 'each has half of the tasks')
    assert.equal(await run(cluster, () => true).then(() => instance.failure), null)
    const closed = instance.close()
    await run(cluster, () => instance.state === 'NOT_RUNNING')
    assert.equal(await closed, true)
  })
}

test('TestCluster adds and removes stream threads while they run, and their numbers are used again', async () => {
  await using cluster = clusterWith(2)
  const instance = cluster.start('one', wordCount(), { ...config, processingGuarantee: 'exactly_once_v2' })
  const threadId = (index: number): string => `${instance.clientId}-StreamThread-${index}`
  await run(cluster, () => instance.state === 'RUNNING')
  assert.equal(instance.app.addThread(), threadId(3))
  produce(cluster, 100)
  await run(cluster, () => total(cluster) === 200)
  await run(cluster, () => instance.state === 'RUNNING')
  const restored: string[] = []
  instance.on('restoreEnd', ({ store, topic, partition }) => void restored.push(`${store} ${topic} ${partition}`))
  let removed: string | null | undefined
  void instance.app.removeThread().then((id) => (removed = id))
  await run(cluster, () => removed !== undefined)
  assert.equal(removed, threadId(1), 'the one that was started first')
  assert.deepEqual(instance.app.threadIds, [threadId(2), threadId(3)])
  produce(cluster, 100)
  await run(cluster, () => total(cluster) === 400)
  assert.ok(restored.includes('counts word-count-counts-changelog 0'), 'the listeners of the instance hear of what the others restore')
  let refusal: unknown
  instance.app.removeThread(1).catch((error: unknown) => (refusal = error))
  await run(cluster, () => refusal !== undefined)
  assert.equal(Reflect.get(refusal as Error, 'code'), 'THREAD_REMOVAL_TIMED_OUT')
  await run(cluster, () => instance.app.threadIds.length === 1)
  assert.equal(instance.app.addThread(), threadId(1), 'the lowest number that is free')
  assert.equal(instance.app.addThread(), threadId(2))
  await run(cluster, () => instance.state === 'RUNNING')
  produce(cluster, 100)
  await run(cluster, () => total(cluster) === 600)
  assert.equal(cluster.read(counted).length, 600, 'each count once')
  assert.equal(instance.failure, null)
})

test('TestCluster replaces a stream thread that dies, and each record counts once', async () => {
  await using cluster = clusterWith(3)
  let failures = 0
  const failing = wordCount((word) => {
    if (word === 'cat' && failures++ === 5) throw new Error('a bad day')
  })
  const errors: Error[] = []
  const instance = cluster.start('one', failing, {
    ...config,
    processingGuarantee: 'exactly_once_v2',
    uncaughtExceptionHandler: (error) => {
      errors.push(error)
      return 'replace-thread'
    },
  })
  await run(cluster, () => instance.state === 'RUNNING')
  produce(cluster, 200)
  await run(cluster, () => total(cluster) === 400)
  assert.equal(cluster.read(counted).length, 400, 'each count once')
  assert.equal(errors.length, 1)
  assert.deepEqual([errors[0]!.name, Reflect.get(errors[0]!, 'code')], ['TaskError', 'PROCESSING_FAILED'])
  assert.equal((errors[0]!.cause as Error).message, 'a bad day')
  await run(cluster, () => instance.app.threadIds.length === 2 && instance.state === 'RUNNING')
  const numbers = instance.app.threadIds.map((id) => id.slice(-1)).sort()
  assert.ok(numbers.includes('3'), `the one that takes its place has a number of its own: ${numbers.join()}`)
})

for (const answer of ['shutdown-client', 'shutdown-application'] as const) {
  test(`TestCluster ends an instance with two threads when one dies: ${answer}`, async () => {
    await using cluster = clusterWith(4)
    const healthy = cluster.start('two', wordCount(), config)
    const failing = wordCount((word) => {
      if (word === 'bad') throw new Error('a bad day')
    })
    const instance = cluster.start('one', failing, { ...config, uncaughtExceptionHandler: () => answer })
    await run(cluster, () => instance.state === 'RUNNING' && healthy.state === 'RUNNING')
    for (let partition = 0; partition < 4; partition++) cluster.produce(lines, [{ key: 'k', value: 'bad', partition }])
    await run(cluster, () => instance.state === 'ERROR')
    assert.equal(Reflect.get(instance.failure!, 'code'), 'PROCESSING_FAILED')
    assert.deepEqual(instance.app.threadIds, [])
    if (answer === 'shutdown-application') {
      await run(cluster, () => healthy.state === 'ERROR')
      assert.equal(Reflect.get(healthy.failure!, 'code'), 'SHUTDOWN_REQUESTED')
    } else {
      await run(cluster, () => total(cluster) === 4)
      assert.equal(healthy.failure, null)
    }
  })
}

test('TestCluster counts exactly once on two threads and files, however often instances are killed and threads come and go', async () => {
  for (let seed = 10; seed < 14; seed++) {
    await using cluster = clusterWith(seed)
    const running = { ...config, processingGuarantee: 'exactly_once_v2', stateDir: '/state', stateEngine: 'lsm' } as const
    let instance = cluster.start('one', wordCount(), running)
    await run(cluster, () => instance.state === 'RUNNING')
    for (let round = 1; round <= 4; round++) {
      produce(cluster, 100)
      if (round % 2 === 0) {
        instance.app.addThread()
        void instance.app.removeThread()
      }
      await cluster.advance(100 + ((seed * 37 * round) % 400))
      if (round % 2 === 1) {
        instance.kill()
        instance = cluster.start(`one-${round}`, wordCount(), running)
      }
    }
    await run(cluster, () => total(cluster) === 800)
    assert.equal(cluster.read(counted).length, 800, `seed ${seed}: each count once`)
    assert.equal(instance.failure, null)
  }
})

test('TestCluster removes what threads keep of a store that is not in the topology any more', async () => {
  await using cluster = clusterWith(6)
  const stores = Object.fromEntries(
    ['kept', 'left'].map((name) => [name, keyValueStore(name, { key: serdes.string, value: serdes.string })]),
  )
  const keeping = (...names: readonly string[]): StreamsBuilder => {
    const builder = new StreamsBuilder()
    for (const name of names)
      builder.stream(lines).process(
        ({ stores }) =>
          ({ key, value }) =>
            stores.of.put(key, value),
        { stores: { of: stores[name]! } },
      )
    return builder
  }
  // A streams group keeps the topology that it began with.
  const running = { ...config, groupProtocol: 'classic', stateDir: '/state', stateEngine: 'lsm' } as const
  const first = cluster.start('one', keeping('kept', 'left'), running)
  produce(cluster, 20)
  await run(cluster, () => first.state === 'RUNNING')
  await cluster.advance(1_000)
  void first.close()
  await run(cluster, () => first.state === 'NOT_RUNNING')
  const second = cluster.start('one', keeping('kept'), running)
  await run(cluster, () => second.state === 'RUNNING')
  const said = second.environment.logEntries.map(({ message }) => message).filter((message) => message.includes('no more'))
  assert.deepEqual(
    said.toSorted(),
    [0, 1, 2, 3].map((partition) => `Stores that task 0_${partition} has no more are removed: left`),
  )
})

test('TestCluster queries stores in stream threads: by key, by range over all of them, and how far they are', async () => {
  await using cluster = clusterWith(5)
  const instance = cluster.start('one', wordCount(), config)
  await run(cluster, () => instance.state === 'RUNNING')
  produce(cluster, 100)
  await run(cluster, () => total(cluster) === 200)
  const { queries } = instance
  let result: unknown
  const ask = async (question: Promise<unknown>): Promise<unknown> => {
    result = undefined
    question.then(
      (answer) => (result = { answer }),
      (error: unknown) => (result = { error }),
    )
    await run(cluster, () => result !== undefined)
    return (result as { readonly answer?: unknown; readonly error?: unknown }).answer ?? result
  }
  const remote = queries.store(counts)
  assert.equal(await ask(remote.get('ant')), lastCounts(cluster)['ant'])
  const all = await ask(Array.fromAsync(remote.all()))
  assert.deepEqual(
    (all as [string, number][]).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    Object.entries(lastCounts(cluster)).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  )
  assert.deepEqual(await ask(queries.store(counts).get('nobody')), { answer: null })
  const lags = (await ask(queries.lags())) as ReadonlyMap<string, ReadonlyMap<number, { readonly lag: number }>>
  assert.deepEqual(
    [...lags.get('counts')!].map(([partition, { lag }]) => [partition, lag]),
    [0, 1, 2, 3].map((partition) => [partition, 0]),
  )
  assert.throws(() => queries.localStore(counts).get('ant'), { code: 'STORE_IN_WORKER', message: /use store\(\)$/ })
  assert.throws(() => queries.query(counts, keyQuery('ant')), { code: 'STORE_IN_WORKER', message: /use queryAsync\(\)$/ })
})

test('TestCluster: each stream thread has the global stores, and a global store is asked for in any of them', async () => {
  await using cluster = clusterWith(6)
  const names = topic('names', { key: serdes.string, value: serdes.string })
  cluster.createTopics({ names: 2 })
  const builder = new StreamsBuilder()
  const table = builder.globalTable(names, { store: 'names' })
  builder
    .stream(lines)
    .join(
      table,
      (key) => key,
      (line, name) => `${line} ${name}`,
    )
    .to({ name: 'named', key: serdes.string, value: serdes.string })
  cluster.createTopics({ named: 4 })
  cluster.produce(names, [
    { key: 'a', value: 'Ann' },
    { key: 'b', value: 'Bob' },
  ])
  const instance = cluster.start('one', builder, config)
  await run(cluster, () => instance.state === 'RUNNING')
  for (let partition = 0; partition < 4; partition++) {
    cluster.produce(lines, [
      { key: 'a', value: 'hello', partition },
      { key: 'b', value: 'bye', partition },
    ])
  }
  const named = topic('named', { key: serdes.string, value: serdes.string })
  await run(cluster, () => cluster.read(named).length === 8)
  assert.deepEqual([...new Set(cluster.read(named).map(({ value }) => value))].sort(), ['bye Bob', 'hello Ann'])
  let found: unknown
  void instance.queries
    .store(table)
    .get('a')
    .then((name) => (found = name))
  await run(cluster, () => found !== undefined)
  assert.equal(found, 'Ann')
})
