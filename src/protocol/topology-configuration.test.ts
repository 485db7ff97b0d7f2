import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamsGroupSubtopology, StreamsGroupTopology, TopicInfo } from './messages/streams-group-heartbeat.ts'
import { CircularTopology } from './repartition-counts.ts'
import { configureTopology, topicsOf } from './topology-configuration.ts'

function info(name: string, partitions = 0): TopicInfo {
  return { name, partitions, replicationFactor: -1, topicConfigs: [{ key: 'cleanup.policy', value: 'compact' }] }
}

function subtopology(subtopologyId: string, fields: Partial<StreamsGroupSubtopology>): StreamsGroupSubtopology {
  return {
    subtopologyId,
    sourceTopics: [],
    sourceTopicRegex: [],
    stateChangelogTopics: [],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
    ...fields,
  }
}

function configure(subtopologies: StreamsGroupSubtopology[], topics: Record<string, number>): ReturnType<typeof configureTopology> {
  return configureTopology({ epoch: 0, subtopologies }, (topic) => topics[topic] ?? 0)
}

const wordCount = [
  subtopology('0', { sourceTopics: ['in'], repartitionSinkTopics: ['app-count-repartition'] }),
  subtopology('1', { repartitionSourceTopics: [info('app-count-repartition')], stateChangelogTopics: [info('app-count-changelog')] }),
]

test('configureTopology() reports missing source topics and decides nothing', () => {
  const configured = configure(wordCount, {})
  assert.equal(configured.problem?.statusCode, 1)
  assert.match(configured.problem.statusDetail, /in/)
  assert.equal(configured.subtopologies, null)
})

test('configureTopology() gives repartition topics the count of what feeds them, and changelogs that of their tasks', () => {
  const configured = configure(wordCount, { in: 4 })
  assert.equal(configured.problem?.statusCode, 3)
  assert.deepEqual(
    configured.missingTopics.map(({ name, partitions, replicationFactor }) => ({ name, partitions, replicationFactor })),
    [
      { name: 'app-count-changelog', partitions: 4, replicationFactor: -1 },
      { name: 'app-count-repartition', partitions: 4, replicationFactor: -1 },
    ],
  )
  assert.equal(configured.missingTopics[0]!.configs.get('cleanup.policy'), 'compact')
})

test('configureTopology() is ready when all topics exist with the right counts', () => {
  const configured = configure(wordCount, { in: 4, 'app-count-repartition': 4, 'app-count-changelog': 4 })
  assert.equal(configured.problem, null)
  assert.deepEqual(
    [...configured.subtopologies!.values()].map(({ taskCount }) => taskCount),
    [4, 4],
  )
})

test('configureTopology() reports an internal topic with another count', () => {
  const configured = configure(wordCount, { in: 4, 'app-count-repartition': 4, 'app-count-changelog': 3 })
  assert.equal(configured.problem?.statusCode, 2)
  assert.match(configured.problem.statusDetail, /app-count-changelog.*expected 4, found 3/)
})

test('configureTopology() takes the larger count through a chain of repartition topics', () => {
  const chain = [
    subtopology('0', { sourceTopics: ['a'], repartitionSinkTopics: ['r1'] }),
    subtopology('1', { sourceTopics: ['b'], repartitionSourceTopics: [info('r1')], repartitionSinkTopics: ['r2'] }),
    subtopology('2', { repartitionSourceTopics: [info('r2')] }),
  ]
  const configured = configure(chain, { a: 6, b: 2 })
  assert.deepEqual(
    configured.missingTopics.map(({ name, partitions }) => [name, partitions]),
    [
      ['r1', 6],
      ['r2', 6],
    ],
  )
})

test('configureTopology() refuses repartition topics that only feed each other', () => {
  const circle = [
    subtopology('0', { repartitionSourceTopics: [info('r1')], repartitionSinkTopics: ['r2'] }),
    subtopology('1', { repartitionSourceTopics: [info('r2')], repartitionSinkTopics: ['r1'] }),
  ]
  assert.throws(
    () => configure(circle, {}),
    (error) => error instanceof CircularTopology,
  )
})

test('configureTopology() takes what is decided when it comes to a topic, in the order of the coordinator, or of the leader', () => {
  const mixed = [
    subtopology('0', { sourceTopics: ['in'], repartitionSourceTopics: [info('app-r')], repartitionSinkTopics: ['app-t'] }),
    subtopology('1', { sourceTopics: ['other'], repartitionSinkTopics: ['app-r'] }),
    subtopology('2', { repartitionSourceTopics: [info('app-t')] }),
  ]
  const topics = new Map([
    ['in', 2],
    ['other', 5],
  ])
  const countOf = (order?: readonly string[]): number | undefined => {
    const { missingTopics } = configureTopology({ epoch: 0, subtopologies: mixed }, (topic) => topics.get(topic) ?? 0, order)
    return missingTopics.find(({ name }) => name === 'app-t')?.partitions
  }
  // A coordinator comes to app-t before app-r, a leader when it comes to who reads it.
  assert.equal(countOf(), 2)
  assert.equal(countOf(['2', '0', '1']), 2)
  assert.equal(countOf(['0', '1', '2']), 5)
})

test('configureTopology() refuses a repartition topic that nobody writes', () => {
  const lonely = [subtopology('0', { sourceTopics: ['in'], repartitionSourceTopics: [info('app-r')] })]
  assert.throws(() => configure(lonely, { in: 1 }), CircularTopology)
  assert.throws(() => configureTopology({ epoch: 0, subtopologies: lonely }, () => 1, ['0']), CircularTopology)
})

test('configureTopology() makes copartitioned topics agree', () => {
  const join = (repartition: TopicInfo, external: string[]): StreamsGroupSubtopology[] => [
    subtopology('0', { sourceTopics: ['a'], repartitionSinkTopics: ['r'] }),
    subtopology('1', {
      sourceTopics: external,
      repartitionSourceTopics: [repartition],
      copartitionGroups: [{ sourceTopics: external.map((_, index) => index), sourceTopicRegex: [], repartitionSourceTopics: [0] }],
    }),
  ]
  const coerced = configure(join(info('r'), ['b']), { a: 6, b: 3 })
  assert.deepEqual(
    coerced.missingTopics.map(({ partitions }) => partitions),
    [3],
  )
  assert.equal(configure(join(info('r', 5), ['b']), { a: 6, b: 3 }).problem?.statusCode, 2)
  assert.equal(configure(join(info('r'), ['b', 'c']), { a: 6, b: 3, c: 4 }).problem?.statusCode, 2)
  assert.equal(configure(join(info('r', 3), ['b']), { a: 6, b: 3 }).problem?.statusCode, 3)
})

test('configureTopology() does not create a source topic that serves as changelog', () => {
  const table = [subtopology('0', { sourceTopics: ['t'], stateChangelogTopics: [info('t')] })]
  assert.equal(configure(table, { t: 2 }).problem, null)
})

test('topicsOf() names all topics once', () => {
  const topology: StreamsGroupTopology = { epoch: 0, subtopologies: wordCount }
  assert.deepEqual([...topicsOf(topology)].sort(), ['app-count-changelog', 'app-count-repartition', 'in'])
})
