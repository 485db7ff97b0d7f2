import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster } from '../testing/test-cluster.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })

test('LocalKeyValueStore reads the tasks of an instance as one store', async () => {
  await using on = new TestCluster({ seed: 3, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  on.createTopics({ words: 4 })
  const builder = new StreamsBuilder()
  const latest = builder.table(words, { store: 'latest' })
  const instance = on.start('a', builder, { applicationId: 'app' })
  on.produce(
    words,
    ['a', 'b', 'c', 'd', 'e', 'aa'].map((key) => ({ key, value: key.toUpperCase() })),
  )
  await on.run(
    () => instance.state === 'RUNNING' && instance.store(latest).approximateNumEntries + [...instance.store(latest).all()].length >= 6,
  )
  const store = instance.store(latest)
  assert.equal(store.get('c'), 'C')
  assert.equal(store.get('nobody'), null)
  const all = [...store.all()].map(([key]) => key)
  assert.deepEqual(new Set(all), new Set(['a', 'b', 'c', 'd', 'e', 'aa']))
  assert.deepEqual(new Set([...store.range('b', 'd')].map(([, value]) => value)), new Set(['B', 'C', 'D']))
  assert.deepEqual(new Set([...store.prefixScan('a')].map(([key]) => key)), new Set(['a', 'aa']))
  using scan = store.all()
  assert.equal(scan.next().done, false)
  scan.close()
  assert.equal(scan.next().done, true)
})
