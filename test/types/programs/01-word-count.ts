import assert from 'node:assert/strict'
import { type EmbeddedCluster } from 'millrace/broker'
import { KafkaStreams, type KStream, type KTable, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

const lines = topic('text-lines', { value: serdes.string })
const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })

const builder = new StreamsBuilder()
const words = builder.stream(lines).flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [])
expectType<KStream<Uint8Array | null, string>>()(words)

const counts = words.groupBy((_key, word) => word, { key: serdes.string, value: serdes.string }).count({ store: 'word-counts' })
expectType<KTable<string, number, never>>()(counts)

const out = counts.toStream()
expectType<KStream<string, number>>()(out)
out.to(wordCounts)

/** How the application is run on a cluster. */
export async function countOf(word: string, cluster: EmbeddedCluster): Promise<number | null> {
  await using streams = new KafkaStreams(builder, { applicationId: 'word-count', cluster, processingGuarantee: 'exactly_once_v2' })
  await streams.start()
  const count = streams.localStore(counts).get(word)
  expectType<number | null>()(count)
  return count
}

{
  using driver = testDriver(builder)
  const input = driver.input(lines)
  input.pipe(null, 'the quick brown fox the', new Date('2026-01-01'))
  input.pipeAll([
    [null, 'a'],
    [null, 'b', 1000],
  ])
  assert.equal(driver.store(counts).get('the'), 2)
  expectType<number | null>()(driver.store(counts).get('the'))
  const results = driver.output(wordCounts).readKeyValues()
  expectType<(readonly [key: string | null, value: number | null])[]>()(results)
  assert.deepEqual(results, [
    ['the', 1],
    ['quick', 1],
    ['brown', 1],
    ['fox', 1],
    ['the', 2],
    ['a', 1],
    ['b', 1],
  ])
}
