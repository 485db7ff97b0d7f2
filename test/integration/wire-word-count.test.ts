import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createEnvironment, KafkaStreams } from 'millrace'
import { halt } from 'millrace/testing'
import { builder, lines, wordCounts } from '../../examples/word-count/topology.ts'
import { append, type Scene } from '../../src/client/contract-scene.test.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { committedCounts } from './committed-counts.ts'
import { openWireScene } from './wire-scene.ts'

// One application on a real broker, exactly once: an instance is killed while it works, and replaced.

const PARTITIONS = 4
const LINES = 2_000
const WORDS = ['the', 'wheel', 'turns', 'and', 'grinds', 'what', 'comes', 'to', 'mill', 'today']

/** How long a part of the work may take: a dead member is noticed after 6 s, its transaction ends after 5 s. */
const WORK_MS = 60_000

/** One instance of the application, which can be killed without warning. */
interface Instance {
  readonly streams: KafkaStreams
  readonly kill: () => void
}

/** The lines, and how often each word is in them. */
function text(): { readonly list: readonly string[]; readonly expected: ReadonlyMap<string, number> } {
  const expected = new Map<string, number>()
  const list = Array.from({ length: LINES }, (_, index) => {
    const words = WORDS.filter((_word, position) => (index * 7 + position * position) % 3 !== 0)
    for (const word of words) expected.set(word, (expected.get(word) ?? 0) + 1)
    return words.join(' ')
  })
  return { list, expected }
}

/** The group protocols, and how many instances take part. */
const setups = [
  { groupProtocol: 'streams', count: 2, consumer: { autoOffsetReset: 'earliest' } },
  { groupProtocol: 'classic', count: 3, consumer: { autoOffsetReset: 'earliest', sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 } },
] as const

for (const setup of setups)
  describe(`KafkaStreams over TCP, ${setup.groupProtocol} groups`, { skip: kafkaSkipReason() }, () => countWords(setup))

function countWords({ groupProtocol, count, consumer }: (typeof setups)[number]): void {
  let node: KafkaNode
  /** Each instance keeps its state in a directory of its own below it. */
  let folder: string
  let opened = 0
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-words-'))
    node = await KafkaNode.start({ shortTimeouts: true, streamsGroups: groupProtocol === 'streams' })
  })
  after(async () => {
    await node.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function openScene(): Scene {
    return openWireScene([node.port])
  }

  function instance(): Instance {
    const environment = createEnvironment()
    const streams = new KafkaStreams(builder, {
      applicationId: 'word-count',
      bootstrapServers: node.bootstrapServers,
      environment,
      processingGuarantee: 'exactly_once_v2',
      statestoreCacheMaxBytes: 0,
      producer: { transactionTimeoutMs: 5_000 },
      groupProtocol,
      consumer,
      stateDir: join(folder, String(opened++)),
      logger: false,
    })
    return { streams, kill: () => halt(environment) }
  }

  async function written(scene: Scene, isolation: 'read_committed' | 'read_uncommitted'): Promise<number> {
    const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: wordCounts.name, partition }))
    const ends = await scene.admin.listOffsets(partitions, 'latest', isolation)
    return partitions.reduce((sum, { partition }) => sum + ends.get(wordCounts.name, partition)!, 0)
  }

  test('a killed instance is replaced, and every word is counted once', async () => {
    const scene = openScene()
    const instances = Array.from({ length: count }, instance)
    try {
      await run(scene, instances)
      await Promise.all(instances.slice(1).map(({ streams }) => streams.close()))
    } finally {
      for (const { kill } of instances) kill()
      scene.close()
    }
  })

  /** Kills the first of `instances` half-way and adds another one. */
  async function run(scene: Scene, instances: Instance[]): Promise<void> {
    for (const { name } of [lines, wordCounts]) {
      await scene.admin.createTopics([{ name, partitions: PARTITIONS, replicationFactor: -1 }])
      await scene.until(async () => (await scene.admin.describeTopics([name])).has(name))
    }
    const { list, expected } = text()
    const producer = scene.producer()
    const total = [...expected.values()].reduce((sum, count) => sum + count, 0)
    for (const [index, line] of list.slice(0, LINES / 2).entries()) append(producer, lines.name, [line], index % PARTITIONS)
    await producer.flush()

    await Promise.all(instances.map(({ streams }) => streams.start()))
    await scene.until(async () => (await written(scene, 'read_uncommitted')) >= total / 4, WORK_MS)
    instances[0]!.kill()
    instances.push(instance())
    const started = instances.at(-1)!.streams.start()
    for (const [index, line] of list.slice(LINES / 2).entries()) append(producer, lines.name, [line], index % PARTITIONS)
    await producer.close()
    await started

    let counts = new Map<string, number[]>()
    await scene.until(async () => {
      counts = await committedCounts(scene, wordCounts.name, PARTITIONS)
      return [...counts.values()].reduce((sum, values) => sum + values.length, 0) >= total
    }, WORK_MS)
    // Without a cache each update is written: nothing is missing in 1, 2, 3, ... and nothing comes twice.
    assert.deepEqual([...counts.keys()].toSorted(), [...expected.keys()].toSorted())
    for (const [word, values] of counts) {
      assert.deepEqual(
        values,
        Array.from({ length: expected.get(word)! }, (_, index) => index + 1),
        word,
      )
    }
  }
}
