// Goal: an instance of ours and one of Java's Kafka Streams share a group: tasks go over and back, with their state, and no count is lost
// or made twice.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { KafkaStreams, keyQuery, serdes, StreamsBuilder, topic } from 'millrace'
import { EmbeddedCluster, listen } from 'millrace/broker'
import { append, type Scene } from '../../src/client/contract-scene.test.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { resolveClassPath } from '../oracle/maven.ts'
import { committedCounts } from './committed-counts.ts'
import { JavaProgram } from './java-program.ts'
import { openWireScene } from './wire-scene.ts'

const APPLICATION = 'group-mates'
const PARTITIONS = 4
const WAIT_MS = 90_000

const lines = topic('lines', { key: serdes.string, value: serdes.string })
const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })

const MORE_LINES = 'lines-more'
const LINES_PATTERN = /lines.*/

/** What the application reads. */
type Source = 'topic' | 'pattern'

/** How the group is kept: by its leader, who is one of both, or by the broker. */
type Protocol = 'classic' | 'streams'

/** A cluster on which both run. */
interface Ground {
  readonly port: number
  readonly bootstrapServers: string
  readonly end: () => Promise<void>
}

async function embedded(): Promise<Ground> {
  const cluster = new EmbeddedCluster({
    nodes: 1,
    initialRebalanceDelayMs: 500,
    transactionScanIntervalMs: 1_000,
    heartbeatIntervalMs: 1_000,
  })
  const listening = await listen(cluster)
  const [first] = listening.bootstrapServers.split(',')
  const end = async (): Promise<void> => {
    await listening.close()
    cluster.close()
  }
  return { port: Number(first!.split(':')[1]), bootstrapServers: listening.bootstrapServers, end }
}

async function kafka(): Promise<Ground> {
  const node = await KafkaNode.start({ shortTimeouts: true })
  return { port: node.port, bootstrapServers: node.bootstrapServers, end: () => node.stop() }
}

/** The topology of `WordCountApplication.java`, reading one topic, or all that begin like it. */
function wordCount(source: Source) {
  const builder = new StreamsBuilder()
  const texts = { key: serdes.string, value: serdes.string }
  const counts = builder
    .stream(source === 'topic' ? lines.name : LINES_PATTERN, texts)
    .flatMapValues((line) => line.split(' '), { value: serdes.string })
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: 'counts' })
  counts.toStream().to(wordCounts)
  return { builder, counts }
}

type Counts = ReturnType<typeof wordCount>['counts']

/** The lines so far, and the counts that come of them. */
class Mill {
  readonly ground: Ground
  readonly scene: Scene
  readonly #protocol: Protocol
  readonly #source: Source
  readonly #standbys: number
  /** What both keep on the disk is below it. */
  readonly #folder = mkdtempSync(join(tmpdir(), 'millrace-mates-'))
  readonly #expected = new Map<string, number>()
  #lines = 0

  constructor(
    ground: Ground,
    protocol: Protocol,
    { source = 'topic', standbys = 0 }: { readonly source?: Source; readonly standbys?: number } = {},
  ) {
    this.ground = ground
    this.#protocol = protocol
    this.#source = source
    this.#standbys = standbys
    this.scene = openWireScene([ground.port])
  }

  async prepare(): Promise<void> {
    for (const { name } of [lines, wordCounts]) await this.create(name)
  }

  async create(name: string): Promise<void> {
    await this.scene.admin.createTopics([{ name, partitions: PARTITIONS, replicationFactor: -1 }])
    await this.scene.until(async () => (await this.scene.admin.describeTopics([name])).has(name))
  }

  async write(count: number, topicName: string = lines.name): Promise<void> {
    const producer = this.scene.producer()
    for (let line = 0; line < count; line++) {
      const words = [`word-${this.#lines % 7}`, `word-${(this.#lines * 5) % 11}`, 'mill']
      for (const word of words) this.#expected.set(word, (this.#expected.get(word) ?? 0) + 1)
      append(producer, topicName, [words.join(' ')], this.#lines++ % PARTITIONS)
    }
    await producer.close()
  }

  /** Waits until all lines are counted; each word must have every count once and in order. */
  async finish(): Promise<void> {
    const total = [...this.#expected.values()].reduce((sum, count) => sum + count, 0)
    let counts = new Map<string, number[]>()
    await this.scene.until(async () => {
      counts = await committedCounts(this.scene, wordCounts.name, PARTITIONS)
      return [...counts.values()].reduce((sum, values) => sum + values.length, 0) >= total
    }, WAIT_MS)
    for (const [word, count] of this.#expected) {
      const values = Array.from({ length: count }, (_, index) => index + 1)
      assert.deepEqual(counts.get(word), values, word)
    }
  }

  /** How often a word has been written. */
  expected(word: string): number {
    return this.#expected.get(word) ?? 0
  }

  ours(): { readonly streams: KafkaStreams; readonly counts: Counts } {
    const { builder, counts } = wordCount(this.#source)
    const streams = new KafkaStreams(builder, {
      applicationId: APPLICATION,
      bootstrapServers: this.ground.bootstrapServers,
      groupProtocol: this.#protocol,
      processingGuarantee: 'exactly_once_v2',
      statestoreCacheMaxBytes: 0,
      commitIntervalMs: 100,
      consumer: this.#protocol === 'classic' ? { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 } : {},
      ...(this.#source === 'pattern' ? { metadataMaxAgeMs: 1_000 } : {}),
      ...(this.#standbys > 0 ? { numStandbyReplicas: this.#standbys, iqConsistencyOffsetVectorEnabled: true } : {}),
      stateDir: join(this.#folder, 'ours'),
      logger: false,
    })
    return { streams, counts }
  }

  java(): JavaProgram {
    const source = fileURLToPath(new URL('./java/WordCountApplication.java', import.meta.url))
    const reads = this.#source === 'topic' ? lines.name : String(LINES_PATTERN)
    const args = [this.ground.bootstrapServers, APPLICATION, this.#protocol, join(this.#folder, 'java'), reads]
    return new JavaProgram(resolveClassPath(), source, this.#standbys > 0 ? [...args, String(this.#standbys)] : args)
  }

  async end(): Promise<void> {
    this.scene.close()
    await this.ground.end()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

/** How many tasks an instance of ours runs now. */
function tasksOf(streams: KafkaStreams): number {
  return new Set(streams.metrics().flatMap(({ labels }) => labels['task-id'] ?? [])).size
}

interface Ours {
  readonly streams: KafkaStreams
  readonly counts: Counts
}

/** The partitions of the counts that run here. */
function activePartitions({ streams, counts }: Ours): readonly number[] {
  return [...streams.query(counts, keyQuery('mill'), { requireActive: true }).partitionResults]
    .filter(([, answer]) => answer.isSuccess)
    .map(([partition]) => partition)
}

/** Whether the counts of all partitions are here, run or followed, up to what was written, and each says which input it reflects. */
function hasAll({ streams, counts }: Ours, mill: Mill): boolean {
  const { partitionResults } = streams.query(counts, keyQuery('mill'))
  const answers = [...partitionResults.values()].filter((answer) => answer.isSuccess)
  const isLatest = answers.some(({ result }) => result === mill.expected('mill'))
  return answers.length === PARTITIONS && isLatest && answers.filter(({ position }) => !position.isEmpty).length === PARTITIONS
}

describe('an instance of ours and one of Java in one group', { skip: kafkaSkipReason() }, () => {
  for (const [protocol, where, open] of [
    ['classic', 'the embedded cluster', embedded],
    ['classic', 'Kafka', kafka],
    ['streams', 'the embedded cluster', embedded],
    ['streams', 'Kafka', kafka],
  ] as const) {
    test(`share its tasks and take over from each other by the ${protocol} protocol, on ${where}`, async () => {
      const ground = await open()
      const mill = new Mill(ground, protocol)
      const { scene } = mill
      let streams: KafkaStreams | null = null
      try {
        await mill.prepare()
        await using first = mill.java()
        await scene.until(() => Promise.resolve(first.output.includes('RUNNING\n')), WAIT_MS)
        await mill.write(200)
        await mill.finish()

        streams = mill.ours().streams
        const started = streams.start()
        await mill.write(200)
        await started
        await mill.write(200)
        await mill.finish()
        // Some of the tasks come here, as soon as Java has given them up.
        const ours = streams
        await scene.until(() => Promise.resolve(tasksOf(ours) > 0), WAIT_MS)
        const shared = tasksOf(ours)
        await mill.write(200)
        await mill.finish()

        await first.finish()
        await mill.write(200)
        await mill.finish()
        assert.ok(tasksOf(ours) > shared, 'then all of them')

        await using second = mill.java()
        await scene.until(() => Promise.resolve(second.output.includes('RUNNING\n')), WAIT_MS)
        await mill.write(200)
        await mill.finish()
        await streams.close({ leaveGroup: true })
        await mill.write(200)
        await mill.finish()
        await second.finish()
      } finally {
        await streams?.close()
        await mill.end()
      }
    })
  }

  for (const [where, open] of [
    ['the embedded cluster', embedded],
    ['Kafka', kafka],
  ] as const) {
    test(`are standbys for each other, with their state on the disk, on ${where}`, async () => {
      const mill = new Mill(await open(), 'classic', { standbys: 1 })
      const { scene } = mill
      let streams: KafkaStreams | null = null
      try {
        await mill.prepare()
        await using first = mill.java()
        await scene.until(() => Promise.resolve(first.output.includes('RUNNING\n')), WAIT_MS)
        await mill.write(200)
        await mill.finish()

        const ours = mill.ours()
        streams = ours.streams
        const restored: string[] = []
        streams.on('restoreEnd', ({ partition, restored: count }) => restored.push(`${partition}: ${count}`))
        await streams.start()
        await mill.write(200)
        await mill.finish()
        // What does not run here is followed here, and Java's changelogs say what it reflects.
        await scene.until(() => Promise.resolve(hasAll(ours, mill)), WAIT_MS)
        restored.length = 0
        await first.kill()
        await mill.write(200)
        await mill.finish()
        await scene.until(() => Promise.resolve(activePartitions(ours).length === PARTITIONS), WAIT_MS)
        assert.ok(hasAll(ours, mill))
        const replayed = restored.reduce((sum, line) => sum + Number(line.split(': ')[1]), 0)
        assert.ok(replayed < 200, `a promoted standby has but the end to read: ${restored.join()}`)

        await using second = mill.java()
        await scene.until(() => Promise.resolve(second.output.includes('RUNNING\n')), WAIT_MS)
        await mill.write(200)
        await mill.finish()
        // Its standbys take over when ours goes.
        await scene.until(() => Promise.resolve(activePartitions(ours).length < PARTITIONS), WAIT_MS)
        await streams.close({ leaveGroup: true })
        await mill.write(200)
        await mill.finish()
        await second.finish()
      } finally {
        await streams?.close()
        await mill.end()
      }
    })
  }

  test('read topics by a pattern together, also one that comes later', async () => {
    const ground = await embedded()
    const mill = new Mill(ground, 'classic', { source: 'pattern' })
    const { scene } = mill
    let streams: KafkaStreams | null = null
    try {
      await mill.prepare()
      await using java = mill.java()
      await scene.until(() => Promise.resolve(java.output.includes('RUNNING\n')), WAIT_MS)
      streams = mill.ours().streams
      await streams.start()
      const ours = streams
      await mill.write(100)
      await scene.until(() => Promise.resolve(tasksOf(ours) > 0), WAIT_MS)
      // The leader, which is one of both, sees the topic.
      await mill.create(MORE_LINES)
      await mill.write(100, MORE_LINES)
      await mill.finish()
      await java.finish()
      // Now it is the other, if it was not before.
      await mill.write(100)
      await mill.write(100, MORE_LINES)
      await mill.finish()
    } finally {
      await streams?.close()
      await mill.end()
    }
  })
})
