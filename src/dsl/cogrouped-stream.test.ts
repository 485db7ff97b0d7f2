import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slidingWindows } from '../model/sliding-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { testDriver } from '../testing/test-driver.ts'
import type { CogroupedKStream, KStream } from './kstream.ts'
import { StreamsBuilder } from './streams-builder.ts'

const added = topic('added', { key: serdes.string, value: serdes.string })
const removed = topic('removed', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.nullable(serdes.string) })

interface World {
  readonly builder: StreamsBuilder
  readonly first: KStream<string, string>
  readonly second: KStream<string, string>
  readonly cogrouped: CogroupedKStream<string, string>
}

/** The first stream adds letters, the second removes them; nothing left is no row. */
function world(): World {
  const builder = new StreamsBuilder()
  const first = builder.stream(added)
  const second = builder.stream(removed)
  const cogrouped = first
    .groupByKey()
    .cogroup((_key, letter, letters: string) => letters + letter, { value: serdes.string })
    .cogroup(second.groupByKey(), (_key, letter, letters) => letters.replace(letter, '') || null)
  return { builder, first, second, cogrouped }
}

test('cogroup() aggregates several streams into one table, each with its own aggregator', () => {
  const { builder, cogrouped } = world()
  const table = cogrouped.aggregate(() => '', { store: 'letters' })
  table.toStream().to(out)
  using driver = testDriver(builder, { statestoreCacheMaxBytes: 0 })
  driver.input(added).pipe('k', 'a')
  driver.input(added).pipe('k', 'b')
  driver.input(removed).pipe('k', 'a')
  assert.equal(driver.store(table).get('k'), 'b')
  driver.input(removed).pipe('k', 'b')
  assert.deepEqual(
    driver
      .output(out)
      .readKeyValues()
      .map(([, value]) => value),
    ['a', 'ab', 'b', null],
  )
  assert.equal(driver.store(table).get('k'), null)
})

test('cogroup() names its nodes by number, or after the name of the aggregation', () => {
  const unnamed = world()
  unnamed.cogrouped.aggregate(() => '')
  assert.match(
    String(unnamed.builder.build().describe()),
    /COGROUPKSTREAM-AGGREGATE-0000000003 \(stores: \[COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000002\]\)\s+--> COGROUPKSTREAM-MERGE-0000000005/,
  )
  const named = world()
  named.cogrouped.aggregate(() => '', { name: 'carts', store: 'carts-store' })
  const text = String(named.builder.build().describe())
  for (const name of [
    'carts-cogroup-agg-0 (stores: [carts-store])',
    'carts-cogroup-agg-1 (stores: [carts-store])',
    'carts-cogroup-merge (stores: [])',
  ]) {
    assert.ok(text.includes(name), name)
  }
})

test('cogroup() of a stream that is there already gives it another aggregator', () => {
  const { builder, first, cogrouped } = world()
  const again = first.groupByKey()
  cogrouped.cogroup(again, (_key, letter) => `other ${letter}`)
  cogrouped.cogroup(again, (_key, letter) => `last ${letter}`)
  const table = cogrouped.aggregate(() => '', { store: 'letters' })
  using driver = testDriver(builder)
  driver.input(added).pipe('k', 'a')
  assert.equal(driver.store(table).get('k'), 'last a')
})

test('cogroup() in windows: what is late is decided for each stream by its own records', () => {
  const { builder, cogrouped } = world()
  const table = cogrouped.windowedBy(timeWindows({ size: 10, grace: 0 })).aggregate(() => '', { store: 'letters', retention: '1h' })
  using driver = testDriver(builder)
  driver.input(added).pipe('k', 'a', { timestamp: 100 })
  driver.input(removed).pipe('k', 'x', { timestamp: 1 })
  driver.input(added).pipe('k', 'late', { timestamp: 2 })
  const dropped = driver.metrics().find(({ name }) => name === 'dropped-records-total')
  assert.equal(dropped?.value, 1)
  assert.equal(driver.store(table).fetch('k', 100), 'a')
})

test('cogroup() in windows gives a table whose rows can be looked up', () => {
  const { builder, cogrouped } = world()
  const windowed = cogrouped.windowedBy(timeWindows({ size: 10, grace: 0 })).aggregate(() => '')
  const joined = windowed.join(windowed, (left, right) => `${left}/${right}`, {
    store: 'joined',
    key: serdes.timeWindowed(serdes.string, 10),
    value: serdes.string,
  })
  using driver = testDriver(builder)
  driver.input(added).pipe('k', 'a', { timestamp: 5 })
  assert.equal(driver.store(joined).get({ key: 'k', window: { start: 0, end: 10 } }), 'a/a')
})

test('cogroup() takes grouped streams and windows only', () => {
  const { first, cogrouped } = world()
  assert.throws(() => cogrouped.cogroup(first as never, () => ''), /the argument is no grouped stream/)
  assert.throws(() => cogrouped.windowedBy({ kind: 'none' } as never), /Cannot cut a stream into windows/)
  assert.throws(() => cogrouped.aggregate(undefined as never), /aggregate\(\)/)
  assert.throws(() => cogrouped.windowedBy(slidingWindows({ timeDifference: 10, grace: 5 })).aggregate(() => '', { retention: 24 }), {
    code: 'STORE_OPTION',
    message: /two time differences and the grace of the windows, 25 ms, or more/,
  })
})

test('cogroup() needs the serde of the aggregates', () => {
  const builder = new StreamsBuilder()
  const cogrouped = builder
    .stream(added)
    .groupByKey()
    .cogroup((_key, letter, letters: string) => letters + letter)
  assert.throws(() => cogrouped.aggregate(() => ''), { code: 'SERDE_MISSING', message: /cogroup/ })
})
