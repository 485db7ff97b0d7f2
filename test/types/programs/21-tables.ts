// Operators of tables, and what is said of deletions at each step. Each function is a program.
import assert from 'node:assert/strict'
import {
  type KGroupedTable,
  type KStream,
  type KTable,
  keyValueStore,
  serdes,
  StreamsBuilder,
  timestampedKeyValueStore,
  topic,
  untilTimeLimit,
  versionedKeyValueStore,
} from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Person {
  readonly name: string
  readonly city: string | null
}
interface City {
  readonly size: number
}

const people = topic('people', { key: serdes.string, value: serdes.json<Person>() })
const cities = topic('cities', { key: serdes.string, value: serdes.json<City>() })
const ages = topic('ages', { key: serdes.string, value: serdes.int32 })
const words = topic('words', { key: serdes.string, value: serdes.string })
const out = topic('out', { key: serdes.string, value: serdes.nullable(serdes.string) })
const counted = topic('counted', { key: serdes.string, value: serdes.int64 })

/** A filtered table has deletions, also where its source has none; guards narrow rows. */
export function filteredTables(): void {
  const builder = new StreamsBuilder()
  const table = builder.table(people)
  expectType<KTable<string, Person>>()(table)
  const settled = table.filter((_id, person): person is Person & { readonly city: string } => person.city !== null)
  expectType<KTable<string, Person & { readonly city: string }>>()(settled)
  expectType<KTable<string, string>>()(settled.mapValues((person) => person.city))
  const counts = builder.stream(words).groupByKey().count()
  expectType<KTable<string, number, never>>()(counts)
  expectType<KTable<string, number, null>>()(counts.filter((_word, n) => n > 1))
  expectType<KTable<string, number, null>>()(counts.filterNot((word, n) => word === '' || n > 1))
}

/** A mapper that returns `null` deletes: the rows have no `null`, the deletions do. */
export function mappedTables(): void {
  const builder = new StreamsBuilder()
  const counts = builder.stream(words).groupByKey().count()
  const doubled = counts.mapValues((n) => n * 2)
  expectType<KTable<string, number, never>>()(doubled)
  expectType<KStream<string, number>>()(doubled.toStream())
  const some = counts.mapValues((n, word) => (word === '' ? null : `${word} ${n}`), { value: serdes.string, store: 'some' })
  expectType<KTable<string, string, null>>()(some)
  const changes = some.toStream()
  expectType<KStream<string, string | null>>()(changes)
  changes.to(out)
  using driver = testDriver(builder)
  driver.input(words).pipeAll([
    ['a', 'x'],
    ['', 'y'],
    ['a', 'z'],
  ])
  assert.deepEqual([...driver.output(out).readTable()], [['a', 'a 2']])
  assert.equal(driver.store(some).get('a'), 'a 2')
}

/** A transformer sees deletions, where there are some, and its stores. */
export function transformedTables(): void {
  const builder = new StreamsBuilder()
  const visits = keyValueStore('visits', { key: serdes.string, value: serdes.int32 })
  const table = builder.table(people).transformValues(
    ({ stores }) =>
      (person, id) => {
        expectType<Person | null>()(person)
        const n = (stores.visits.get(id) ?? 0) + 1
        stores.visits.put(id, n)
        return person === null ? null : `${person.name} ${n}`
      },
    { stores: { visits }, value: serdes.string, store: 'visitors' },
  )
  expectType<KTable<string, string>>()(table)
  const counts = builder.stream(words).groupByKey().count()
  const signs = counts.transformValues(
    ({ streamTime }) =>
      (n) =>
        n + streamTime,
    { value: serdes.int64 },
  )
  expectType<KTable<string, number, never>>()(signs)
  using driver = testDriver(builder)
  driver.input(people).pipe('1', { name: 'Ann', city: null })
  assert.equal(driver.store(table).get('1'), 'Ann 1')
  assert.equal(driver.store(visits).get('1'), 1)
}

/** A stream of changes under new keys: the mapper of the keys sees the deletions. */
export function changesUnderNewKeys(): void {
  const table = new StreamsBuilder().table(people)
  const byCity = table.toStream((id, person) => person?.city ?? id, { key: serdes.string })
  expectType<KStream<string, Person | null>>()(byCity)
  const maybe = table.toStream((_id, person) => person?.city ?? null, { key: serdes.nullable(serdes.string) })
  expectType<KStream<string | null, Person | null>>()(maybe)
  expectType<KTable<string, Person>>()(maybe.toTable())
}

/** Rows under new keys are counted, reduced and folded in both directions. */
export function regroupedTables(): void {
  const builder = new StreamsBuilder()
  const table = builder.table(people)
  const grouped = table.groupBy((_id, person) => [person.city, person.name.length], { key: serdes.string, value: serdes.int32 })
  expectType<KGroupedTable<string, number>>()(grouped)
  const counts = grouped.count({ store: 'per-city' })
  expectType<KTable<string, number>>()(counts)
  expectType<KTable<string, number>>()(
    grouped.reduce(
      (sum, n) => sum + n,
      (sum, n) => sum - n,
    ),
  )
  const lengths = grouped.aggregate(
    () => [],
    (_city, length, all) => [...all, length],
    (_city, length, all) => (all.length === 1 ? null : all.filter((other) => other !== length)),
    { value: serdes.json<readonly number[]>() },
  )
  expectType<KTable<string, readonly number[]>>()(lengths)
  using driver = testDriver(builder)
  driver.input(people).pipe('1', { name: 'Ann', city: 'Bonn' })
  driver.input(people).pipe('2', { name: 'Bo', city: 'Bonn' })
  driver.input(people).pipe('1', { name: 'Ann', city: null })
  assert.deepEqual([...driver.store(counts).all()], [['Bonn', 1]])
}

/** Tables of the same keys: an inner join has the deletions of both, a left join those of the left, an outer join those of both. */
export function joinsOfTables(): void {
  const builder = new StreamsBuilder()
  const counts = builder.stream(words).groupByKey().count()
  const longest = builder
    .stream(words)
    .groupByKey()
    .reduce((a, b) => (a.length > b.length ? a : b))
  const table = builder.table(people)
  expectType<KTable<string, string, never>>()(counts.join(longest, (n, word) => word.repeat(n)))
  expectType<KTable<string, string, null>>()(counts.join(table, (n, person) => person.name.repeat(n)))
  expectType<KTable<string, number, never>>()(counts.leftJoin(table, (n, person) => n + (person?.name.length ?? 0)))
  expectType<KTable<string, number, null>>()(table.leftJoin(counts, (person, n) => person.name.length + (n ?? 0)))
  const outer = counts.outerJoin(longest, (n, word) => (n === null ? word : word === null ? `${n}` : word.repeat(n)))
  expectType<KTable<string, string, never>>()(outer)
  const keyed = table.outerJoin(counts, (person, n, id) => (person === null ? `${id} ${n.toFixed()}` : person.name))
  expectType<KTable<string, string, null>>()(keyed)
  expectType<KTable<string, string, null>>()(counts.join(longest, (n, word) => (n > 1 ? word : null)))
}

/** A foreign key may be of any type and missing; partitioners see the keys of their own table. */
export function foreignKeys(): void {
  const builder = new StreamsBuilder()
  const table = builder.table(people)
  const inner = table.join(
    builder.table(cities),
    (person) => person.city,
    (person, city, id) => ({ id, name: person.name, size: city.size }),
    { value: serdes.json<{ readonly id: string; readonly name: string; readonly size: number }>(), store: 'housed' },
  )
  expectType<KTable<string, { id: string; name: string; size: number }>>()(inner)
  const byLength = builder.table(topic('by-length', { key: serdes.int32, value: serdes.string }))
  const left = table.leftJoin(
    byLength,
    (person, id) => person.name.length + id.length,
    (person, text) => text ?? person.name,
    { partitioner: (id, _value, n) => id.length % n, otherPartitioner: (length, _value, n) => length % n },
  )
  expectType<KTable<string, string>>()(left)
  using driver = testDriver(builder)
  driver.input(cities).pipe('Bonn', { size: 3 })
  driver.input(people).pipe('1', { name: 'Ann', city: 'Bonn' })
  driver.input(people).pipe('2', { name: 'Bo', city: null })
  assert.deepEqual([...driver.store(inner).all()], [['1', { id: '1', name: 'Ann', size: 3 }]])
}

/** Changes that wait stay what they are: only windows that close let no deletions out. */
export function calmTables(): void {
  const builder = new StreamsBuilder()
  const table = builder.table(people)
  expectType<KTable<string, Person>>()(table.suppress(untilTimeLimit('1m', { maxRecords: 10 })))
  const counts = builder.stream(words).groupByKey().count()
  const calm = counts.suppress(untilTimeLimit(0, { maxBytes: 1000, whenFull: 'emit-early', logging: false }))
  expectType<KTable<string, number, never>>()(calm)
  calm.toStream().to(counted)
  using driver = testDriver(builder)
  driver.input(words).pipe('a', 'b')
  assert.deepEqual(driver.output(counted).readKeyValues(), [['a', 1]])
}

/** A table in each kind of store is a handle by which its rows are read as values. */
export function storesOfTables(): void {
  const builder = new StreamsBuilder()
  const plain = builder.table(ages, { store: keyValueStore('plain', { key: serdes.string, value: serdes.int32 }) })
  const rows = timestampedKeyValueStore('rows', { key: serdes.string, value: serdes.string })
  const timestamped = plain.mapValues((age) => `${age}`, { store: rows })
  const history = versionedKeyValueStore('history', { key: serdes.string, value: serdes.int64, historyRetention: '1h' })
  const versioned = builder.stream(words).groupByKey().count({ store: history })
  const kept = plain.filter((_id, age) => age > 17, { store: 'adults', historyRetention: '1d' })
  expectType<KTable<string, number>>()(plain)
  expectType<KTable<string, string>>()(timestamped)
  expectType<KTable<string, number, never>>()(versioned)
  expectType<KTable<string, number>>()(kept)
  using driver = testDriver(builder)
  driver.input(ages).pipe('1', 20)
  expectType<number | null>()(driver.store(plain).get('1'))
  assert.equal(driver.store(rows).get('1')?.value, '20')
}
