import assert from 'node:assert/strict'
import { type EmbeddedCluster } from 'millrace/broker'
import { KafkaStreams, serdes, StreamsBuilder, timeWindows, topic, type WindowedKTable, windowStore } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const perMinute = topic('words-per-minute', { key: serdes.timeWindowed(serdes.string, '1m'), value: serdes.int64 })

const builder = new StreamsBuilder()
const counts = builder
  .stream(words, { timestampExtractor: (record, partitionTime) => (record.timestamp > 0 ? record.timestamp : partitionTime) })
  .groupBy((_key, word) => word, { key: serdes.string })
  .windowedBy(timeWindows({ size: '1m', advance: '10s', grace: '5s' }))
  .count({ store: 'words-per-minute', retention: '1d', caching: false })
expectType<WindowedKTable<string, number>>()(counts)
counts.toStream().to(perMinute)
counts.toStream((windowed) => `${windowed.key}@${windowed.window.start}`).peek((key, n) => assert.ok(key.length > 0 && n > 0))

const lengths = windowStore('lengths', { key: serdes.string, value: serdes.int32, windowSize: '1m', retention: '1h' })
const longest = builder
  .stream(words)
  .groupByKey()
  .windowedBy(timeWindows({ size: '1m', grace: 0 }))
  .aggregate(
    () => 0,
    (_key, word, length) => Math.max(length, word.length),
    { store: lengths },
  )
expectType<WindowedKTable<string, number>>()(longest)

/** How the application is asked on a cluster. */
export async function countsOf(word: string, cluster: EmbeddedCluster): Promise<number> {
  await using streams = new KafkaStreams(builder, { applicationId: 'w', cluster })
  await streams.start()
  let sum = 0
  for (const [windowed, count] of streams.localStore(counts).fetchAll(0, 1000)) sum += windowed.window.end + count
  for (const [start, count] of streams.localStore(counts).fetch(word, 0, 1000)) sum += start + count
  return sum
}

{
  using driver = testDriver(builder)
  driver.input(words).pipe('k', 'hello', 1000)
  const [first] = driver.output(perMinute).readKeyValues()
  assert.deepEqual(first, [{ key: 'hello', window: { start: 0, end: 60_000 } }, 1])
  assert.equal(driver.store(counts).fetch('hello', 0), 1)
  assert.deepEqual([...driver.store(longest).fetch('k', 0, Infinity)], [[0, 5]])
}
