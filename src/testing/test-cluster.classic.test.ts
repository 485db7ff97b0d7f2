import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const lines = topic('lines', { value: serdes.string })
const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })
const words = ['to', 'be', 'or', 'not', 'that', 'is', 'the', 'question']

function wordCount(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(lines)
    .flatMapValues((line) => (line ?? '').split(' '), { value: serdes.string })
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: 'counts' })
    .toStream()
    .to(wordCounts)
  return builder
}

const config: TestConfig = {
  applicationId: 'app',
  groupProtocol: 'classic',
  statestoreCacheMaxBytes: 0,
  consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
}

/** What has been asked for so far, and whether that is what came out. */
class Counting {
  readonly cluster: TestCluster
  readonly #expected = new Map<string, number>()
  #line = 0

  constructor(seed: number, options: { readonly streamsGroups?: boolean } = {}) {
    this.cluster = new TestCluster({ seed, nodes: 3, initialRebalanceDelayMs: 500, latencyMs: 1, ...options })
    this.cluster.createTopics({ lines: 4, 'word-counts': { partitions: 4 } })
  }

  write(count: number): void {
    const records = Array.from({ length: count }, () => {
      const pair = [words[this.#line % words.length]!, words[(this.#line * 3) % words.length]!]
      for (const word of pair) this.#expected.set(word, (this.#expected.get(word) ?? 0) + 1)
      return { key: null, value: pair.join(' '), partition: this.#line++ % 4 }
    })
    this.cluster.produce(lines, records)
  }

  /** Waits until every count has come out; `atLeast`: or more, because what was done before a kill and not committed is done again. */
  async finish(atLeast = false): Promise<void> {
    const isDone = (): boolean => {
      const last = new Map(this.cluster.read(wordCounts).map(({ key, value }) => [key, value]))
      return [...this.#expected].every(([word, count]) => last.get(word) === count || (atLeast && (last.get(word) ?? 0) > count))
    }
    await this.cluster.run(isDone, { maxTimeMs: 120_000 })
  }

  /** Every count of every word once and in order: nothing is lost, nothing is done twice. */
  assertExactlyOnce(): void {
    for (const [word, count] of this.#expected) {
      const values = this.cluster
        .read(wordCounts)
        .filter(({ key }) => key === word)
        .map(({ value }) => value)
      assert.deepEqual(
        values,
        Array.from({ length: count }, (_, index) => index + 1),
        word,
      )
    }
  }
}

function areRunning(instances: readonly TestInstance[]): () => boolean {
  return () => instances.every(({ state }) => state === 'RUNNING')
}

for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`TestCluster: three instances in a classic group count words, one is killed and replaced, ${processingGuarantee}`, async () => {
    const counting = new Counting(11)
    await using cluster = counting.cluster
    const start = (name: string): TestInstance =>
      cluster.start(name, wordCount(), { ...config, processingGuarantee, commitIntervalMs: 100 })
    const instances = ['a', 'b', 'c'].map(start)
    counting.write(40)
    await cluster.run(areRunning(instances), { maxTimeMs: 60_000 })
    await counting.finish()
    const [a, b, c] = instances
    counting.write(40)
    a!.kill()
    counting.write(40)
    const d = start('d')
    await cluster.run(areRunning([b!, c!, d]), { maxTimeMs: 60_000 })
    counting.write(40)
    await counting.finish(processingGuarantee === 'at_least_once')
    if (processingGuarantee === 'exactly_once_v2') counting.assertExactlyOnce()
    assert.deepEqual([b!.failure, c!.failure, d.failure], [null, null, null])
  })
}

test('TestCluster: instances of a classic group that leave hand their tasks over at once', async () => {
  const counting = new Counting(12)
  await using cluster = counting.cluster
  const exact = { ...config, processingGuarantee: 'exactly_once_v2' } as const
  const a = cluster.start('a', wordCount(), exact)
  const b = cluster.start('b', wordCount(), exact)
  await cluster.run(areRunning([a, b]), { maxTimeMs: 60_000 })
  counting.write(20)
  await counting.finish()
  void a.app.close({ leaveGroup: true })
  counting.write(20)
  const startedAtMs = cluster.world.nowMs
  await counting.finish()
  assert.equal(cluster.world.nowMs - startedAtMs < 6_000, true, 'the session of the one that left was not waited for')
  counting.assertExactlyOnce()
})

/** Which protocol an instance has chosen, and why, as its log says. */
function choicesOf({ environment }: TestInstance): string[] {
  return environment.logEntries
    .filter(({ message }) => message === 'The group protocol is chosen')
    .map((entry) => {
      const fields: Readonly<Record<string, unknown>> = { ...entry.fields }
      return `${String(fields['groupProtocol'])}: ${String(fields['reason'])}`
    })
}

test('TestCluster: groupProtocol "auto" is that of the members, else streams where the brokers have it', async () => {
  const auto = { ...config, groupProtocol: 'auto' } as const
  const { cluster } = new Counting(13)
  await using on = cluster
  const classic = on.start('classic', wordCount(), config)
  await on.run(areRunning([classic]), { maxTimeMs: 60_000 })
  const follower = on.start('follower', wordCount(), auto)
  const alone = on.start('alone', wordCount(), { ...auto, applicationId: 'other' })
  await on.run(areRunning([classic, follower, alone]), { maxTimeMs: 60_000 })
  assert.deepEqual(choicesOf(follower), ['classic: the members of the group use it'])
  assert.deepEqual(choicesOf(alone), ['streams: the brokers have it'])
})

test('TestCluster: groupProtocol "auto" is classic where the brokers lack the streams protocol, and "streams" says so', async () => {
  const { cluster } = new Counting(14, { streamsGroups: false })
  await using on = cluster
  const auto = on.start('auto', wordCount(), { ...config, groupProtocol: 'auto' })
  await on.run(areRunning([auto]), { maxTimeMs: 60_000 })
  assert.match(choicesOf(auto).join(), /^classic: the brokers have not finalized streams.version 1/)
  const { consumer: _ignored, ...plain } = config
  const streams = on.start('streams', wordCount(), { ...plain, applicationId: 'other', groupProtocol: 'streams' })
  await on.run(() => streams.failure !== null, { maxTimeMs: 60_000 })
  assert.match(
    streams.failure!.message,
    /groupProtocol "streams": the brokers have not finalized streams\.version 1.*use groupProtocol "classic"/,
  )
})
