import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'
import type { KTable } from './kstream.ts'
import { StreamsBuilder } from './streams-builder.ts'

const text = serdes.nullable(serdes.string)
const left = topic('left', { key: serdes.string, value: text })
const right = topic('right', { key: serdes.string, value: text })
const out = topic('out', { key: serdes.string, value: text })

type TextTable = KTable<string, string>

function twoTables(): { builder: StreamsBuilder; a: TextTable; b: TextTable } {
  const builder = new StreamsBuilder()
  return { builder, a: builder.table(left), b: builder.table(right) }
}

describe('KTable.join()', () => {
  test('gives the joiner both values and the key, and the result the greater timestamp', () => {
    const { builder, a, b } = twoTables()
    a.join(b, (x, y, key) => `${key}:${x}+${y}`)
      .toStream()
      .to(out)
    using driver = testDriver(builder)
    driver.input(left).pipe('k', '1', 20)
    driver.input(right).pipe('k', '2', 10)
    driver.input(right).pipe('k', null, 30)
    assert.deepEqual(
      driver
        .output(out)
        .readRecords()
        .map(({ key, value, timestamp }) => [key, value, timestamp]),
      [
        ['k', 'k:1+2', 20],
        ['k', null, 30],
      ],
    )
  })

  test('keeps its result under a generated name when a serde is all that is given', () => {
    const { a, b } = twoTables()
    assert.equal(a.join(b, (x, y) => x + y).queryableStoreName, null)
    assert.equal(a.join(b, (x, y) => x + y, { value: serdes.string }).queryableStoreName, 'KTABLE-MERGE-STATE-STORE-0000000009')
  })

  test('is a store of processors when it is kept', () => {
    const { builder, a, b } = twoTables()
    const joined = a.join(b, (x, y) => x + y, { store: 'joined', value: serdes.string })
    builder
      .stream(topic('in', { key: serdes.string, value: serdes.string }))
      .process(
        ({ stores, forward }) =>
          (record) =>
            forward(record.withValue(stores.joined.get(record.key))),
        { stores: { joined }, value: text },
      )
      .to(out)
    using driver = testDriver(builder)
    driver.input(left).pipe('k', '1')
    driver.input(right).pipe('k', '2')
    driver.input(topic('in', { key: serdes.string, value: serdes.string })).pipe('k', 'what?')
    assert.deepEqual(driver.output(out).readKeyValues(), [['k', '12']])
    assert.equal(driver.store(joined).get('k'), '12')
  })

  test('refuses what is no table, a table of another builder, and a joiner that is no function', () => {
    const { a, b } = twoTables()
    const untyped = a as unknown as { outerJoin(...given: unknown[]): unknown }
    assert.throws(() => untyped.outerJoin({}, () => 1), /Cannot outerJoin: the first argument is no table/)
    assert.throws(() => untyped.outerJoin(twoTables().b, () => 1), /Cannot outerJoin: the tables are of different StreamsBuilders/)
    assert.throws(() => untyped.outerJoin(b, 'joiner'), TypeError)
  })
})

test('KTable.outerJoin() never gives the joiner two nulls', () => {
  const { builder, a, b } = twoTables()
  a.outerJoin(b, (x, y) => (x === null ? y.length : y === null ? x.length : x.length * 10 + y.length))
    .mapValues((n) => String(n))
    .toStream()
    .to(out, { value: text })
  using driver = testDriver(builder)
  driver.input(left).pipe('k', 'abc')
  driver.input(right).pipe('k', 'ab')
  driver.input(left).pipe('k', null)
  driver.input(right).pipe('k', null)
  assert.deepEqual(
    driver
      .output(out)
      .readKeyValues()
      .map(([, value]) => value),
    ['3', '32', '2', null],
  )
})

describe('KTable.transformValues()', () => {
  test('has stores and the context, and is called for deletions', () => {
    const { builder, a } = twoTables()
    const seen = keyValueStore('seen', { key: serdes.string, value: serdes.int32 })
    a.transformValues(
      ({ stores }) =>
        (value, key) => {
          const times = (stores.seen.get(key) ?? 0) + 1
          stores.seen.put(key, times)
          return value === null ? null : `${value} ${times}`
        },
      { stores: { seen }, value: serdes.string, store: 'transformed' },
    )
      .toStream()
      .to(out)
    using driver = testDriver(builder)
    for (const value of ['x', null, 'y']) driver.input(left).pipe('k', value)
    assert.deepEqual(driver.output(out).readKeyValues(), [
      ['k', 'x 1'],
      ['k', null],
      ['k', 'y 3'],
    ])
  })

  test('refuses to forward', () => {
    const { builder, a } = twoTables()
    a.transformValues((context) => () => (context as unknown as { forward(record: null): string }).forward(null), { value: serdes.string })
    using driver = testDriver(builder)
    assert.throws(
      () => driver.input(left).pipe('k', 'x'),
      (error) => isMillraceError(error) && isMillraceError(error.cause) && error.cause.code === 'FORWARD_DISABLED',
    )
  })
})
