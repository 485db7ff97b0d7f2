import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { MillraceError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import type { KGroupedStream } from '../../dsl/kstream.ts'
import { slidingWindows } from '../../model/sliding-windows.ts'
import { timeWindows } from '../../model/time-windows.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { WindowStore } from '../../state/windows/window-store.ts'
import { windowLayout } from '../../state/windows/window-layout.ts'
import { testDriver } from '../../testing/test-driver.ts'
import { type OpenedOperator, openOperator } from '../contract.ts'
import { type SlidingWindowAggregateParameters, slidingWindowAggregateOperator } from './sliding-window-aggregate-operator.ts'

type Grouped = KGroupedStream<string, string>

const joining = {
  initializer: (): unknown => '',
  aggregator: (_key: unknown, value: unknown, text: unknown): unknown => String(text) + String(value),
}

function open(parameters: Partial<SlidingWindowAggregateParameters> & { differenceMs?: number; graceMs?: number } = {}): OpenedOperator {
  const { differenceMs = 10, graceMs = 0, ...rest } = parameters
  const windows = slidingWindows({ timeDifference: differenceMs, grace: graceMs })
  const retentionMs = 2 * differenceMs + graceMs
  const window = windowLayout({ sizeMs: differenceMs, retentionMs, isExact: true, retainsDuplicates: false })
  const store: Partial<StoreDefinition> = { kind: 'window', window, value: serdes.string as Serde<unknown> }
  return openOperator(slidingWindowAggregateOperator({ ...joining, windows, store: 's', sendOldValues: true, ...rest }), { store })
}

/** The windows of `k` in the store: start and value. */
function windowsOf(operator: OpenedOperator): (readonly [number, unknown])[] {
  const store = operator.store as unknown as WindowStore<string, unknown>
  return [...store.fetch('k', 0, Infinity)]
}

const ascending = (a: number, b: number): number => a - b
const key = (start: number, end: number): string => JSON.stringify({ key: 'k', window: { start, end } })

describe('slidingWindowAggregateOperator', () => {
  test('a record gets the window that ends with it, both ends included', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 30 })
    assert.deepEqual(operator.forwarded(), [`${key(20, 30)}: a <-  @30/1`])
  })

  test('a record within the difference is in a window with the one before, and begins that one’s right window', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 30 })
    operator.process('k', 'b', { timestamp: 35 })
    assert.deepEqual(windowsOf(operator), [
      [20, 'a'],
      [25, 'ab'],
      [31, 'b'],
    ])
  })

  test('a record in between is added to the windows that hold its time, and gets a right window of what is there already', () => {
    const operator = open({ graceMs: 100 })
    operator.process('k', 'a', { timestamp: 30 })
    operator.process('k', 'c', { timestamp: 38 })
    operator.process('k', 'b', { timestamp: 34 })
    assert.deepEqual(windowsOf(operator), [
      [20, 'a'],
      [24, 'ab'],
      [28, 'acb'],
      [31, 'cb'],
      [35, 'c'],
    ])
  })

  test('records of one time share their windows', () => {
    const operator = open()
    for (const value of ['a', 'b', 'c']) operator.process('k', value, { timestamp: 30 })
    assert.deepEqual(windowsOf(operator), [[20, 'abc']])
  })

  test('records before the difference share the window that begins at 0', () => {
    const operator = open({ graceMs: 100 })
    operator.process('k', 'b', { timestamp: 6 })
    operator.process('k', 'a', { timestamp: 2 })
    assert.deepEqual(windowsOf(operator), [
      [0, 'ba'],
      [3, 'b'],
    ])
  })

  test('drops records without key or value, and those whose right window ends too far behind stream time', () => {
    const operator = open()
    operator.process(null, 'v', { timestamp: 1000 })
    operator.process('k', null, { timestamp: 1000 })
    operator.process('k', 'a', { timestamp: 50 })
    operator.process('k', 'in time', { timestamp: 40 })
    operator.process('k', 'late', { timestamp: 39 })
    assert.deepEqual(operator.dropped.slice(0, 2), ['null key or value', 'null key or value'])
    assert.deepEqual(operator.dropped.slice(2), [
      // Its left window is closed, its right one is not.
      'its window [30, 40] is closed: timestamp 40, windows that end by 50 are, stream time is 50',
      'its window [39, 49] is closed: timestamp 39, windows that end by 50 are, stream time is 50',
    ])
  })

  test('emits windows when stream time has passed their end and the grace, not at it', () => {
    const operator = open({ emitsOnClose: true })
    operator.process('k', 'a', { timestamp: 30 })
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 30 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 31 })
    const [first, ...rest] = operator.forwarded()
    assert.equal(first, `${key(20, 30)}: a <- null @30/3`)
    assert.equal(rest.length, 1)
    assert.equal(operator.processorTimes.get('s'), 31)
  })

  test('for any two records within the difference there is a window with both, and none with records further apart', () => {
    const times = fc.array(fc.integer({ min: 20, max: 60 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(times, (given) => {
        const operator = open({ graceMs: 1000, aggregator: (_key, value, text) => `${String(text)}${String(value)},` })
        given.forEach((timestamp) => operator.process('k', timestamp, { timestamp }))
        for (const [start, value] of windowsOf(operator)) {
          const inWindow = given.filter((time) => time >= start && time <= start + 10)
          const counted = String(value).split(',').slice(0, -1).map(Number)
          assert.deepEqual(counted.toSorted(ascending), inWindow.toSorted(ascending), `window ${start} of ${given.join(' ')}`)
        }
        const starts = new Set(windowsOf(operator).map(([start]) => start))
        for (const time of given) {
          assert.ok(starts.has(time - 10), `left window of ${time}`)
          const hasLater = given.some((other) => other > time && other <= time + 11)
          assert.equal(starts.has(time + 1), hasLater || given.includes(time + 11), `right window of ${time}`)
        }
      }),
    )
  })
})

for (const [name, windowed] of [
  ['slidingWindows', (stream: Grouped) => stream.windowedBy(slidingWindows({ timeDifference: 5, grace: 20 }))],
  ['timeWindows', (stream: Grouped) => stream.windowedBy(timeWindows({ size: 5, grace: 20 }))],
] as const) {
  test(`a window of ${name} that is given on its close needs a store whose rows have timestamps, as in Kafka Streams`, () => {
    const builder = new StreamsBuilder()
    const words = topic('words', { key: serdes.string, value: serdes.string })
    const counts = windowed(builder.stream(words).groupByKey()).emitStrategy('on-window-close').count({ store: 'st', format: 'plain' })
    counts.toStream().foreach(() => undefined)
    using driver = testDriver(builder, { statestoreCacheMaxBytes: 0 })
    const input = driver.input(words)
    input.pipe('a', 'x', { timestamp: 7 })
    driver.advanceWallClockTime(1_000)
    assert.throws(
      () => input.pipe('a', 'x', { timestamp: 30 }),
      ({ code, message }: MillraceError) => {
        assert.equal(code, 'WINDOW_TIMESTAMP')
        const window = name === 'timeWindows' ? String.raw`\[5, 10\]` : String.raw`\[2, 7\]`
        assert.match(
          message,
          new RegExp(
            `^Cannot give the result of window ${window} of "KSTREAM-AGGREGATE-.*" on its close: its row in store "st" has the timestamp -1, .*; give the store the format`,
          ),
        )
        return true
      },
    )
  })
}
