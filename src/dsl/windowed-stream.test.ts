import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slidingWindows } from '../model/sliding-windows.ts'
import { timeWindows, unlimitedWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { windowStore } from '../state/store-spec.ts'
import { internalTopicConfigs } from '../topology/internal-topics.ts'
import type { KGroupedStream } from './kstream.ts'
import { StreamsBuilder } from './streams-builder.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const counted = { key: serdes.string, value: serdes.int64 }
const tenSeconds = timeWindows({ size: '10s', grace: '5s' })

function grouped(builder: StreamsBuilder = new StreamsBuilder()): KGroupedStream<string, string> {
  return builder.stream(words).groupByKey()
}

test('windowedBy() takes windows only', () => {
  assert.throws(
    () => grouped().windowedBy({ size: '10s' } as never),
    /what timeWindows, unlimitedWindows, slidingWindows or sessionWindows made/,
  )
  assert.throws(() => grouped().windowedBy(undefined as never), TypeError)
})

test('windowedBy(): a store that would forget windows which still take records is refused', () => {
  const windowed = grouped().windowedBy(tenSeconds)
  assert.throws(() => windowed.count({ store: 'c', retention: '14s' }), { code: 'STORE_OPTION' })
  assert.throws(() => windowed.count({ store: windowStore('c', { ...counted, windowSize: '10s', retention: '14s' }) }), {
    code: 'STORE_OPTION',
  })
  assert.doesNotThrow(() => windowed.count({ store: 'c', retention: '15s' }))
})

test('windowedBy(): a described store must be one of these windows, with one row for each', () => {
  const windowed = grouped().windowedBy(tenSeconds)
  const otherSize = windowStore('c', { ...counted, windowSize: '9s', retention: '1h' })
  assert.throws(() => windowed.count({ store: otherSize }), /its windowSize is 9000 ms/)
  const duplicates = windowStore('c', { ...counted, windowSize: '10s', retention: '1h', retainDuplicates: true })
  assert.throws(() => windowed.count({ store: duplicates }), /it retains duplicates/)
})

test('count() without windows refuses a window store', () => {
  const store = windowStore('c', { ...counted, windowSize: '10s', retention: '1h' })
  assert.throws(() => grouped().count({ store: store as never }), /it is a window store, required is a key-value store/)
})

test('windowedBy(): unlimited windows are kept for ever', () => {
  assert.throws(() => grouped().windowedBy(unlimitedWindows()).count({ store: 'c', retention: '1d' }), /kept for ever/)
  const builder = new StreamsBuilder()
  grouped(builder).windowedBy(unlimitedWindows()).count({ store: 'c' })
  const [changelog] = builder.build().physical().subtopologies[0]!.changelogs
  assert.equal(internalTopicConfigs(changelog!, {})['retention.ms'], '9223372036854775807')
})

test('windowedBy(): the changelog of a window store keeps as long as the store, and more', () => {
  const builder = new StreamsBuilder()
  grouped(builder).windowedBy(tenSeconds).count({ store: 'c' })
  const [changelog] = builder.build().physical().subtopologies[0]!.changelogs
  assert.deepEqual(internalTopicConfigs(changelog!, { 'retention.ms': '5', 'segment.bytes': '6' }, 1000), {
    'cleanup.policy': 'compact,delete',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '16000',
    'segment.bytes': '6',
  })
})

test('windowStore() refuses what is no window store', () => {
  assert.throws(
    () => windowStore('w', { ...counted, windowSize: '1m', retention: '59s' }),
    /retention is 59000 ms, required is the size of 60000 ms or more/,
  )
  assert.doesNotThrow(() => windowStore('w', { ...counted, windowSize: 0, retention: 0 }))
  assert.throws(() => windowStore('no name', { ...counted, windowSize: 1, retention: 1 }), { code: 'STORE_NAME' })
})

test('windowedBy(): without a key serde the result says which operator lost it', () => {
  const builder = new StreamsBuilder()
  const windowed = builder
    .stream(words)
    .selectKey((_key, word) => word)
    .groupByKey()
    .windowedBy(tenSeconds)
  assert.throws(() => windowed.count(), { code: 'SERDE_MISSING' })
})

test('emitStrategy(): results on close are refused for windows that never do, and what is no strategy', () => {
  assert.throws(() => grouped().windowedBy(unlimitedWindows()).emitStrategy('on-window-close'), { code: 'EMIT_STRATEGY' })
  assert.throws(
    () =>
      grouped()
        .windowedBy(tenSeconds)
        .emitStrategy('final' as never),
    TypeError,
  )
  assert.doesNotThrow(() => grouped().windowedBy(unlimitedWindows()).emitStrategy('on-window-update').count())
})

test('emitStrategy(): the store is time-ordered where no other is described and the supplier is persistent', () => {
  const layoutOf = (options: object, sliding = false): string | undefined => {
    const builder = new StreamsBuilder()
    const windowed = sliding
      ? grouped(builder).windowedBy(slidingWindows({ timeDifference: '10s', grace: '5s' }))
      : grouped(builder).windowedBy(tenSeconds)
    windowed.emitStrategy('on-window-close').count(options)
    const [store] = builder.build().physical().subtopologies[0]!.stores
    return `${store!.window!.timeOrdered}, ${store!.caching ? 'cached' : 'not cached'}`
  }
  assert.equal(layoutOf({}), 'rows, cached')
  assert.equal(layoutOf({}, true), 'index, not cached')
  assert.equal(layoutOf({ supplier: 'in-memory' }), 'no, cached')
  assert.equal(layoutOf({ store: windowStore('c', { ...counted, windowSize: '10s', retention: '1h' }) }), 'no, cached')
})

test('windowedBy() sliding windows: keeps two differences and the grace, and an unnamed Materialized burns no number', () => {
  const sliding = slidingWindows({ timeDifference: '10s', grace: '5s' })
  const windowed = grouped().windowedBy(sliding)
  assert.throws(() => windowed.count({ store: 'c', retention: '24s' }), { code: 'STORE_OPTION' })
  assert.doesNotThrow(() => windowed.count({ store: 'c', retention: '25s' }))
  assert.throws(() => slidingWindows({ timeDifference: 0, grace: 0 }), RangeError)
  const builder = new StreamsBuilder()
  grouped(builder).windowedBy(sliding).count({ caching: false })
  assert.match(String(builder.build().describe()), /KSTREAM-AGGREGATE-STATE-STORE-0000000001/)
})
