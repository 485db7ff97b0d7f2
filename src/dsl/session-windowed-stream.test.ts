import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionWindows } from '../model/session-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, sessionStore, windowStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'
import { internalTopicConfigs } from '../topology/internal-topics.ts'
import type { SessionWindowedKStream } from './kstream.ts'
import { StreamsBuilder } from './streams-builder.ts'

const clicks = topic('clicks', { key: serdes.string, value: serdes.string })
const visits = topic('visits', { key: serdes.sessionWindowed(serdes.string), value: serdes.nullable(serdes.int64) })
const counted = { key: serdes.string, value: serdes.int64 }

function windowed(builder: StreamsBuilder = new StreamsBuilder()): SessionWindowedKStream<string, string> {
  return builder
    .stream(clicks)
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: '10s', grace: '5s' }))
}

test('windowedBy(sessionWindows): sessions grow, and those that become one are deleted', () => {
  const builder = new StreamsBuilder()
  const table = windowed(builder).count({ store: 'visits', retention: '1h' })
  table.toStream().to(visits)
  using driver = testDriver(builder, { statestoreCacheMaxBytes: 0 })
  const input = driver.input(clicks)
  for (const timestamp of [0, 20_000, 10_000]) input.pipe('ada', 'click', { timestamp })
  assert.deepEqual(
    driver
      .output(visits)
      .readRecords()
      .map(({ key, value, timestamp }) => [key?.window.start, key?.window.end, value, timestamp]),
    [
      [0, 0, 1, 0],
      [20_000, 20_000, 1, 20_000],
      [0, 0, null, 0],
      [20_000, 20_000, null, 20_000],
      [0, 20_000, 3, 20_000],
    ],
  )
  assert.deepEqual([...driver.store(table).fetch('ada')], [[{ key: 'ada', window: { start: 0, end: 20_000 } }, 3]])
})

test('emitStrategy() gives another stream, and refuses what is no strategy', () => {
  const stream = windowed()
  assert.notEqual(stream.emitStrategy('on-window-close'), stream)
  assert.throws(() => stream.emitStrategy('sometimes' as 'on-window-close'), /by strategy "sometimes"/)
})

test('windowedBy(sessionWindows): a store that would forget sessions which still take records is refused', () => {
  const stream = windowed()
  assert.throws(() => stream.count({ store: 'c', retention: '14s' }), { code: 'STORE_OPTION' })
  assert.throws(() => stream.count({ store: sessionStore('c', { ...counted, retention: '14s' }) }), /retention is 14000 ms/)
  assert.doesNotThrow(() => stream.count({ store: 'c', retention: '15s' }))
})

test('windowedBy(sessionWindows): a described store must be a session store, and only sessions are kept in one', () => {
  const windows = windowStore('w', { ...counted, windowSize: '10s', retention: '1h' })
  assert.throws(() => windowed().count({ store: windows as never }), /it is a window store, required is a session store/)
  const sessions = sessionStore('s', { ...counted, retention: '1h' })
  const group = new StreamsBuilder().stream(clicks).groupByKey()
  assert.throws(() => group.count({ store: sessions as never }), /it is a session store, required is a key-value store/)
  const perWindow = new StreamsBuilder()
    .stream(clicks)
    .groupByKey()
    .windowedBy(timeWindows({ size: '1m', grace: 0 }))
  assert.throws(() => perWindow.count({ store: sessionStore('t', { ...counted, retention: '1h' }) as never }), { code: 'STORE_OPTION' })
  assert.doesNotThrow(() => keyValueStore('k', counted))
})

test('sessions have no timestamps beside their ends', () => {
  assert.throws(() => windowed().count({ store: 's', format: 'timestamped' }), { code: 'STORE_FORMAT' })
  assert.throws(() => sessionStore('s', { ...counted, retention: 1, format: 'timestamped' }), { code: 'STORE_FORMAT' })
  assert.throws(() => sessionStore('s', { ...counted, retention: -1 }), RangeError)
})

test('windowedBy(sessionWindows): the changelog keeps as long as the store, and more', () => {
  const builder = new StreamsBuilder()
  windowed(builder).count({ store: 'c' })
  const [changelog] = builder.build().physical().subtopologies[0]!.changelogs
  assert.deepEqual(internalTopicConfigs(changelog!, {}, 1000), {
    'cleanup.policy': 'compact,delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '16000',
  })
})

test('aggregate() of sessions takes functions only', () => {
  const stream = windowed()
  const add = (_key: string, _value: string, n: number): number => n + 1
  assert.throws(() => stream.aggregate(() => 0, add, undefined as never, { value: serdes.int64 }), TypeError)
  assert.throws(() => stream.reduce(null as never), TypeError)
})

test('windowedBy(sessionWindows): without a key serde the result says which operator lost it', () => {
  const stream = new StreamsBuilder()
    .stream(clicks)
    .selectKey((_key, page) => page)
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: 1, grace: 0 }))
  assert.throws(() => stream.count(), { code: 'SERDE_MISSING' })
})

test('cogroup().windowedBy(sessionWindows): the records of all streams make the sessions', () => {
  const builder = new StreamsBuilder()
  const other = topic('other', { key: serdes.string, value: serdes.string })
  const table = builder
    .stream(clicks)
    .groupByKey()
    .cogroup((_key, _value, n: number) => n + 1, { value: serdes.int64 })
    .cogroup(builder.stream(other).groupByKey(), (_key, _value, n) => n + 100)
    .windowedBy(sessionWindows({ inactivityGap: 10, grace: 100 }))
    .aggregate(
      () => 0,
      (_key, left, right) => left + right,
      { store: 'together' },
    )
  using driver = testDriver(builder)
  driver.input(clicks).pipe('a', 'v', { timestamp: 0 })
  driver.input(other).pipe('a', 'v', { timestamp: 20 })
  driver.input(clicks).pipe('a', 'v', { timestamp: 10 })
  assert.deepEqual([...driver.store(table).fetch('a')], [[{ key: 'a', window: { start: 0, end: 20 } }, 102]])
})
