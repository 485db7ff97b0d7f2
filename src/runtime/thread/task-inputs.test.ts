import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TopicMetadata } from '../../client/metadata-cache.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { keyValueStore } from '../../state/store-spec.ts'
import type { SubTopology } from '../../topology/physical-topology.ts'
import { taskInputs, topicsToOpen } from './task-inputs.ts'

const left = topic('left', { key: serdes.string, value: serdes.string })
const right = topic('right', { key: serdes.string, value: serdes.string })
const seen = keyValueStore('seen', { key: serdes.string, value: serdes.string })

/** Two streams whose processors share a store. */
function sharing(): SubTopology {
  const builder = new StreamsBuilder()
  for (const input of [left, right]) builder.stream(input).process(() => () => undefined, { stores: { seen } })
  return builder.build().physical().subtopologies[0]!
}

function known(counts: Readonly<Record<string, number>>): ReadonlyMap<string, TopicMetadata> {
  return new Map(
    Object.entries(counts).map(([name, count]) => [
      name,
      {
        name,
        topicId: name,
        isInternal: false,
        partitions: Array.from({ length: count }, (_, partition) => ({ partition, leaderId: 0, leaderEpoch: 0, replicas: [0] })),
      },
    ]),
  )
}

test('topicsToOpen are the inputs of a task and its changelogs', () => {
  assert.deepEqual(topicsToOpen(sharing(), 'app'), ['left', 'right', 'app-seen-changelog'])
})

test('taskInputs are the partition of the task in every topic that has it', () => {
  const counts = { left: 2, right: 2, 'app-seen-changelog': 2 }
  assert.deepEqual(taskInputs(sharing(), 1, known(counts), 'app'), [
    { topic: 'left', partition: 1 },
    { topic: 'right', partition: 1 },
  ])
  const merged = new StreamsBuilder()
  merged.stream(left).merge(merged.stream(right))
  const [subtopology] = merged.build().physical().subtopologies
  assert.deepEqual(taskInputs(subtopology!, 1, known({ left: 2, right: 1 }), 'app'), [{ topic: 'left', partition: 1 }])
})

test('taskInputs throws CHANGELOG_MISSING while a changelog does not exist', () => {
  assert.throws(() => taskInputs(sharing(), 0, known({ left: 1, right: 1 }), 'app'), {
    code: 'CHANGELOG_MISSING',
    taskId: '0_0',
    topic: 'app-seen-changelog',
    retriable: true,
  })
})

test('taskInputs throws COPARTITION_MISMATCH when streams that share a store differ in partitions', () => {
  const counts = { left: 1, right: 2, 'app-seen-changelog': 2 }
  assert.throws(() => taskInputs(sharing(), 0, known(counts), 'app'), {
    code: 'COPARTITION_MISMATCH',
    message: /"left" has 1, "right" has 2/,
  })
})
