import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError, TopologyError } from '../base/errors.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { storeNameOf } from '../state/store-handle.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'
import type { KStream } from './kstream.ts'
import { StreamsBuilder } from './streams-builder.ts'

const text = { key: serdes.string, value: serdes.string }
const words = topic('words', text)

function input(builder: StreamsBuilder): KStream<string, string> {
  return builder.stream(words)
}

function thrown(run: () => unknown, code: string, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof TopologyError || error instanceof ConfigError)
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('StreamsBuilder.stream() refuses sets of topics that overlap', () => {
  const builder = new StreamsBuilder()
  builder.stream(['a', 'b'])
  builder.stream(['b', 'c'])
  thrown(
    () => builder.build(),
    'SOURCES_OVERLAP',
    /"KSTREAM-SOURCE-0000000000" reads "a", "b" and "KSTREAM-SOURCE-0000000001" reads "b", "c"/,
  )
})

test('StreamsBuilder.stream() reads a topic once that is named twice', () => {
  const builder = new StreamsBuilder()
  builder.stream(['a', 'b', 'a']).to('out')
  assert.match(builder.build().describe().toString(), /topics: \[a, b\]/)
})

test('StreamsBuilder.stream() refuses different offset resets of one topic', () => {
  const builder = new StreamsBuilder()
  builder.stream('a', { offsetReset: { byDuration: '1d' } })
  builder.stream('a', { offsetReset: { byDuration: 86_400_000 } })
  builder.build()
  builder.stream('a', { offsetReset: 'latest' })
  thrown(() => builder.build(), 'OFFSET_RESET_CONFLICT', /with different offset resets, one is required$/)
})

test('StreamsBuilder refuses a table and a stream of one topic, as Java does', () => {
  const builder = new StreamsBuilder()
  builder.table(words)
  input(builder)
  thrown(() => builder.build(), 'TOPIC_TAKEN', /topic "words" is already read by source/)
})

test('KStream.to() names the operator that lost the serde, and the call', () => {
  const builder = new StreamsBuilder()
  const lengths = input(builder).mapValues((word) => word.length)
  thrown(
    () => lengths.filter(() => true).to('out'),
    'SERDE_MISSING',
    /^Cannot write to topic "out" \(.*streams-builder\.test\.ts:\d+\): the value serde is not known since "KSTREAM-MAPVALUES-0000000001" made new values/,
  )
  thrown(
    () =>
      input(builder)
        .map((k, v) => [v, k], { value: serdes.string })
        .to('out'),
    'SERDE_MISSING',
    /the key serde is not known since "KSTREAM-MAP-/,
  )
  thrown(
    () =>
      input(builder)
        .selectKey((_k, v) => v)
        .groupByKey()
        .count(),
    'SERDE_MISSING',
    /^Cannot keep store "KSTREAM-AGGREGATE-STATE-STORE-/,
  )
  thrown(
    () =>
      input(builder)
        .mapValues((v) => v)
        .groupBy((_k, v) => v, { key: serdes.string })
        .count(),
    'SERDE_MISSING',
    /^Cannot write repartition topic "KSTREAM-AGGREGATE-STATE-STORE-/,
  )
  thrown(
    () =>
      input(builder)
        .process(({ forward }) => forward)
        .toTable({ store: 't' }),
    'SERDE_MISSING',
    /since "KSTREAM-PROCESSOR-/,
  )
  thrown(
    () =>
      input(builder)
        .flatMapValues((v) => [v])
        .repartition({ name: 'r' }),
    'SERDE_MISSING',
    /^Cannot write repartition topic "r"/,
  )
})

test('StreamsBuilder uses its default serdes where none travels', () => {
  const builder = new StreamsBuilder({ defaultKeySerde: serdes.string, defaultValueSerde: serdes.int32 })
  input(builder)
    .map((_key, word) => [word, word.length])
    .to('lengths')
  using driver = testDriver(builder)
  driver.input(words).pipe('k', 'abc')
  assert.deepEqual(driver.output(topic('lengths', { key: serdes.string, value: serdes.int32 })).readKeyValues(), [['abc', 3]])
})

test('KStream.merge() keeps the serde that both streams have', () => {
  const builder = new StreamsBuilder()
  const all = input(builder).merge(builder.stream(topic('others', text)))
  all.to('out')
  const mixed = all.merge(builder.stream(topic('numbers', { key: serdes.string, value: serdes.int32 })))
  thrown(() => mixed.groupByKey().reduce((first) => first), 'SERDE_MISSING', /the value serde is not known since "KSTREAM-MERGE-/)
  assert.throws(() => all.merge(input(new StreamsBuilder())), /different StreamsBuilders/)
  assert.throws(() => all.merge(builder.table('t') as never), /no stream of a StreamsBuilder/)
})

test('KStream.split() refuses branches named like numbers, and names that are there twice', () => {
  const stream = input(new StreamsBuilder())
  thrown(() => stream.split({ '1': () => true }), 'BRANCH_NAME', /branch "1" is named like a number/)
  thrown(() => stream.split({ a: () => true }, { default: 'a' }), 'BRANCH_NAME', /branch "a" is there twice/)
  thrown(() => stream.split({ 'a b': () => true }), 'NAME_INVALID', /"KSTREAM-BRANCH-\d+a b"/)
})

test('KStream.process() refuses a table without a store, and a description that is used in two ways', () => {
  const builder = new StreamsBuilder()
  const stream = input(builder)
  const unstored = builder.table(topic('rows', text)).filter(() => true)
  thrown(
    () => stream.process(({ forward }) => forward, { stores: { unstored } }),
    'STORE_MISSING',
    /^Cannot use table "unstored" as a store of processor "KSTREAM-PROCESSOR-\d+": it keeps none/,
  )
  const spec = keyValueStore('spec', text)
  stream.toTable({ store: spec })
  thrown(() => stream.process(({ forward }) => forward, { stores: { spec } }), 'STORE_FORMAT', /already kept by an operator/)
  const own = keyValueStore('own', text)
  stream.process(({ forward }) => forward, { stores: { own } })
  thrown(() => stream.toTable({ store: own }), 'STORE_FORMAT', /already owned by a processor/)
})

test('KStream.process() gives a table of a topic the store that it lacks', () => {
  const builder = new StreamsBuilder()
  const table = builder.table(topic('rows', text))
  assert.throws(() => storeNameOf(table), { code: 'STORE_MISSING' })
  input(builder)
    .processValues(
      ({ stores, forward }) =>
        (record) =>
          forward(record.withValue(stores.table.get(record.value) ?? 'none')),
      { stores: { table }, value: serdes.string },
    )
    .to('out')
  assert.equal(storeNameOf(table), 'rows-STATE-STORE-0000000000')
  assert.equal(table.queryableStoreName, null)
  using driver = testDriver(builder)
  driver.input(topic('rows', text)).pipe('a', 'row of a')
  driver.input(words).pipe('k', 'a')
  driver.input(words).pipe('k', 'b')
  assert.deepEqual(driver.output(topic('out', text)).readValues(), ['row of a', 'none'])
})

test('KStream.process() reads the store of a table whose grouping is aggregated once more later', () => {
  const builder = new StreamsBuilder()
  const grouped = input(builder).groupBy((_key, word) => word, { name: 'by-word', key: serdes.string })
  const counts = grouped.count({ store: 'counts' })
  builder
    .stream(topic('questions', text))
    .processValues(
      ({ stores, forward }) =>
        (record) =>
          forward(record.withValue(`${stores.counts.get(record.value)}`)),
      { stores: { counts } },
    )
    .to('out', text)
  grouped.reduce((first) => first, { store: 'firsts' })
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['k', 'a'],
    ['k', 'a'],
  ])
  driver.input(topic('questions', text)).pipe('q', 'a')
  assert.deepEqual(driver.output(topic('out', text)).readValues(), ['2'])
})

test('StreamsBuilder.build() refuses generated names where explicit ones are required', () => {
  const builder = new StreamsBuilder({ ensureExplicitInternalResourceNaming: true })
  const byWord = input(builder).groupBy((_key, word) => word, { key: serdes.string })
  byWord.count({ store: 'named' })
  builder.build()
  byWord.count()
  thrown(
    () => builder.build(),
    'INTERNAL_NAMES_MISSING',
    /changelog topics "KSTREAM-AGGREGATE-STATE-STORE-0000000006-changelog"; state stores "KSTREAM-AGGREGATE-STATE-STORE-0000000006"; repartition topics "KSTREAM-AGGREGATE-STATE-STORE-0000000006-repartition"$/,
  )
  builder.build({ ensureExplicitInternalResourceNaming: false })
})

test('StreamsBuilder.build() may be called again, with other optimizations, and after more was added', () => {
  const builder = new StreamsBuilder()
  const keyed = input(builder).selectKey((_key, word) => word, { key: serdes.string })
  keyed.groupByKey().count({ store: 'a' })
  keyed.groupByKey().count({ store: 'b' })
  const first = builder.build().describe().toString()
  const merged = builder.build({ topologyOptimization: 'all' }).describe().toString()
  assert.equal(builder.build().describe().toString(), first)
  assert.equal(first.match(/Sink: /g)?.length, 2)
  assert.equal(merged.match(/Sink: /g)?.length, 1)
  input(builder).to('out')
  assert.equal(
    builder
      .build()
      .describe()
      .toString()
      .match(/Sink: /g)?.length,
    3,
  )
  thrown(() => builder.build({ topologyOptimization: ['faster'] }), 'CONFIG_INVALID', /"faster"/)
})

test('StreamsBuilder refuses two stores of one name', () => {
  const builder = new StreamsBuilder()
  const grouped = input(builder).groupByKey()
  grouped.count({ store: 'same' })
  grouped.reduce((first) => first, { store: 'same' })
  thrown(() => builder.build(), 'STORE_NAME_TAKEN', /another store has this name/)
})

test('KStream.repartition() refuses less than one partition, and names that no topic can have', () => {
  const stream = input(new StreamsBuilder())
  assert.throws(() => stream.repartition({ partitions: 0 }), RangeError)
  assert.throws(() => stream.repartition({ partitions: 1.5 }), RangeError)
  thrown(() => stream.repartition({ name: 'a b' }), 'NAME_INVALID', /"a b"/)
})

test('KStream refuses what is no function, for plain JavaScript', () => {
  const stream = input(new StreamsBuilder())
  assert.throws(() => stream.filter(null as never), /^TypeError: Cannot call filter\(\): its argument is null, a function is required$/)
  assert.throws(() => stream.mapValues('x' as never), TypeError)
  assert.throws(() => stream.split({ a: 1 } as never), /split\(\) with branch "a"/)
})

test('KTable.filter() sends no deletion for rows that it never had, once old values come in anyway', () => {
  const rows = topic('rows', text)
  for (const [store, expected] of [
    [undefined, [['a', null]]],
    ['kept', []],
  ] as const) {
    const builder = new StreamsBuilder()
    const table = builder.table(rows, store === undefined ? {} : { store })
    table
      .filter((_key, value) => value === 'yes')
      .toStream()
      .to('out', { key: serdes.string, value: serdes.nullable(serdes.string) })
    using driver = testDriver(builder)
    driver.input(rows).pipe('a', 'no')
    assert.deepEqual(driver.output(topic('out', text)).readKeyValues(), expected)
  }
})

test('StreamsBuilder refuses what is no topic, in plain JavaScript too', () => {
  const refused = { code: 'TOPIC_NAME' }
  for (const nothing of [undefined, null, {}, [undefined], 5] as never[]) {
    assert.throws(() => new StreamsBuilder().stream(nothing), refused)
    assert.throws(() => new StreamsBuilder().table(nothing), refused)
    assert.throws(() => new StreamsBuilder().stream('lines').to(nothing), refused)
  }
})
