import assert from 'node:assert/strict'
import { type KStream, type KTable, serdes, StreamsBuilder, timeWindows, topic, untilTimeLimit, untilWindowCloses } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Reading {
  readonly sensor: string
  readonly celsius: number
}
interface Stats {
  readonly n: number
  readonly max: number
}
const readings = topic('readings', { key: serdes.string, value: serdes.json<Reading>() })
const alerts = topic('alerts', { key: serdes.string, value: serdes.json<Stats & { readonly from: number }>() })

const builder = new StreamsBuilder()
const stats = builder
  .stream(readings)
  .groupByKey()
  .windowedBy(timeWindows({ size: '1h', grace: '1m' }))
  .aggregate(
    () => ({ n: 0, max: -Infinity }),
    (_sensor, reading, stats) => ({ n: stats.n + 1, max: Math.max(stats.max, reading.celsius) }),
    { store: 'stats', value: serdes.json<Stats>(), logging: { retentionMs: 86_400_000 } },
  )
const closed = stats.suppress(untilWindowCloses({ maxBytes: 1_000_000 }))
closed
  .toStream()
  .map((windowed, stats) => [windowed.key, { ...stats, from: windowed.window.start }])
  .filter((_sensor, stats) => stats.max > 40)
  .to(alerts)

// A plain table: only a time limit compiles.
const latest = builder.table(topic('limits', { key: serdes.string, value: serdes.float64 }))
const slow = latest.filter((_k, v) => v > 0).suppress(untilTimeLimit('5m', { maxRecords: 1000, whenFull: 'emit-early' }))
expectType<KTable<string, number>>()(slow)
expectType<KStream<string, number | null>>()(slow.toStream())
const perBucket = latest
  .groupBy((_key, limit) => [Math.round(limit), limit], { key: serdes.int32, value: serdes.float64 })
  .aggregate(
    () => 0,
    (_bucket, limit, sum) => sum + limit,
    (_bucket, limit, sum) => sum - limit,
    { value: serdes.float64, store: 'sum-per-bucket' },
  )
expectType<KTable<number, number>>()(perBucket)

using driver = testDriver(builder)
driver.input(readings).pipeAll([
  ['a', { sensor: 'a', celsius: 41 }, 0],
  ['a', { sensor: 'a', celsius: 42 }, 1000],
  ['a', { sensor: 'a', celsius: 20 }, 3_660_000],
])
assert.deepEqual(driver.output(alerts).readKeyValues(), [['a', { n: 2, max: 42, from: 0 }]])
