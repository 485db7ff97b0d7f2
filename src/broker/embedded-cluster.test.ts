import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { batchOf, describeRecords, Harness } from './cluster-harness.test.ts'
import { EmbeddedCluster } from './embedded-cluster.ts'

test('EmbeddedCluster gives back what was produced', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('orders')
  const client = harness.client()
  const produced = await client.produce(
    'orders',
    batchOf([
      ['a', '1'],
      ['b', '2'],
    ]),
  )
  assert.equal(produced.errorCode, 0)
  assert.equal(produced.baseOffset, 0)
  const fetched = await client.fetch('orders')
  assert.deepEqual(describeRecords(fetched.records), ['0:1', '1:2'])
  assert.equal(fetched.highWatermark, 2)
})

test('EmbeddedCluster.append() and read() take and give whole records', () => {
  const { cluster, world } = new Harness()
  cluster.createTopic('t')
  const headers = recordHeaders([['h', 'x']])
  assert.equal(cluster.append('t', 0, [{ key: Buffer.from('k'), value: null, timestamp: 9, headers }, {}]), 0)
  assert.equal(cluster.append('t', 0, []), 2)
  const [first, second] = cluster.read('t', 0)
  assert.deepEqual([first!.offset, first!.timestamp, first!.key?.toString(), first!.value], [0, 9, 'k', null])
  assert.deepEqual(
    [...first!.headers].map((header) => header.key),
    ['h'],
  )
  assert.deepEqual([second!.key, second!.value, second!.timestamp], [null, null, world.nowMs])
  assert.deepEqual(
    cluster.read('t', 0, { from: 1 }).map((record) => record.offset),
    [1],
  )
})

test('EmbeddedCluster advertises the versions and features of its release', async () => {
  for (const release of ['4.2', '4.3', '4.4'] as const) {
    const client = new Harness({ release, transactionVersion: 1 }).client()
    const connection = await client.connect()
    assert.equal(connection.versions.StreamsGroupHeartbeat?.max, release === '4.4' ? 1 : 0)
    assert.equal(connection.versions.SaslHandshake, undefined)
    assert.deepEqual(
      [...connection.features],
      [
        ['group.version', 1],
        ['streams.version', 1],
        ['transaction.version', 1],
      ],
    )
    const told = await client.call('ApiVersions', { clientSoftwareName: 'test', clientSoftwareVersion: '1' })
    const produce = told.apiKeys.find((range) => range.apiKey === 0)
    assert.deepEqual(produce, { apiKey: 0, minVersion: 3, maxVersion: 13 })
    assert.equal(told.finalizedFeatures.find((feature) => feature.name === 'transaction.version')?.maxVersionLevel, 1)
  }
})

test('EmbeddedCluster counts requests and bytes of records', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const client = harness.client()
  const batch = batchOf([['a', '1']])
  await client.produce('t', batch)
  await client.fetch('t')
  await client.fetch('t')
  const { traffic } = harness.cluster
  assert.deepEqual(
    [...traffic.requests],
    [
      ['Produce', 1],
      ['Fetch', 2],
    ],
  )
  assert.deepEqual([traffic.producedBytes, traffic.fetchedBytes], [batch.length, 2 * batch.length])
})

test('EmbeddedCluster finds the coordinator of a group at the node that answers for it', async () => {
  const harness = new Harness({ nodes: 3 })
  const client = harness.client()
  const { coordinators } = await client.call('FindCoordinator', { key: '', keyType: 0, coordinatorKeys: ['app'] })
  const node = coordinators[0]!.nodeId
  const request = {
    groupId: '',
    topics: [],
    groups: [{ groupId: 'app', memberId: null, memberEpoch: -1, topics: null }],
    requireStable: false,
  }
  const codes: number[] = []
  for (const id of [0, 1, 2]) {
    const response = await client.call('OffsetFetch', request, { node: id, version: 9 })
    codes.push(response.groups[0]!.errorCode)
  }
  const expected = [0, 1, 2].map((id) => (id === node ? 0 : kafkaErrors.NOT_COORDINATOR))
  assert.deepEqual(codes, expected)
  const older = await client.call('FindCoordinator', { key: 'app', keyType: 0, coordinatorKeys: [] }, { version: 3 })
  assert.equal(older.nodeId, node)
  const wrong = await client.call('FindCoordinator', { key: '', keyType: 9, coordinatorKeys: ['app'] })
  assert.equal(wrong.coordinators[0]!.errorCode, kafkaErrors.INVALID_REQUEST)
})

test('EmbeddedCluster.advertise() tells clients another end point of a node', async () => {
  const harness = new Harness({ nodes: 2 })
  harness.cluster.advertise(1, { host: '127.0.0.1', port: 4711 })
  const described = await harness.client().call('DescribeCluster', {
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
    includeFencedBrokers: false,
  })
  assert.deepEqual([described.brokers[1]!.host, described.brokers[1]!.port], ['127.0.0.1', 4711])
  assert.deepEqual(harness.cluster.bootstrap[1], { host: '127.0.0.1', port: 4711 })
})

test('EmbeddedCluster runs in the real environment by default', async () => {
  await using cluster = new EmbeddedCluster()
  cluster.createTopic('t')
  cluster.append('t', 0, [{ value: Buffer.from('x') }])
  assert.equal(cluster.logEndOffset('t', 0), 1)
})

test('EmbeddedCluster.committedOffset() and lag() tell how far a group is', async () => {
  const harness = new Harness()
  const topic = { name: 't' }
  harness.cluster.createTopic(topic, { partitions: 2 })
  for (const partition of [0, 0, 0, 1]) harness.cluster.append(topic, partition, [{ value: Buffer.from('x') }])
  assert.equal(harness.cluster.committedOffset('app', topic, 0), null)
  assert.equal(harness.cluster.lag('app'), null)
  const position = { partitionIndex: 0, committedOffset: 2, committedLeaderEpoch: -1, committedMetadata: '' }
  await harness.client().call(
    'OffsetCommit',
    {
      groupId: 'app',
      generationIdOrMemberEpoch: -1,
      memberId: '',
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: 't', topicId: zeroUuid, partitions: [position] }],
    },
    { version: 9 },
  )
  assert.equal(harness.cluster.committedOffset('app', topic, 0), 2)
  assert.equal(harness.cluster.committedOffset('app', topic, 1), null)
  assert.equal(harness.cluster.lag('app'), 2)
})
