// The part of the client contract that is about topics, offsets and groups. Run by contract.ts.
import assert from 'node:assert/strict'
import { TaskError } from '../base/errors.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import { TopicPartitionMap } from '../protocol/topic-partition.ts'
import { append, codeOf, outsider, type ContractCase } from './contract-scene.test.ts'
import { commitOffsets, fetchOffsets } from './offsets.ts'

export function adminCases(check: ContractCase): void {
  topicCases(check)
  offsetCases(check)
}

function topicCases(check: ContractCase): void {
  check('Admin makes, describes, grows and deletes topics', {}, async (scene) => {
    const topic = await scene.topic({ partitions: 2, configs: { 'retention.ms': '1234567' } })
    const again = await scene.admin.createTopics([{ name: topic, partitions: 1, replicationFactor: -1 }])
    assert.equal(again.get(topic)?.kafkaCode, kafka.TOPIC_ALREADY_EXISTS)
    const described = await scene.admin.describeTopics([topic, 'no-such-topic'])
    assert.equal(described.get(topic)?.partitions.length, 2)
    assert.equal(described.has('no-such-topic'), false)
    assert.deepEqual([...(await scene.admin.createPartitions(new Map([[topic, 5]])))], [])
    await scene.until(async () => (await scene.admin.describeTopics([topic])).get(topic)?.partitions.length === 5)
    assert.equal((await scene.admin.listTopics()).has(topic), true)
    assert.equal((await scene.admin.describeTopicConfigs([topic])).get(topic)?.get('retention.ms'), '1234567')
    await scene.admin.alterTopicConfigs(topic, { 'retention.ms': '7654321' })
    const retention = async (): Promise<string | null | undefined> =>
      (await scene.admin.describeTopicConfigs([topic])).get(topic)?.get('retention.ms')
    await scene.until(async () => (await retention()) === '7654321')
    assert.deepEqual([...(await scene.admin.deleteTopics([topic]))], [])
    await scene.until(async () => !(await scene.admin.describeTopics([topic])).has(topic))
  })

  check('MetadataCache knows the id of the cluster, its nodes and a leader for every partition', { differs: 'metadata' }, async (scene) => {
    const topic = await scene.topic({ partitions: 3 })
    const { metadata } = scene.client
    const found = (await metadata.fetchTopics([topic])).get(topic)!
    assert.notEqual(metadata.clusterId, null)
    assert.deepEqual(
      found.partitions.map(({ partition }) => partition),
      [0, 1, 2],
    )
    for (const { leaderId, leaderEpoch } of found.partitions) {
      assert.notEqual(metadata.node(leaderId), undefined)
      assert.ok(leaderEpoch >= 0)
    }
  })

  check('Admin.listOffsets() finds start, end and timestamps', { differs: 'offsets' }, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer()
    for (const timestamp of [100, 200, 300]) append(producer, topic, [{ value: `at ${timestamp}`, timestamp }])
    await producer.flush()
    const at = { topic, partition: 0 }
    const list = async (spec: 'earliest' | 'latest' | number): Promise<number | undefined> =>
      (await scene.admin.listOffsets([at], spec, 'read_uncommitted')).get(topic, 0)
    assert.deepEqual([await list('earliest'), await list('latest')], [0, 3])
    assert.deepEqual([await list(150), await list(300), await list(301)], [1, 2, -1])
    assert.equal(await codeOf(scene.admin.listOffsets([{ topic, partition: 9 }], 'latest', 'read_committed')), 'UNKNOWN_TOPIC')
  })

  check('Admin.deleteRecords() moves the start of the log', {}, async (scene) => {
    const topic = await scene.topic()
    const producer = scene.producer()
    append(producer, topic, ['a', 'b', 'c'])
    await producer.flush()
    const moved = await scene.admin.deleteRecords(new TopicPartitionMap<number>().set(topic, 0, 2))
    assert.equal(moved.get(topic, 0), 2)
    assert.deepEqual(await scene.values(topic), ['c'])
    const beyond = scene.admin.deleteRecords(new TopicPartitionMap<number>().set(topic, 0, 99))
    assert.equal(await codeOf(beyond), 'OFFSET_OUT_OF_RANGE')
  })

  check('Client asks again after a cut connection', { needs: ['cuts'] }, async (scene) => {
    const topic = await scene.topic()
    for (const when of ['before', 'after'] as const) scene.cut({ api: 'Metadata', when })
    scene.cut({ api: 'ListOffsets', when: 'after' })
    assert.equal((await scene.client.metadata.fetchTopics([topic])).size, 1)
    const offsets = await scene.admin.listOffsets([{ topic, partition: 0 }], 'latest', 'read_committed')
    assert.equal(offsets.get(topic, 0), 0)
  })
}

function offsetCases(check: ContractCase): void {
  check('commitOffsets() and fetchOffsets() keep offset, epoch and metadata', { differs: 'offsets' }, async (scene) => {
    const topic = await scene.topic({ partitions: 3 })
    const group = scene.unique('group')
    const coordinator = scene.groupCoordinator(group)
    const options = { timeoutMs: 10_000 }
    assert.equal(await scene.admin.findGroup(group), null)
    const offsets = [
      { topic, partition: 0, offset: 5, leaderEpoch: 0, metadata: 'here' },
      { topic, partition: 2, offset: 7, leaderEpoch: -1, metadata: '' },
    ]
    await commitOffsets(coordinator, () => outsider(group), offsets, options)
    const partitions = [0, 1, 2].map((partition) => ({ topic, partition }))
    const found = await fetchOffsets(coordinator, () => outsider(group), partitions, { ...options, requireStable: true })
    assert.deepEqual(found.get(topic, 0), { offset: 5, leaderEpoch: 0, metadata: 'here' })
    assert.equal(found.get(topic, 1), undefined)
    assert.equal(found.get(topic, 2)?.offset, 7)
    assert.equal((await scene.admin.findGroup(group))?.groupId, group)
  })

  check('commitOffsets() of somebody who is no member is TASK_MIGRATED', { differs: 'offsets' }, async (scene) => {
    const topic = await scene.topic()
    const group = scene.unique('group')
    const coordinator = scene.groupCoordinator(group)
    const offsets = [{ topic, partition: 0, offset: 5, leaderEpoch: -1, metadata: '' }]
    const ghost = { groupId: group, memberId: 'ghost', generation: 3, instanceId: null }
    await assert.rejects(
      commitOffsets(coordinator, () => ghost, offsets, { timeoutMs: 10_000 }),
      (error) => {
        assert.ok(error instanceof TaskError)
        assert.equal(error.code, 'TASK_MIGRATED')
        return true
      },
    )
  })

  check(
    'commitOffsets() finds a coordinator that has moved and repeats what was not answered',
    { needs: ['cuts', 'coordinator moves'], differs: 'offsets' },
    async (scene) => {
      const topic = await scene.topic()
      const group = scene.unique('group')
      const coordinator = scene.groupCoordinator(group)
      const commit = (offset: number): Promise<void> =>
        commitOffsets(coordinator, () => outsider(group), [{ topic, partition: 0, offset, leaderEpoch: -1, metadata: '' }], {
          timeoutMs: 20_000,
        })
      await commit(1)
      scene.faults.moveCoordinator('group', group)
      await commit(2)
      scene.cut({ api: 'OffsetCommit', when: 'after' })
      scene.cut({ api: 'OffsetCommit', when: 'before' })
      await commit(3)
      scene.cut({ api: 'OffsetFetch', when: 'after' })
      const options = { requireStable: false, timeoutMs: 20_000 }
      const found = await fetchOffsets(coordinator, () => outsider(group), [{ topic, partition: 0 }], options)
      assert.equal(found.get(topic, 0)?.offset, 3)
    },
  )
}
