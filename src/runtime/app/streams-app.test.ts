import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { survivingMemoryEngines } from '../../state/engines/memory/memory-engine.ts'
import { keyValueStore } from '../../state/store-spec.ts'
import { TestCluster } from '../../testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../../testing/test-instance.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const counted = topic('counted', { key: serdes.string, value: serdes.int64 })
const store = keyValueStore('totals', { key: serdes.string, value: serdes.int64 })
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 0 }

function wordCount(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .groupBy((_key, word) => word, { key: serdes.string, value: serdes.string })
    .count({ store: 'counts' })
    .toStream()
    .to(counted)
  return builder
}

/** Counts each word by its key, without a repartition topic. */
function countByKey(onWord: (word: string) => void = () => undefined, reach?: (commit: () => void) => void): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(words)
    .process(
      ({ stores, forward, commit }) =>
        (record) => {
          onWord(record.value)
          const total = (stores.store.get(record.value) ?? 0) + 1
          stores.store.put(record.value, total)
          reach?.(commit)
          forward(record.withKey(record.value).withValue(total))
        },
      { stores: { store }, key: serdes.string, value: serdes.int64 },
    )
    .to(counted)
  return builder
}

function cluster(partitions = 2): TestCluster {
  const made = new TestCluster({
    seed: 1,
    heartbeatIntervalMs: 200,
    sessionTimeoutMs: 2_000,
    initialRebalanceDelayMs: 0,
    transactionScanIntervalMs: 500,
  })
  made.createTopics({ words: partitions, counted: partitions })
  return made
}

function say(to: TestCluster, text: string): void {
  to.produce(
    words,
    text.split(' ').map((word, index) => ({ key: word, value: word, timestamp: 1_000 + index })),
  )
}

function totals(of: TestCluster): Record<string, number> {
  return Object.fromEntries(of.read(counted).map(({ key, value }) => [key, value]))
}

/** The sequence that each word was counted in: exactly once means 1, 2, 3, ... */
function sequence(of: TestCluster, word: string): number[] {
  return of
    .read(counted)
    .filter(({ key }) => key === word)
    .map(({ value }) => value)
}

async function running(on: TestCluster, ...instances: readonly TestInstance[]): Promise<void> {
  await on.run(() => instances.every(({ state }) => state === 'RUNNING'), { maxTimeMs: 60_000 })
}

test('StreamsApp goes CREATED, REBALANCING, RUNNING, PENDING_SHUTDOWN, NOT_RUNNING', async () => {
  await using on = cluster()
  const instance = on.start('a', wordCount(), config)
  const seen: string[] = [instance.state]
  instance.app.events.on('stateChange', (state) => seen.push(state))
  await running(on, instance)
  const closed = instance.close()
  await on.run(() => instance.state === 'NOT_RUNNING')
  assert.equal(await closed, true)
  assert.deepEqual(seen, ['REBALANCING', 'RUNNING', 'PENDING_SHUTDOWN', 'NOT_RUNNING'])
})

test('StreamsApp commits what it did when it closes, and the next instance goes on at once', async () => {
  await using on = cluster()
  const first = on.start('a', wordCount(), config)
  await running(on, first)
  say(on, 'to be or not to be')
  await on.run(() => Object.keys(totals(on)).length === 4)
  void first.close()
  await on.run(() => first.state === 'NOT_RUNNING')
  const before = on.world.nowMs
  const second = on.start('b', wordCount(), config)
  say(on, 'be')
  await on.run(() => totals(on)['be'] === 3)
  assert.deepEqual(totals(on), { to: 2, be: 3, or: 1, not: 1 })
  assert.deepEqual(sequence(on, 'be'), [1, 2, 3])
  assert.ok(on.world.nowMs - before < 2_000, 'nobody waited for the session of the first to time out')
  assert.equal(second.failure, null)
})

test('StreamsApp shares tasks between instances, and takes those of a killed one over without losing or repeating a count', async () => {
  await using on = cluster(4)
  const first = on.start('a', wordCount(), config)
  const second = on.start('b', wordCount(), config)
  await running(on, first, second)
  say(on, 'a b c d e f g h a b c d e f g h')
  await on.run(() => Object.values(totals(on)).reduce((sum, n) => sum + n, 0) === 16)
  assert.ok(first.app.stores('counts').length > 0 && second.app.stores('counts').length > 0)
  say(on, 'a b c d e f g h')
  second.kill()
  await on.run(() => Object.values(totals(on)).reduce((sum, n) => sum + n, 0) === 24, { maxTimeMs: 60_000 })
  for (const word of 'abcdefgh') assert.deepEqual(sequence(on, word), [1, 2, 3], word)
  assert.equal(first.app.stores('counts').length, 4)
})

test('StreamsApp ends in ERROR with an error that names processor, topic, partition and offset when user code throws', async () => {
  await using on = cluster(1)
  const instance = on.start(
    'a',
    countByKey((word) => {
      if (word === 'bad') throw new Error('no such word')
    }),
    config,
  )
  await running(on, instance)
  say(on, 'good bad')
  await on.run(() => instance.state === 'ERROR')
  const { failure } = instance
  assert.ok(isMillraceError(failure))
  assert.equal(failure.code, 'PROCESSING_FAILED')
  assert.deepEqual([failure.processor, failure.topic, failure.partition, failure.offset], ['KSTREAM-PROCESSOR-0000000001', 'words', 0, 1])
  assert.match(failure.message, /no such word/)
  assert.equal(failure.cause instanceof Error && failure.cause.message, 'no such word')
  assert.deepEqual(totals(on), {}, 'nothing of the transaction became visible')
})

test('StreamsApp throws the error that ended it out of the event loop when nobody listens', async () => {
  await using on = cluster(1)
  const instance = on.start(
    'a',
    countByKey(() => {
      throw new Error('unheard')
    }),
    config,
  )
  await running(on, instance)
  instance.app.events.clear('error')
  say(on, 'x')
  await assert.rejects(
    on.run(() => false, { maxTimeMs: 10_000 }),
    /unheard/,
  )
})

test('StreamsApp goes on with a new thread when the uncaught-exception handler says "replace-thread"', async () => {
  await using on = cluster(1)
  let fails = 1
  const instance = on.start(
    'a',
    countByKey((word) => {
      if (word === 'bad' && fails-- > 0) throw new Error('once')
    }),
    { ...config, uncaughtExceptionHandler: () => 'replace-thread' },
  )
  await running(on, instance)
  say(on, 'good bad good')
  await on.run(() => totals(on)['good'] === 2, { maxTimeMs: 60_000 })
  assert.deepEqual(sequence(on, 'good'), [1, 2])
  assert.deepEqual(sequence(on, 'bad'), [1])
  await running(on, instance)
})

test('StreamsApp takes every instance to ERROR when the uncaught-exception handler says "shutdown-application"', async () => {
  await using on = cluster(2)
  const fail = (word: string): void => {
    if (word === 'bad') throw new Error('everybody out')
  }
  const options: TestConfig = { ...config, uncaughtExceptionHandler: () => 'shutdown-application' }
  const first = on.start('a', countByKey(fail), options)
  const second = on.start('b', countByKey(fail), options)
  await running(on, first, second)
  say(on, 'bad')
  await on.run(() => first.state === 'ERROR' && second.state === 'ERROR', { maxTimeMs: 60_000 })
  const codes = new Set([first, second].map(({ failure }) => (isMillraceError(failure) ? failure.code : null)))
  assert.deepEqual(codes, new Set(['PROCESSING_FAILED', 'SHUTDOWN_REQUESTED']))
})

test('StreamsApp rejects its start when a source topic stays missing', async () => {
  await using on = new TestCluster({ seed: 1, heartbeatIntervalMs: 200 })
  const instance = on.start('a', wordCount(), config)
  await on.run(() => instance.state === 'ERROR', { maxTimeMs: 60_000 })
  assert.match(instance.failure?.message ?? '', /words/)
})

test('StreamsApp.pause() stops processing but not the membership, resume() goes on', async () => {
  await using on = cluster(1)
  const instance = on.start('a', countByKey(), config)
  await running(on, instance)
  instance.app.pause()
  say(on, 'a b c')
  await on.advance(5_000)
  assert.deepEqual(totals(on), {})
  assert.equal(instance.state, 'RUNNING')
  instance.app.resume()
  await on.run(() => Object.keys(totals(on)).length === 3, { maxTimeMs: 1_000 })
})

test('StreamsApp commits at once when a processor asks for it', async () => {
  await using on = cluster(1)
  const slow: TestConfig = { ...config, commitIntervalMs: 9_000 }
  const instance = on.start(
    'a',
    countByKey(undefined, (commit) => commit()),
    slow,
  )
  await running(on, instance)
  const before = on.world.nowMs
  say(on, 'a')
  await on.run(() => totals(on)['a'] === 1)
  assert.ok(on.world.nowMs - before < 1_000)
})

test('StreamsApp commits early when its overlays pass statestoreUncommittedMaxBytes', async () => {
  await using on = cluster(1)
  const slow: TestConfig = { ...config, commitIntervalMs: 9_000, statestoreUncommittedMaxBytes: 1_000 }
  const instance = on.start('a', countByKey(), slow)
  await running(on, instance)
  const before = on.world.nowMs
  say(on, Array.from({ length: 100 }, (_, index) => `word-${index}`).join(' '))
  await on.run(() => Object.keys(totals(on)).length > 50)
  assert.ok(on.world.nowMs - before < 2_000)
})

for (const guarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`StreamsApp replays only the tail of a changelog when the rows survive (${guarantee})`, async () => {
    await using on = cluster(1)
    const engines = survivingMemoryEngines()
    const options: TestConfig = { ...config, processingGuarantee: guarantee, commitIntervalMs: 100 }
    const first = on.start('a', countByKey(), options, { engines })
    await running(on, first)
    say(on, 'a b c a b c')
    await on.run(() => totals(on)['c'] === 2 && on.cluster.lag('app') === 0)
    await on.advance(500)
    first.kill()
    const second = on.start('b', countByKey(), options, { engines })
    const restores: { readonly from: number; readonly to: number }[] = []
    second.app.events.on('restoreStart', (restore) => restores.push(restore))
    say(on, 'a')
    await on.run(() => totals(on)['a'] === 3, { maxTimeMs: 60_000 })
    for (const { from } of restores) assert.ok(from >= 6, `restored from ${from}`)
    assert.equal(second.store(store).get('c'), 2)
  })
}

test('StreamsApp deletes processed records of repartition topics', async () => {
  await using on = cluster(1)
  const instance = on.start('a', wordCount(), { ...config, repartitionPurgeIntervalMs: 1_000 })
  await running(on, instance)
  const repartition = 'app-counts-repartition'
  say(on, 'a b c')
  await on.run(() => on.cluster.offsets(repartition, 0).logStart >= 3, { maxTimeMs: 60_000 })
  await on.run(() => totals(on)['c'] === 1)
})

test('StreamsApp resets an input position that has been deleted, and says so', async () => {
  await using on = cluster(1)
  say(on, 'a b c')
  const first = on.start('a', countByKey(), config)
  await on.run(() => totals(on)['c'] === 1)
  void first.close()
  await on.run(() => first.state === 'NOT_RUNNING')
  on.cluster.deleteTopic('words')
  on.createTopics({ words: 1 })
  say(on, 'd')
  const second = on.start('b', countByKey(), config)
  await on.run(() => totals(on)['d'] === 1, { maxTimeMs: 60_000 })
  assert.ok(second.environment.logEntries.some(({ level, message }) => level === 'warn' && /reset/.test(message)))
})

test('StreamsApp refuses streams that share a store when their topics have different numbers of partitions', async () => {
  await using on = new TestCluster({ seed: 1, heartbeatIntervalMs: 200, initialRebalanceDelayMs: 0 })
  on.createTopics({ words: 2, others: 3 })
  const builder = new StreamsBuilder()
  const put = () => (): void => undefined
  builder.stream(words).process(put, { stores: { store } })
  builder.stream(topic('others', { key: serdes.string, value: serdes.string })).process(put, { stores: { store } })
  const instance = on.start('a', builder, config)
  await on.run(() => instance.state === 'ERROR', { maxTimeMs: 60_000 })
  assert.equal(isMillraceError(instance.failure) && instance.failure.code, 'COPARTITION_MISMATCH')
  assert.match(instance.failure?.message ?? '', /"others" has 3/)
})

for (const guarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`StreamsApp.close() gives up after its time-out when the cluster is gone, and the instance ends (${guarantee})`, async () => {
    await using on = cluster(1)
    // No commit of its own in between: the one at the close has something to do.
    const instance = on.start('a', countByKey(), { ...config, processingGuarantee: guarantee, commitIntervalMs: 5_000 })
    await running(on, instance)
    say(on, 'a b c')
    await on.advance(100)
    on.cluster.close()
    const start = on.world.nowMs
    let answer: boolean | null = null
    void instance.close({ timeoutMs: 1_000 }).then((isDone) => (answer = isDone))
    await on.run(() => answer !== null)
    assert.equal(answer, false)
    assert.equal(on.world.nowMs - start, 1_000)
    await on.run(() => instance.state === 'NOT_RUNNING', { maxTimeMs: 60_000 })
  })
}

test('StreamsApp waits for a sink topic that does not exist yet, and ends after a minute when it does not come', async () => {
  await using on = new TestCluster({ seed: 1, heartbeatIntervalMs: 200, sessionTimeoutMs: 2_000, initialRebalanceDelayMs: 0 })
  on.createTopics({ words: 1 })
  const instance = on.start('a', countByKey(), config)
  await running(on, instance)
  say(on, 'a b')
  await on.advance(10_000)
  assert.equal(instance.state, 'RUNNING')
  on.createTopics({ counted: 1 })
  await on.run(() => Object.keys(totals(on)).length === 2, { maxTimeMs: 5_000 })
  on.cluster.deleteTopic('counted')
  const second = on.start('b', countByKey(), { ...config, applicationId: 'other' })
  await on.run(() => second.state === 'ERROR', { maxTimeMs: 90_000 })
  assert.equal(isMillraceError(second.failure) && second.failure.code, 'UNKNOWN_TOPIC')
})

for (const guarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`StreamsApp ends with TASK_TIMED_OUT when nothing can be committed for taskTimeoutMs (${guarantee})`, async () => {
    await using on = cluster(1)
    const short = { deliveryTimeoutMs: 3_000 }
    const options: TestConfig = { ...config, processingGuarantee: guarantee, commitIntervalMs: 100, taskTimeoutMs: 20_000, producer: short }
    const instance = on.start('a', countByKey(), options)
    await running(on, instance)
    say(on, 'a')
    await on.run(() => totals(on)['a'] === 1)
    on.cluster.deleteTopic('counted')
    say(on, 'b')
    await on.run(() => instance.state === 'ERROR', { maxTimeMs: 300_000 })
    assert.equal(isMillraceError(instance.failure) && instance.failure.code, 'TASK_TIMED_OUT')
  })
}
