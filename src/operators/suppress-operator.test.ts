import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TaskError } from '../base/errors.ts'
import { untilTimeLimit, untilWindowCloses, type UntilTimeLimitOptions } from '../dsl/options/suppressed.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { timeWindows, unlimitedWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { testDriver, type TestDriverConfig } from '../testing/test-driver.ts'
import type { TopologyTestDriver } from '../testing/topology-test-driver.ts'

const text = { key: serdes.string, value: serdes.string }
const prices = topic('prices', text)
const calm = topic('calm', { ...text, value: serdes.nullable(serdes.string) })

/** A table of `prices`, held back for 10 ms. */
function suppressed(options: UntilTimeLimitOptions = {}, limit = 10): TopologyTestDriver {
  const builder = new StreamsBuilder()
  builder.table(prices).suppress(untilTimeLimit(limit, options)).toStream().to(calm)
  return testDriver(builder)
}

/** What left, as `key=value@timestamp`. */
function left(driver: TopologyTestDriver): string[] {
  return driver
    .output(calm)
    .readRecords()
    .map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`)
}

function pipe(driver: TopologyTestDriver, ...records: readonly (readonly [key: string, value: string | null, timestamp: number])[]): void {
  for (const [key, value, timestamp] of records) driver.input(prices).pipe(key, value, { timestamp })
}

describe('suppress(untilTimeLimit())', () => {
  test('lets the last change of a key leave when the limit has passed since the first', () => {
    using driver = suppressed()
    pipe(driver, ['tea', '1', 100], ['tea', '2', 105])
    assert.deepEqual(left(driver), [])
    pipe(driver, ['milk', '1', 109])
    assert.deepEqual(left(driver), [])
    pipe(driver, ['milk', '2', 110])
    assert.deepEqual(left(driver), ['tea=2@105'])
    assert.equal(driver.metrics().find(({ name }) => name === 'suppression-emit-total')?.value, 1)
  })

  test('lets changes leave in order of the time of their first, then of their keys', () => {
    using driver = suppressed()
    pipe(driver, ['b', '1', 102], ['d', '1', 101], ['a', '1', 102], ['d', '2', 103], ['c', '1', 200])
    assert.deepEqual(left(driver), ['d=2@103', 'a=1@102', 'b=1@102'])
  })

  test('holds a late change, which has waited long enough, not back', () => {
    using driver = suppressed()
    pipe(driver, ['tea', '1', 100], ['milk', '1', 90])
    assert.deepEqual(left(driver), ['milk=1@90'])
  })

  test('lets deletions leave', () => {
    using driver = suppressed()
    pipe(driver, ['tea', '1', 100], ['tea', null, 101], ['milk', '1', 110])
    assert.deepEqual(left(driver), ['tea=null@101'])
  })

  test('gives the handler of a failure behind it the bytes of the source record', () => {
    const builder = new StreamsBuilder()
    const fail = (): boolean => {
      throw new Error('too cheap')
    }
    builder.table(prices).suppress(untilTimeLimit(10, {})).toStream().filter(fail).to(calm)
    const seen: string[] = []
    const processingExceptionHandler: TestDriverConfig['processingExceptionHandler'] = ({ topic: from, offset, rawKey, rawValue }) => {
      seen.push(`${from} ${offset} ${Buffer.from(rawKey!).toString()} ${Buffer.from(rawValue!).toString()}`)
      return 'skip'
    }
    using driver = testDriver(builder, { processingExceptionHandler })
    pipe(driver, ['milk', '1', 99], ['tea', '1', 100], ['milk', '2', 110])
    assert.deepEqual(seen, ['prices 2 milk 2', 'prices 1 tea 1'])
  })

  test('with a limit of 0 lets each change leave at once', () => {
    using driver = suppressed({}, 0)
    pipe(driver, ['tea', '1', 100], ['tea', '2', 100])
    assert.deepEqual(left(driver), ['tea=1@100', 'tea=2@100'])
  })

  test('a change leaves with its own headers', () => {
    using driver = suppressed()
    driver.input(prices).pipe('tea', '1', { timestamp: 100, headers: { h: 'first' } })
    driver.input(prices).pipe('milk', '1', { timestamp: 110, headers: { h: 'second' } })
    const [record] = driver.output(calm).readRecords()
    assert.equal(Buffer.from(record?.headers.last('h') ?? []).toString(), 'first')
  })

  test('what passes maxRecords leaves early, the oldest first', () => {
    using driver = suppressed({ maxRecords: 2 })
    pipe(driver, ['a', '1', 100], ['b', '1', 100], ['a', '2', 101])
    assert.deepEqual(left(driver), [])
    pipe(driver, ['c', '1', 99])
    assert.deepEqual(left(driver), ['c=1@99'])
    pipe(driver, ['d', '1', 101])
    assert.deepEqual(left(driver), ['a=2@101'])
  })

  test('what passes maxBytes leaves early: time, key, values and record context count', () => {
    // Time 8, key 1, value 1, context 20 and the topic: 36 bytes for each.
    using driver = suppressed({ maxBytes: 72 })
    pipe(driver, ['a', '1', 100], ['b', '1', 100])
    assert.deepEqual(left(driver), [])
    pipe(driver, ['a', '12', 100])
    assert.deepEqual(left(driver), ['a=12@100'])
  })

  test('a buffer that is to shut down when it is full throws BUFFER_FULL', () => {
    using driver = suppressed({ maxRecords: 1, whenFull: 'shut-down' })
    pipe(driver, ['a', '1', 100])
    assert.throws(
      () => pipe(driver, ['b', '1', 100]),
      ({ cause }: TaskError) => {
        assert.ok(cause instanceof TaskError && cause.code === 'BUFFER_FULL')
        assert.match(cause.message, /"KTABLE-SUPPRESS-0000000003": its buffer has 2 of 1 records and 72 of any number of bytes$/)
        return true
      },
    )
  })
})

describe('suppress(untilWindowCloses())', () => {
  const words = topic('words', text)
  const finals = topic('finals', text)

  function counted(windows = timeWindows({ size: 10, grace: 5 })): { driver: TopologyTestDriver; results: () => string[] } {
    const builder = new StreamsBuilder()
    const counts = builder.stream(words).groupByKey().windowedBy(windows).count()
    counts
      .suppress(untilWindowCloses())
      .toStream()
      .map(({ key, window }, n) => [`${key}@${window.start}`, String(n)], text)
      .to(finals)
    const driver = testDriver(builder)
    return {
      driver,
      results: () =>
        driver
          .output(finals)
          .readKeyValues()
          .map(([key, value]) => `${key}=${value}`),
    }
  }

  test('gives one result for each window, when its end and grace have passed', () => {
    const { driver, results } = counted()
    using _closing = driver
    const input = driver.input(words)
    for (const timestamp of [1, 9, 14]) input.pipe('a', 'x', { timestamp })
    assert.deepEqual(results(), [])
    input.pipe('b', 'x', { timestamp: 15 })
    assert.deepEqual(results(), ['a@0=2'])
    input.pipe('a', 'late', { timestamp: 2 })
    input.pipe('b', 'x', { timestamp: 30 })
    assert.deepEqual(results(), ['a@10=1', 'b@10=1'])
  })

  test('is found through what lies between, and takes the longest grace of several', () => {
    const { driver, results } = counted(timeWindows({ size: 10, grace: 100 }))
    using _closing = driver
    driver.input(words).pipe('a', 'x', { timestamp: 1 })
    driver.input(words).pipe('a', 'x', { timestamp: 109 })
    assert.deepEqual(results(), [])
    driver.input(words).pipe('a', 'x', { timestamp: 110 })
    assert.deepEqual(results(), ['a@0=1'])
  })

  test('a table without windows is refused', () => {
    const table = new StreamsBuilder().table(prices)
    assert.throws(() => table.suppress(untilWindowCloses() as never), { code: 'WINDOWS_MISSING' })
  })

  test('rows that have lost their windows where the table was grouped anew fail, with what is required', () => {
    const builder = new StreamsBuilder()
    const counts = builder
      .stream(words)
      .groupByKey()
      .windowedBy(timeWindows({ size: 10, grace: 0 }))
      .count()
    const perKey = counts.groupBy(({ key }, n) => [key, String(n)] as const, text).count()
    perKey.suppress(untilWindowCloses() as never)
    using driver = testDriver(builder)
    assert.throws(
      () => driver.input(words).pipe('a', 'x', { timestamp: 1 }),
      /Cannot hold a row back until its window closes: its key is a string, a key in a window is required/,
    )
  })

  test('windows without end never close', () => {
    const builder = new StreamsBuilder()
    const counts = builder.stream(words).groupByKey().windowedBy(unlimitedWindows()).count()
    counts
      .suppress(untilWindowCloses())
      .toStream()
      .map(({ key }, n) => [key, String(n)], text)
      .to(finals)
    using driver = testDriver(builder)
    driver.input(words).pipe('a', 'x', { timestamp: Number.MAX_SAFE_INTEGER })
    assert.equal(driver.output(finals).size, 0)
  })
})

describe('suppress()', () => {
  test('those behind it see a row as it was until the change leaves', () => {
    const orders = topic('orders', text)
    const joined = topic('joined', text)
    const builder = new StreamsBuilder()
    const slow = builder.table(prices).suppress(untilTimeLimit(10, {}))
    builder
      .stream(orders)
      .leftJoin(slow, (order, price) => `${order} for ${price}`)
      .to(joined)
    using driver = testDriver(builder)
    pipe(driver, ['tea', '1', 100])
    driver.input(orders).pipe('tea', 'a', { timestamp: 101 })
    pipe(driver, ['milk', '1', 110])
    driver.input(orders).pipe('tea', 'b', { timestamp: 111 })
    pipe(driver, ['tea', '2', 112], ['tea', '3', 113])
    driver.input(orders).pipe('tea', 'c', { timestamp: 113 })
    assert.deepEqual(driver.output(joined).readValues(), ['a for null', 'b for 1', 'c for 1'])
  })

  test('names are generated for node and buffer, or are made of the given one, which burns no number', () => {
    const builder = new StreamsBuilder()
    const table = builder.table(prices)
    table.suppress(untilTimeLimit(1, {}))
    table.suppress(untilTimeLimit(1, { name: 'calm', logging: false }))
    table.suppress(untilTimeLimit(1, { logging: { segmentMs: 7 } }))
    const { stores, changelogs } = builder.build().physical().subtopologies[0]!
    assert.deepEqual(
      stores.map(({ name }) => name),
      ['prices-STATE-STORE-0000000000', 'KTABLE-SUPPRESS-STATE-STORE-0000000004', 'calm-store', 'KTABLE-SUPPRESS-STATE-STORE-0000000006'],
    )
    assert.deepEqual(
      changelogs.map(({ store, kind, configs }) => [store, kind, configs]),
      [
        ['prices-STATE-STORE-0000000000', 'changelog', {}],
        ['KTABLE-SUPPRESS-STATE-STORE-0000000004', 'changelog', {}],
        ['KTABLE-SUPPRESS-STATE-STORE-0000000006', 'changelog', { 'segment.ms': '7' }],
      ],
    )
  })

  test('a join with it demands equal partition counts', () => {
    const builder = new StreamsBuilder()
    const slow = builder.table(prices).suppress(untilTimeLimit(10, {}))
    builder.stream(topic('orders', text)).join(slow, (order) => order)
    const [subtopology] = builder.build().physical().subtopologies
    const groups = subtopology?.copartitionGroups.map((topics) => topics.map(({ name }) => name).toSorted())
    assert.deepEqual(groups, [['orders', 'prices']])
  })

  test('a table that keeps versions is refused, and what is computed from it; not what is kept anew', () => {
    const versioned = new StreamsBuilder().table(prices, { store: 'versions', historyRetention: '1h' })
    const always = (): boolean => true
    assert.throws(() => versioned.suppress(untilTimeLimit(1, {})), { code: 'TABLE_VERSIONED' })
    assert.throws(() => versioned.filter(always).suppress(untilTimeLimit(1, {})), { code: 'TABLE_VERSIONED' })
    assert.doesNotThrow(() => versioned.filter(always, { store: 'kept' }).suppress(untilTimeLimit(1, {})))
  })

  test('refuses what is no suppression, and limits that are none', () => {
    const table = new StreamsBuilder().table(prices)
    assert.throws(() => table.suppress({} as never), /is not what untilWindowCloses or untilTimeLimit made/)
    assert.throws(() => untilTimeLimit(1, { maxRecords: -1 }), RangeError)
    assert.throws(() => untilWindowCloses({ maxBytes: 0.5 }), RangeError)
    assert.throws(() => untilTimeLimit(1, { whenFull: 'ignore' as never }), TypeError)
  })
})
