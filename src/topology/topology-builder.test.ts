import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopologyError } from '../base/errors.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { internalTopicConfigs } from './internal-topics.ts'
import { type SourceSpec, TopologyBuilder } from './topology-builder.ts'

const factory: ProcessorFactory = () => ({ process: () => undefined })

function source(name: string, topics: readonly string[], isInternal = false): SourceSpec {
  return {
    name,
    site: null,
    topics: topics.map((topicName) => ({ name: topicName, internal: isInternal })),
    pattern: null,
    key: null,
    value: null,
    timestampExtractor: null,
    offsetReset: null,
    absent: null,
  }
}

function sink(name: string, parents: readonly string[], topicName: string) {
  return { name, site: null, parents, topic: { name: topicName, internal: false }, key: null, value: null, partitioner: null }
}

function code(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof TopologyError) return error.code
    throw error
  }
  return 'none'
}

test('TopologyBuilder refuses a node that is its own parent, and a sink as parent', () => {
  const builder = new TopologyBuilder()
  builder.addSource(source('s', ['in']))
  builder.addSink(sink('k', ['s'], 'out'))
  assert.equal(
    code(() => builder.addProcessor({ name: 'p', site: null, parents: ['p'], factory })),
    'PARENT_UNKNOWN',
  )
  assert.equal(
    code(() => builder.addProcessor({ name: 'p', site: null, parents: ['k'], factory })),
    'PARENT_UNKNOWN',
  )
})

test('TopologyBuilder.validateCopartition() compares the numbers of partitions that were asked for', () => {
  const builder = new TopologyBuilder()
  builder.addInternalTopic('a', 3)
  builder.addInternalTopic('b', 4)
  builder.addSource(source('sa', ['a'], true))
  builder.addSource(source('sb', ['b'], true))
  builder.validateCopartition()
  builder.addCopartition(['sa', 'sb'])
  assert.throws(() => builder.validateCopartition(), {
    code: 'COPARTITION_MISMATCH',
    message:
      'Cannot build the topology: topics that are processed together must have equally many partitions, but "a" has 3, "b" has 4; ' +
      'give repartition() the same number, or none',
  })
})

test('TopologyBuilder joins copartition groups that share a topic', () => {
  const builder = new TopologyBuilder()
  for (const name of ['a', 'b', 'c', 'd', 'e']) builder.addSource(source(name, [`t${name}`]))
  builder.addProcessor({ name: 'p', site: null, parents: ['a', 'b', 'c', 'd', 'e'], factory })
  builder.addCopartition(['a', 'b'])
  builder.addCopartition(['c', 'd'])
  builder.addCopartition(['b', 'c'])
  const [subtopology] = builder.build().subtopologies
  const groups = subtopology?.copartitionGroups.map((group) => group.map(({ name }) => name).sort())
  assert.deepEqual(groups, [['ta', 'tb', 'tc', 'td']])
})

test('internalTopicConfigs() merges defaults, the configuration of the application, and the settings of the store', () => {
  const topic = { name: 's-changelog', internal: true }
  const changelog = {
    topic,
    kind: 'changelog',
    partitions: null,
    store: 's',
    retentionMs: null,
    configs: { 'segment.bytes': '1' },
  } as const
  assert.deepEqual(internalTopicConfigs(changelog, { 'segment.bytes': '2', 'min.insync.replicas': '2' }), {
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'CreateTime',
    'min.insync.replicas': '2',
    'segment.bytes': '1',
  })
  assert.equal(internalTopicConfigs({ ...changelog, kind: 'windowed-changelog', retentionMs: 1000 }, {})['retention.ms'], '86401000')
  assert.equal(internalTopicConfigs({ ...changelog, kind: 'versioned-changelog', retentionMs: 0 }, {})['min.compaction.lag.ms'], '86400000')
})
