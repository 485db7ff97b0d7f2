import { type Partitioner, type Serde, serdes, type TimestampExtractor } from 'millrace'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
} from '../../src/model/timestamp-extractor.ts'
import { BoomError, ScenarioError } from './options.ts'

// The registry of pure functions: what java/Functions.java has, under the same names.

/** A key or value: what the serdes of scenarios make. */
export type Item = string | number | null

/** `~` for what is absent. */
export function text(given: Item): string {
  return given === null ? '~' : String(given)
}

/** The last twelve characters: texts that grow stay short. */
function tail(given: string): string {
  return given.slice(-12)
}

function failOnX(value: Item): Item {
  if (value === 'x') throw new BoomError()
  return value
}

/** The function of `table` with that name. */
export function named<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  if (!Object.hasOwn(table, name)) throw new ScenarioError(`${what} "${name}" is not known`)
  return table[name]!
}

/** Serdes by name. */
export const serdeByName: Readonly<Record<string, Serde<Item>>> = {
  string: serdes.string as unknown as Serde<Item>,
  int64: serdes.int64 as unknown as Serde<Item>,
}

export const predicates: Readonly<Record<string, (key: Item, value: Item) => boolean>> = {
  always: () => true,
  never: () => false,
  valueIsNull: (_k, v) => v === null,
  keyIsNull: (k) => k === null,
  valueBelowC: (_k, v) => text(v) < 'c',
  lengthEven: (_k, v) => text(v).length % 2 === 0,
  keyBelowB: (k) => text(k) < 'b',
  keyEqualsValue: (k, v) => text(k) === text(v),
  failOnX: (_k, v) => {
    failOnX(v)
    return true
  },
}

export const mappers: Readonly<Record<string, (key: Item, value: Item) => Item>> = {
  key: (k) => k,
  value: (_k, v) => v,
  keyAndValue: (k, v) => tail(text(k) + text(v)),
  text: (_k, v) => text(v),
  length: (_k, v) => text(v).length,
  nullOnB: (_k, v) => (v === 'b' ? null : text(v)),
  first: (_k, v) => text(v).slice(0, 1),
  constant: () => 'c',
  double: (_k, v) => tail(text(v) + text(v)),
  null: () => null,
  failOnX: (_k, v) => text(failOnX(v)),
}

/** The name of the serde of what a mapper makes of a key and value with these serdes. */
export function serdeOf(mapper: string, key: string, value: string): string {
  if (mapper === 'key') return key
  if (mapper === 'value') return value
  return mapper === 'length' ? 'int64' : 'string'
}

export const lists: Readonly<Record<string, (value: Item) => Item[]>> = {
  letters: (v) => (v === '' ? [''] : text(v).split('')),
  twice: (v) => [text(v), text(v)],
  none: () => [],
  withNull: (v) => [text(v), null],
  failOnX: (v) => [text(failOnX(v))],
}

export const reducers: Readonly<Record<string, (aggregate: Item, value: Item) => Item>> = {
  first: (a) => a,
  last: (_a, v) => v,
  concat: (a, v) => tail(text(a) + text(v)),
  minus: (a, v) => tail(`${text(a)}-${text(v)}`),
  nullOnE: (a, v) => (v === 'e' ? null : tail(text(a) + text(v))),
  failOnX: (a, v) => tail(text(a) + text(failOnX(v))),
  sum: (a, v) => Number(a) + Number(v),
  difference: (a, v) => Number(a) - Number(v),
}

export const initializers: Readonly<Record<string, () => Item>> = {
  empty: () => '',
  zero: () => 0,
  fail: () => {
    throw new BoomError()
  },
}

export const aggregators: Readonly<Record<string, (key: Item, value: Item, aggregate: Item) => Item>> = {
  append: (k, v, a) => tail(text(a) + text(k) + text(v)),
  minus: (_k, v, a) => tail(`${text(a)}-${text(v)}`),
  nullOnE: (_k, v, a) => (v === 'e' ? null : tail(text(a) + text(v))),
  keep: (_k, _v, a) => a,
  up: (_k, _v, a) => Number(a) + 1,
  down: (_k, _v, a) => Number(a) - 1,
  nullAtZero: (_k, _v, a) => (a === 1 ? null : Number(a) - 1),
  failOnX: (_k, v, a) => tail(text(a) + text(failOnX(v))),
}

/** Functions that choose the topic of a sink. */
export const topicChoices: Readonly<Record<string, (key: Item, value: Item, record: { readonly topic: string }) => string>> = {
  byFirst: (_k, v) =>
    `out-${text(v)
      .slice(0, 1)
      .replaceAll(/[^a-z0-9]/g, '_')}`,
  // Without a source record Java's topic is null, ours is the empty text.
  bySource: (_k, _v, record) => `from-${record.topic === '' ? 'null' : record.topic}`,
  failOnX: (_k, v) => {
    failOnX(v)
    return 'out-x'
  },
}

export const partitioners: Readonly<Record<string, Partitioner<Item, Item>>> = {
  default: () => null,
  zero: () => 0,
  nowhere: () => [],
  dropOnB: (_k, v, n) => (v === 'b' ? [] : n - 1),
}

export const extractors: Readonly<Record<string, TimestampExtractor<Item, Item>>> = {
  FailOnInvalidTimestamp: failOnInvalidTimestamp,
  LogAndSkipOnInvalidTimestamp: logAndSkipOnInvalidTimestamp,
  UsePartitionTimeOnInvalidTimestamp: usePartitionTimeOnInvalidTimestamp,
  fromValue: (record) => 100 * text(record.value).length,
  negativeOnX: (record) => (record.value === 'x' ? -1 : record.timestamp),
  partitionTime: (record, time) => (time < 0 ? record.timestamp : time),
  failOnX: (record) => {
    failOnX(record.value)
    return record.timestamp
  },
}
