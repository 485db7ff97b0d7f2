import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { isMillraceError } from '../base/errors.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { timestampedKeyValueStore, versionedKeyValueStore } from '../state/store-spec.ts'
import { TestCluster } from './test-cluster.ts'
import { testDriver } from './test-driver.ts'

const serdesOfRows = { key: serdes.string, value: serdes.string }
const rows = topic('rows', serdesOfRows)
const asked = topic('asked', serdesOfRows)
const answers = topic('answers', { key: serdes.string, value: serdes.nullable(serdes.string) })

test('the handle of a table shows values alone where its store shows timestamps: to processors, tests and queries', async () => {
  const prices = timestampedKeyValueStore('prices', serdesOfRows)
  const builder = new StreamsBuilder()
  const table = builder.table(rows, { store: prices })
  builder
    .stream(asked)
    .process(
      ({ stores, forward }) =>
        (record) =>
          forward(record.withValue(stores.table.get(record.key))),
      { stores: { table }, value: answers.value },
    )
    .to(answers)
  const topology = builder.build()
  using driver = testDriver(topology)
  driver.input(rows).pipe('a', 'one', 5)
  driver.input(asked).pipe('a', '?')
  assert.deepEqual(driver.output(answers).readKeyValues(), [['a', 'one']])
  const store = driver.store(table)
  assert.equal(store.get('a'), 'one')
  assert.deepEqual(driver.store(prices).get('a'), { value: 'one', timestamp: 5 })
  store.put('b', 'two')
  store.putAll([['c', 'three']])
  assert.equal(store.putIfAbsent('b', 'other'), 'two')
  assert.equal(store.delete('c'), 'three')
  assert.deepEqual(
    [...store.all()],
    [
      ['a', 'one'],
      ['b', 'two'],
    ],
  )
  assert.deepEqual([...store.range('b', null)], [['b', 'two']])
  assert.deepEqual([...store.prefixScan('a')], [['a', 'one']])
  // Does not count what only the cache has.
  assert.equal(store.approximateNumEntries, 1)

  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0 })
  cluster.createTopics({ rows: 1, asked: 1, answers: 1 })
  const instance = cluster.start('only', topology, { applicationId: 'app' })
  cluster.produce(rows, [{ key: 'a', value: 'one', timestamp: 5 }])
  await cluster.run(() => instance.state === 'RUNNING' && instance.store(table).get('a') !== null, { maxTimeMs: 60_000 })
  assert.equal(instance.store(table).get('a'), 'one')
  assert.deepEqual([...instance.store(table).all()], [['a', 'one']])
  assert.deepEqual(instance.store(prices).get('a'), { value: 'one', timestamp: 5 })
})

test('the handle of a table that keeps versions shows the latest values, and says that it cannot be scanned', () => {
  const history = versionedKeyValueStore('history', { ...serdesOfRows, historyRetention: '1h' })
  const builder = new StreamsBuilder()
  const table = builder.table(rows, { store: history })
  builder
    .stream(asked)
    .process(
      ({ stores, forward }) =>
        (record) =>
          forward(record.withValue(stores.table.get(record.key))),
      { stores: { table }, value: answers.value },
    )
    .to(answers)
  using driver = testDriver(builder)
  driver.input(rows).pipe('a', 'new', 500)
  driver.input(rows).pipe('a', 'late', 400)
  driver.input(asked).pipe('a', '?', 600)
  assert.deepEqual(driver.output(answers).readKeyValues(), [['a', 'new']])
  const store = driver.store(table)
  assert.equal(store.get('a'), 'new')
  assert.equal(driver.store(history).get('a', 450)?.value, 'late')
  store.put('b', 'two')
  assert.equal(store.putIfAbsent('b', 'three'), 'two')
  assert.equal(store.delete('b'), 'two')
  assert.equal(store.get('b'), null)
  for (const scan of [() => store.all(), () => store.range('a', 'b'), () => store.prefixScan('a'), () => store.approximateNumEntries]) {
    assert.throws(scan, (error) => isMillraceError(error) && error.code === 'STORE_NOT_SCANNABLE')
  }
})
