import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { ResponseOf } from '../../protocol/messages.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { AppScene, type Hearing } from '../app/app-scene.test.ts'

const text = { key: serdes.string, value: serdes.string }
const config = {
  groupProtocol: 'classic',
  metadataMaxAgeMs: 500,
  consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
} as const

function copying(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(/in-.*/, text).to(topic('out', text))
  return builder
}

function produce(scene: AppScene, name: string, value: string): void {
  scene.cluster.append(name, 0, [{ key: Buffer.from('k'), value: Buffer.from(value) }])
}

function copied(scene: AppScene, isolation: 'read_committed' | 'read_uncommitted' = 'read_committed'): string[] {
  return scene.cluster.read('out', 0, { isolation }).map(({ value }) => String(value))
}

/** Answers without a topic: a broker that lags behind does not know it yet, or any more. */
function without(name: string, { topics, ...rest }: ResponseOf<'Metadata'>): ResponseOf<'Metadata'> {
  const unknown = { errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }
  return { ...rest, topics: topics.map((found) => (found.name === name ? { ...found, ...unknown } : found)) }
}

for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`SourceTopics: a topic that is unknown for a while loses nothing, and nothing is done twice exactly once: ${processingGuarantee}`, async () => {
    using scene = new AppScene()
    for (const name of ['in-a', 'in-b', 'out']) scene.cluster.createTopic(name)
    let isHidden = false
    const hearing: Hearing = { metadata: (response) => (isHidden ? without('in-b', response) : response) }
    const { app, failure } = scene.start(copying(), { ...config, processingGuarantee, commitIntervalMs: 3_000 }, hearing)
    await scene.run(() => app.state === 'RUNNING')
    produce(scene, 'in-a', 'a1')
    produce(scene, 'in-b', 'b1')
    await scene.run(() => copied(scene).length === 2)
    produce(scene, 'in-a', 'a2')
    produce(scene, 'in-b', 'b2')
    await scene.run(() => copied(scene, 'read_uncommitted').length === 4)
    isHidden = true
    await scene.world.advance(2_000)
    produce(scene, 'in-a', 'a3')
    produce(scene, 'in-b', 'b3')
    await scene.run(() => copied(scene).includes('a3'))
    assert.equal(copied(scene).includes('b3'), false, 'it is not read meanwhile')
    isHidden = false
    await scene.run(() => copied(scene).includes('b3'))
    const values = processingGuarantee === 'exactly_once_v2' ? copied(scene) : [...new Set(copied(scene))]
    assert.deepEqual(values.sort(), ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
    assert.equal(failure(), null)
  })
}

test('SourceTopics: a topic that is internal to the cluster is not matched', async () => {
  using scene = new AppScene()
  for (const name of ['in-a', 'in-internal', 'out']) scene.cluster.createTopic(name)
  const mark = (response: ResponseOf<'Metadata'>): ResponseOf<'Metadata'> => ({
    ...response,
    topics: response.topics.map((found) => ({ ...found, isInternal: found.name === 'in-internal' })),
  })
  const { app, failure } = scene.start(copying(), config, { metadata: mark })
  await scene.run(() => app.state === 'RUNNING')
  produce(scene, 'in-internal', 'internal')
  produce(scene, 'in-a', 'a')
  await scene.run(() => copied(scene).length > 0)
  await scene.world.advance(5_000)
  assert.deepEqual(copied(scene), ['a'])
  assert.equal(failure(), null)
})
