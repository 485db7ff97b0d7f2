// Groups, windows, sessions and cogroups. Each function is a program.
import assert from 'node:assert/strict'
import {
  type CogroupedKStream,
  type KStream,
  type KTable,
  keyValueStore,
  serdes,
  type SessionKTable,
  sessionStore,
  sessionWindows,
  slidingWindows,
  StreamsBuilder,
  timeWindows,
  topic,
  unlimitedWindows,
  untilTimeLimit,
  untilWindowCloses,
  type Windowed,
  type WindowedKTable,
  windowStore,
} from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Reading {
  readonly celsius: number
}
interface Range {
  readonly min: number
  readonly max: number
}

const readings = topic('readings', { key: serdes.string, value: serdes.json<Reading>() })
const gaps = topic('gaps', { key: serdes.string, value: serdes.nullable(serdes.json<Reading>()) })
const words = topic('words', { key: serdes.string, value: serdes.string })
const finals = topic('finals', { key: serdes.timeWindowed(serdes.string, '1m'), value: serdes.int64 })
const rangeSerde = serdes.json<Range>()

/** Whether rows can be deleted follows from what the aggregator returns. */
export function aggregates(): void {
  const grouped = new StreamsBuilder().stream(readings).groupByKey()
  expectType<KTable<string, number, never>>()(grouped.count())
  expectType<KTable<string, Reading, never>>()(grouped.reduce((a, b) => (a.celsius > b.celsius ? a : b), { store: 'hottest' }))
  const ranges = grouped.aggregate(
    () => ({ min: Infinity, max: -Infinity }),
    (_id, { celsius }, { min, max }) => ({ min: Math.min(min, celsius), max: Math.max(max, celsius) }),
    { value: rangeSerde },
  )
  expectType<KTable<string, Range, never>>()(ranges)
  const spec = keyValueStore('sums', { key: serdes.string, value: serdes.float64 })
  const sums = grouped.aggregate(
    () => 0,
    (_id, { celsius }, sum) => (celsius < 0 ? null : sum + celsius),
    { store: spec },
  )
  expectType<KTable<string, number, null>>()(sums)
}

/** Windows of time, side by side and overlapping: windowed keys, and a handle of a window store. */
export function windowsOfTime(): void {
  const builder = new StreamsBuilder()
  const grouped = builder.stream(words).groupByKey()
  const tumbling = grouped.windowedBy(timeWindows({ size: '1m', grace: '5s' })).count({ store: 'per-minute', retention: '1h' })
  expectType<WindowedKTable<string, number, never>>()(tumbling)
  const hopping = grouped.windowedBy(timeWindows({ size: '1m', advance: '20s', grace: 0 })).reduce((a, b) => a + b)
  expectType<WindowedKTable<string, string>>()(hopping)
  const changes = tumbling.toStream()
  expectType<KStream<Windowed<string>, number>>()(changes)
  changes.to(finals)
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'x', 61_000)
  assert.deepEqual(driver.output(finals).readKeyValues(), [[{ key: 'a', window: { start: 60_000, end: 120_000 } }, 1]])
  expectType<number | null>()(driver.store(tumbling).fetch('a', 60_000))
  for (const [start, n] of driver.store(tumbling).fetch('a', 0, 100_000)) assert.equal(start / n, 60_000)
}

/** Results that are given once, when their window closes. */
export function closedWindows(): void {
  const builder = new StreamsBuilder()
  const closed = builder
    .stream(words)
    .groupByKey()
    .windowedBy(timeWindows({ size: '1m', grace: 0 }))
    .emitStrategy('on-window-close')
    .count()
  expectType<WindowedKTable<string, number, never>>()(closed)
  closed.toStream().to(finals)
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['a', 'x', 0],
    ['a', 'y', 1],
    ['a', 'z', 60_000],
  ])
  assert.deepEqual(driver.output(finals).readValues(), [2])
}

/** One window without end. */
export function unlimited(): void {
  const builder = new StreamsBuilder()
  const lengths = builder
    .stream(words)
    .groupBy((_key, word) => word.length, { key: serdes.int32 })
    .windowedBy(unlimitedWindows({ start: new Date(0) }))
    .count()
  expectType<WindowedKTable<number, number>>()(lengths)
  expectType<KStream<number, number>>()(lengths.toStream((windowed) => windowed.key))
}

/** Windows of time count records without a value, and their aggregators see it; sliding ones have no such records. */
export function absentValuesInWindows(): void {
  const grouped = new StreamsBuilder().stream(gaps).groupByKey()
  const timed = grouped.windowedBy(timeWindows({ size: '1m', grace: 0 })).aggregate(
    () => 0,
    (_id, reading, sum) => sum + (reading?.celsius ?? 0),
    { value: serdes.float64 },
  )
  expectType<WindowedKTable<string, number>>()(timed)
  const sliding = grouped.windowedBy(slidingWindows({ timeDifference: '1m', grace: 0 }))
  expectType<WindowedKTable<string, Reading>>()(sliding.reduce((a, b) => (a.celsius > b.celsius ? a : b)))
  const sums = sliding.aggregate(
    () => 0,
    (_id, reading, sum) => (reading.celsius < 0 ? null : sum + reading.celsius),
    { value: serdes.float64 },
  )
  expectType<WindowedKTable<string, number, null>>()(sums)
}

/** Sessions are deleted when they merge, unless only closed ones are given. */
export function sessions(): void {
  const builder = new StreamsBuilder()
  const windowed = builder
    .stream(readings)
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: '10s', grace: 0 }))
  expectType<SessionKTable<string, number>>()(windowed.count({ store: 'session-counts' }))
  expectType<KStream<Windowed<string>, Reading | null>>()(windowed.reduce((a, b) => (a.celsius > b.celsius ? a : b)).toStream())
  const closed = windowed.emitStrategy('on-window-close')
  expectType<SessionKTable<string, number, never>>()(closed.count())
  expectType<SessionKTable<string, number>>()(closed.emitStrategy('on-window-update').count())
  const ranges = closed.aggregate(
    () => ({ min: Infinity, max: -Infinity }),
    (_id, { celsius }, { min, max }) => ({ min: Math.min(min, celsius), max: Math.max(max, celsius) }),
    (_id, a, b) => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }),
    { value: rangeSerde },
  )
  expectType<SessionKTable<string, Range, never>>()(ranges)
  const sums = closed.aggregate(
    () => 0,
    (_id, { celsius }, sum) => (celsius < 0 ? null : sum + celsius),
    (_id, a, b) => a + b,
    { value: serdes.float64 },
  )
  expectType<SessionKTable<string, number, null>>()(sums)
}

/** Only the end of windows is final: what is suppressed until then has no deletions. */
export function finalResults(): void {
  const builder = new StreamsBuilder()
  const grouped = builder.stream(words).groupByKey()
  const some = grouped.windowedBy(timeWindows({ size: '1m', grace: 0 })).aggregate(
    () => 0,
    (_key, word, n) => (word === '' ? null : n + 1),
    { value: serdes.int64 },
  )
  expectType<WindowedKTable<string, number, null>>()(some)
  const final = some.suppress(untilWindowCloses({ name: 'final' }))
  expectType<KTable<Windowed<string>, number, never>>()(final)
  expectType<KTable<Windowed<string>, number, null>>()(some.suppress(untilTimeLimit('1s', { maxRecords: 5 })))
  const finalSessions = grouped
    .windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 }))
    .count()
    .suppress(untilWindowCloses())
  expectType<KTable<Windowed<string>, number, never>>()(finalSessions)
  final.toStream().to(finals)
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['a', 'x', 0],
    ['a', 'y', 1],
    ['a', 'z', 60_000],
  ])
  assert.deepEqual(driver.output(finals).readValues(), [2])
}

/** Tables of windows have the operators of tables; what comes of them has windowed keys. */
export function tablesOfWindows(): void {
  const builder = new StreamsBuilder()
  const counts = builder
    .stream(words)
    .groupByKey()
    .windowedBy(timeWindows({ size: '1m', grace: 0 }))
    .count()
  const many = counts.filter((windowed, n) => windowed.key !== '' && n > 2)
  expectType<KTable<Windowed<string>, number, null>>()(many)
  const texts = counts.mapValues((n, { window }) => `${n} from ${window.start}`)
  expectType<KTable<Windowed<string>, string, never>>()(texts)
  const joined = counts.join(many, (n, m) => n + m)
  expectType<KTable<Windowed<string>, number, null>>()(joined)
  const perKey = counts
    .groupBy(({ key }, n) => [key, n], { key: serdes.string, value: serdes.int64 })
    .reduce(
      (sum, n) => sum + n,
      (sum, n) => sum - n,
    )
  expectType<KTable<string, number>>()(perKey)
}

/** The aggregate of a cogroup is typed by an annotation or a serde, and each stream's values by the stream. */
export function cogroups(): void {
  const builder = new StreamsBuilder()
  const cogrouped = builder
    .stream(readings)
    .groupByKey()
    .cogroup((_key, reading, total: number) => total + reading.celsius)
    .cogroup(builder.stream(words).groupByKey(), (_key, word, total) => total + word.length)
    .cogroup(builder.stream(gaps).groupByKey(), (key, reading, total) => (reading.celsius < 0 ? null : total + key.length))
  expectType<CogroupedKStream<string, number>>()(cogrouped)
  const totals = cogrouped.aggregate(() => 0, { value: serdes.float64, store: 'totals' })
  expectType<KTable<string, number>>()(totals)
  using driver = testDriver(builder)
  driver.input(readings).pipe('a', { celsius: 20 })
  driver.input(words).pipe('a', 'four')
  assert.equal(driver.store(totals).get('a'), 24)
}

/** Cogroups in windows and sessions. */
export function windowedCogroups(): void {
  const builder = new StreamsBuilder()
  const cogrouped = builder
    .stream(words)
    .groupByKey()
    .cogroup((_key, word, all) => [...all, word], { value: serdes.list(serdes.string) })
  expectType<CogroupedKStream<string, readonly string[]>>()(cogrouped)
  const timed = cogrouped.windowedBy(timeWindows({ size: '1m', grace: 0 })).aggregate(() => [])
  expectType<WindowedKTable<string, readonly string[]>>()(timed)
  const merged = cogrouped.windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 })).aggregate(
    () => [],
    (_key, a, b) => [...a, ...b],
  )
  expectType<SessionKTable<string, readonly string[]>>()(merged)
}

/** Described stores of windows and sessions type an aggregate as a serde does. */
export function describedStores(): void {
  const builder = new StreamsBuilder()
  const grouped = builder.stream(words).groupByKey()
  const windows = windowStore('w', { key: serdes.string, value: serdes.list(serdes.string), windowSize: '1m', retention: '1h' })
  const lists = grouped.windowedBy(timeWindows({ size: '1m', grace: 0 })).aggregate(
    () => [],
    (_key, word, list) => [...list, word],
    { store: windows },
  )
  expectType<WindowedKTable<string, readonly string[]>>()(lists)
  const kept = sessionStore('s', { key: serdes.string, value: serdes.int32, retention: '1h' })
  const lengths = grouped.windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 })).aggregate(
    () => 0,
    (_key, word, length) => length + word.length,
    (_key, a, b) => a + b,
    { store: kept },
  )
  expectType<SessionKTable<string, number>>()(lengths)
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'word', 5)
  assert.deepEqual(driver.store(lists).fetch('a', 0), ['word'])
  assert.equal(driver.store(lengths).fetchSession('a', 5, 5), 4)
}
