import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { RequestOf } from '../../protocol/messages.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { Harness, type TestClient } from '../cluster-harness.test.ts'

type NewTopic = RequestOf<'CreateTopics'>['topics'][number]

function newTopic(name: string, overrides: Partial<NewTopic> = {}): NewTopic {
  return { name, numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...overrides }
}

async function create(client: TestClient, topics: readonly NewTopic[], validateOnly = false) {
  return (await client.call('CreateTopics', { topics, timeoutMs: 1_000, validateOnly })).topics
}

async function describe(client: TestClient, names: readonly string[] | null, version = 13) {
  const topics = names?.map((name) => ({ name, topicId: zeroUuid })) ?? null
  const flags = { allowAutoTopicCreation: true, includeClusterAuthorizedOperations: false, includeTopicAuthorizedOperations: false }
  return client.call('Metadata', { topics, ...flags }, { version })
}

test('CreateTopics makes topics with ids, defaults and configs', async () => {
  const harness = new Harness({ partitions: 3, nodes: 2 })
  const client = harness.client()
  const [made] = await create(client, [newTopic('t', { configs: [{ name: 'cleanup.policy', value: 'compact' }] })])
  assert.deepEqual([made!.errorCode, made!.numPartitions, made!.replicationFactor], [0, 3, 2])
  assert.equal(made!.topicId, harness.cluster.topics.idOf('t'))
  assert.equal(made!.configs?.find((config) => config.name === 'cleanup.policy')?.value, 'compact')
  assert.equal(harness.cluster.topics.partitions('t'), 3)
  assert.deepEqual([...harness.cluster.topicConfigs('t')], [['cleanup.policy', 'compact']])
})

test('CreateTopics refuses what cannot be', async () => {
  const client = new Harness().client()
  await create(client, [newTopic('taken')])
  const cases: readonly (readonly [NewTopic, number])[] = [
    [newTopic('taken'), kafkaErrors.TOPIC_ALREADY_EXISTS],
    [newTopic('a b'), kafkaErrors.INVALID_TOPIC_EXCEPTION],
    [newTopic('..'), kafkaErrors.INVALID_TOPIC_EXCEPTION],
    [newTopic(''), kafkaErrors.INVALID_TOPIC_EXCEPTION],
    [newTopic('x'.repeat(250)), kafkaErrors.INVALID_TOPIC_EXCEPTION],
    [newTopic('n', { numPartitions: 0 }), kafkaErrors.INVALID_PARTITIONS],
    [newTopic('r', { replicationFactor: 2 }), kafkaErrors.INVALID_REPLICATION_FACTOR],
    [newTopic('c', { configs: [{ name: 'no.such', value: '1' }] }), kafkaErrors.INVALID_CONFIG],
    [newTopic('d', { configs: [{ name: 'retention.ms', value: 'soon' }] }), kafkaErrors.INVALID_CONFIG],
    [newTopic('e', { configs: [{ name: 'retention.ms', value: null }] }), kafkaErrors.INVALID_CONFIG],
    [newTopic('f', { configs: [{ name: 'cleanup.policy', value: 'compact,burn' }] }), kafkaErrors.INVALID_CONFIG],
  ]
  for (const [topic, errorCode] of cases) assert.equal((await create(client, [topic]))[0]!.errorCode, errorCode, topic.name)
  const twice = await create(client, [newTopic('same'), newTopic('same')])
  assert.deepEqual(
    twice.map((result) => result.errorCode),
    [kafkaErrors.INVALID_REQUEST, kafkaErrors.INVALID_REQUEST],
  )
})

test('CreateTopics only validates when asked to', async () => {
  const harness = new Harness()
  const [result] = await create(harness.client(), [newTopic('t')], true)
  assert.equal(result!.errorCode, 0)
  assert.deepEqual(harness.cluster.topics.names(), [])
})

test('Metadata tells leaders that are spread over the nodes, and never makes a topic', async () => {
  const harness = new Harness({ nodes: 3, racks: ['r0', 'r1', 'r2'] })
  harness.cluster.createTopic('t', { partitions: 6 })
  const client = harness.client()
  const all = await describe(client, null)
  assert.deepEqual(
    all.brokers.map((broker) => [broker.nodeId, broker.rack]),
    [
      [0, 'r0'],
      [1, 'r1'],
      [2, 'r2'],
    ],
  )
  assert.equal(all.clusterId, harness.cluster.clusterId)
  assert.deepEqual(
    all.topics[0]!.partitions.map((partition) => partition.leaderId),
    [0, 1, 2, 0, 1, 2],
  )
  const missing = await describe(client, ['nope', 'a b'])
  assert.deepEqual(
    missing.topics.map((topic) => topic.errorCode),
    [kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, kafkaErrors.INVALID_TOPIC_EXCEPTION],
  )
  assert.deepEqual((await describe(client, [])).topics, [])
  const byId = (topicId: string) =>
    client.call('Metadata', {
      topics: [{ name: null, topicId }],
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    })
  assert.equal((await byId(harness.cluster.topics.idOf('t')!)).topics[0]!.name, 't')
  assert.equal((await byId(zeroUuid)).topics[0]!.errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
})

test('DeleteTopics removes topics by name and by id', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('a')
  harness.cluster.createTopic('b')
  const client = harness.client()
  const idOfB = harness.cluster.topics.idOf('b')!
  const topics = [
    { name: 'a', topicId: zeroUuid },
    { name: null, topicId: idOfB },
    { name: 'c', topicId: zeroUuid },
  ]
  const { responses } = await client.call('DeleteTopics', { topics, topicNames: [], timeoutMs: 1_000 })
  assert.deepEqual(
    responses.map((response) => response.errorCode),
    [0, 0, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION],
  )
  assert.deepEqual(harness.cluster.topics.names(), [])
})

test('CreatePartitions only grows a topic, and keeps its records', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { partitions: 2 })
  harness.cluster.append('t', 1, [{ value: Buffer.from('x') }])
  const client = harness.client()
  const grow = async (name: string, count: number) => {
    const topics = [{ name, count, assignments: null }]
    return (await client.call('CreatePartitions', { topics, timeoutMs: 1_000, validateOnly: false })).results[0]!.errorCode
  }
  assert.equal(await grow('t', 2), kafkaErrors.INVALID_PARTITIONS)
  assert.equal(await grow('u', 2), kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal(await grow('t', 4), 0)
  assert.equal(harness.cluster.topics.partitions('t'), 4)
  assert.equal(harness.cluster.logEndOffset('t', 1), 1)
})

test('IncrementalAlterConfigs changes what DescribeConfigs tells and what the log follows', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'retention.ms': '5' } })
  const client = harness.client()
  const alter = async (name: string, configOperation: number, value: string | null) => {
    const resources = [{ resourceType: 2, resourceName: 't', configs: [{ name, configOperation, value }] }]
    return (await client.call('IncrementalAlterConfigs', { resources, validateOnly: false })).responses[0]!.errorCode
  }
  const valueOf = async (name: string) => {
    const resources = [{ resourceType: 2, resourceName: 't', configurationKeys: [name] }]
    const request = { resources, includeSynonyms: true, includeDocumentation: false }
    const [config] = (await client.call('DescribeConfigs', request)).results[0]!.configs
    return [config!.value, config!.configSource]
  }
  assert.deepEqual(await valueOf('retention.ms'), ['5', 1])
  assert.equal(await alter('retention.ms', 1, null), 0)
  assert.deepEqual(await valueOf('retention.ms'), ['604800000', 5])
  assert.equal(await alter('cleanup.policy', 2, 'compact'), 0)
  assert.deepEqual(await valueOf('cleanup.policy'), ['delete,compact', 1])
  assert.equal(await alter('cleanup.policy', 3, 'delete'), 0)
  assert.deepEqual(await valueOf('cleanup.policy'), ['compact', 1])
  assert.equal(await alter('retention.ms', 2, '1'), kafkaErrors.INVALID_CONFIG)
  assert.equal(await alter('no.such', 0, '1'), kafkaErrors.INVALID_CONFIG)
  assert.throws(() => harness.cluster.append('t', 0, [{ value: Buffer.from('keyless') }]), ClusterError)
})

test('DescribeConfigs knows nodes and groups, and says what it does not know', async () => {
  const client = new Harness({ partitions: 7 }).client()
  const ask = async (resourceType: number, resourceName: string) => {
    const resources = [{ resourceType, resourceName, configurationKeys: null }]
    return (await client.call('DescribeConfigs', { resources, includeSynonyms: false, includeDocumentation: false })).results[0]!
  }
  const node = await ask(4, '0')
  assert.equal(node.configs.find((config) => config.name === 'num.partitions')?.value, '7')
  assert.equal((await ask(4, '5')).errorCode, kafkaErrors.INVALID_REQUEST)
  assert.ok((await ask(32, 'some-group')).configs.length > 0)
  assert.equal((await ask(2, 'nope')).errorCode, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await ask(99, 'x')).errorCode, kafkaErrors.INVALID_REQUEST)
})

test('EmbeddedCluster.createTopic() throws what the cluster says', () => {
  const { cluster } = new Harness()
  cluster.createTopic('t')
  assert.throws(
    () => cluster.createTopic('t'),
    (error: unknown) => error instanceof ClusterError && error.code === 'REQUEST_REFUSED' && error.kafkaCode === 36,
  )
  assert.throws(() => cluster.deleteTopic('u'), /no such topic/)
  assert.throws(() => cluster.logEndOffset('t', 3), /it has 1 partitions/)
})
