import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { testDriver } from './test-driver.ts'
import type { TopologyTestDriver } from './topology-test-driver.ts'

const words = topic('words', { key: serdes.nullable(serdes.string), value: serdes.string })

/** The metrics of that name, by node and topic. */
function figures(driver: TopologyTestDriver, name: string): Readonly<Record<string, number>> {
  const found = driver.metrics().filter((metric) => metric.name === name)
  return Object.fromEntries(
    found.map(({ labels, value }) => [
      [labels['processor-node-id'], labels['topic']].filter((label) => label !== undefined).join(' '),
      value,
    ]),
  )
}

test('testDriver() metrics: records and bytes by source, sink and topic; changelogs are not counted', () => {
  const builder = new StreamsBuilder()
  builder
    .stream(words, { name: 'in' })
    .groupBy((_key, value) => value, { key: serdes.string, name: 'by-word' })
    .count({ store: 'counts' })
    .toStream()
    .to(topic('totals', { key: serdes.string, value: serdes.int64 }), { name: 'out' })
  using driver = testDriver(builder)
  const input = driver.input(words)
  input.pipe(null, 'one', { headers: recordHeaders([['trace', '17']]) })
  input.pipe('k', 'one')
  assert.deepEqual(figures(driver, 'records-consumed-total'), {
    'in words': 2,
    'by-word-repartition-source test-driver-by-word-repartition': 2,
  })
  // 20 for its place, the topic, the value, the header; a key that is absent is -1. And 20, the topic, key and value.
  assert.equal(figures(driver, 'bytes-consumed-total')['in words'], 20 + 5 + 3 + 7 - 1 + (20 + 5 + 3 + 1))
  assert.deepEqual(figures(driver, 'records-produced-total'), {
    'by-word-repartition-sink test-driver-by-word-repartition': 2,
    'out totals': 2,
  })
  assert.equal(figures(driver, 'bytes-produced-total')['out totals'], 2 * (20 + 6 + 3 + 8) + 7)
  assert.deepEqual(figures(driver, 'process-total'), { '': 4, in: 2, 'by-word-repartition-source': 2 })
})

test('testDriver() metrics: each topic that a sink chooses, dead letters, and topics that come later', () => {
  const builder = new StreamsBuilder()
  builder
    .stream(/words.*/, { value: serdes.string, name: 'in' })
    .mapValues(
      (value) => {
        if (value === 'bad') throw new Error('bad')
        return value
      },
      { name: 'map' },
    )
    .to((_key, value) => value, { name: 'out', value: serdes.string })
  using driver = testDriver(builder, { processingExceptionHandler: 'skip', errorsDeadLetterQueueTopicName: 'dead' })
  driver.input(words).pipe('k', 'b')
  driver.input(topic('words2', { key: serdes.string, value: serdes.string })).pipeAll([
    ['k', 'a'],
    ['k', 'b'],
    ['k', 'bad'],
    ['k', 'b'],
  ])
  assert.deepEqual(figures(driver, 'records-consumed-total'), { 'in words': 1, 'in words2': 4 })
  assert.deepEqual(figures(driver, 'records-produced-total'), { 'out b': 3, 'out a': 1, 'map dead': 1 })
  assert.deepEqual(figures(driver, 'process-total'), { '': 5, in: 5 })
})
