import type { Partitioner, TimestampExtractor, Windowed } from 'millrace'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
} from '../../src/model/timestamp-extractor.ts'
import { BoomError, type Options, ScenarioError } from './options.ts'

// The registry of pure functions: what java/Functions.java has, under the same names.

/** A key or value: what the serdes of scenarios make. */
export type Item = string | number | boolean | Uint8Array | Windowed<Item> | readonly Item[] | null

/** Any item as text: `~` for what is absent, hex for bytes, `key@start/end` for a key in a window, `[a, b]` for a list. */
export function text(given: Item): string {
  if (given === null) return '~'
  if (given instanceof Uint8Array) return Buffer.from(given).toString('hex')
  if (typeof given !== 'object') return String(given)
  if (isList(given)) return `[${given.map(text).join(', ')}]`
  return `${text(given.key)}@${given.window.start}/${endOf(given)}`
}

function isList(given: object): given is readonly Item[] {
  return Array.isArray(given)
}

/** The end of a window as Java has it: that of an unlimited one is its greatest number. */
export function endOf({ window }: Windowed<unknown>): string {
  return window.end === Infinity ? '9223372036854775807' : String(window.end)
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

/** The function that `option` names. `what`: the registry, in errors and in the census of scenarios. */
export function functionOf<T>(o: Options, option: string, table: Readonly<Record<string, T>>, what: string): T {
  registries.set(what, Object.keys(table))
  o.note(option, { registry: what })
  return named(table, o.text(option), what)
}

/** The names in each registry that an option has asked for. */
export const registries: Map<string, readonly string[]> = new Map()

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
  keyText: (k) => text(k),
  windowedKey: (k) => (k as Windowed<string>).key,
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
  if (mapper === 'windowedKey') return innerOf(key)
  if (mapper === 'value') return value
  return mapper === 'length' ? 'int64' : 'string'
}

/** The name of the serde of keys without their windows. */
function innerOf(windowed: string): string {
  return /^\w+\((.+?)(?:, \w+)?\)$/.exec(windowed)?.[1] ?? windowed
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

/** Merges of the aggregates of two sessions. */
export const mergers: Readonly<Record<string, (key: Item, left: Item, right: Item) => Item>> = {
  join: (_k, a, b) => tail(`${text(a)}+${text(b)}`),
  withKey: (k, a, b) => tail(text(a) + text(k) + text(b)),
  left: (_k, a) => a,
  sum: (_k, a, b) => Number(a) + Number(b),
  nullOnE: (_k, a, b) => (text(a).includes('e') ? null : tail(text(a) + text(b))),
  failOnX: (_k, a, b) => tail(text(failOnX(a)) + text(failOnX(b))),
}

/** Functions of two joined values. With the key: the option `joinerWithKey`, whose functions get it first. */
export const joiners: Readonly<Record<string, (left: Item, right: Item) => Item>> = {
  both: (a, b) => tail(`${text(a)}/${text(b)}`),
  left: (a) => a,
  right: (_a, b) => b,
  null: () => null,
  nullOnE: (a, b) => (a === 'e' || b === 'e' ? null : tail(`${text(a)}/${text(b)}`)),
  lengths: (a, b) => text(a).length * 100 + text(b).length,
  failOnX: (a, b) => tail(`${text(failOnX(a))}/${text(failOnX(b))}`),
}

/** As `joiners`, with the key first. */
export const joinersWithKey: Readonly<Record<string, (key: Item, left: Item, right: Item) => Item>> = {
  all: (k, a, b) => tail(`${text(k)}:${text(a)}/${text(b)}`),
  key: (k) => text(k),
  nullOnKeyB: (k, a, b) => (k === 'b' ? null : tail(`${text(a)}/${text(b)}`)),
  failOnX: (k, a, b) => tail(`${text(k)}:${text(failOnX(a))}/${text(failOnX(b))}`),
}

/** The name of the serde of what a joiner makes of values with these serdes. */
export function serdeOfJoined(joiner: string, left: string, right: string): string {
  if (joiner === 'left') return left
  if (joiner === 'right') return right
  return joiner === 'lengths' ? 'int64' : 'string'
}

/** Foreign keys: of a value, or of key and value. All are texts. */
export const foreignKeys: Readonly<Record<string, (key: Item, value: Item) => Item>> = {
  value: (_k, v) => text(v),
  first: (_k, v) => text(v).slice(0, 1),
  nullOnB: (_k, v) => (v === 'b' ? null : text(v)),
  keyAndValue: (k, v) => tail(text(k) + text(v)),
  key: (k) => text(k),
  constant: () => 'c',
  failOnX: (_k, v) => text(failOnX(v)),
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
  everywhere: (_k, _v, n) => Array.from({ length: n }, (_x, index) => index),
  twiceZero: () => [0, 0],
  dropOnB: (_k, v, n) => (v === 'b' ? [] : n - 1),
}

type SourceRecord = Parameters<TimestampExtractor<Item, Item>>[0]

/** `record`, without a time if its value is `x`: a test driver takes no such records. */
function invalidX(record: SourceRecord): SourceRecord {
  return record.value === 'x' ? { ...record, timestamp: -1 } : record
}

export const extractors: Readonly<Record<string, TimestampExtractor<Item, Item>>> = {
  FailOnInvalidTimestamp: failOnInvalidTimestamp,
  LogAndSkipOnInvalidTimestamp: logAndSkipOnInvalidTimestamp,
  UsePartitionTimeOnInvalidTimestamp: usePartitionTimeOnInvalidTimestamp,
  fromValue: (record) => 100 * text(record.value).length,
  negativeOnX: (record) => (record.value === 'x' ? -1 : record.timestamp),
  partitionTime: (record, time) => (time < 0 ? record.timestamp : time),
  failOnInvalidX: (record) => failOnInvalidTimestamp(invalidX(record)),
  skipInvalidX: (record) => logAndSkipOnInvalidTimestamp(invalidX(record)),
  partitionTimeOfInvalidX: (record, time) => usePartitionTimeOnInvalidTimestamp(invalidX(record), time),
  failOnX: (record) => {
    failOnX(record.value)
    return record.timestamp
  },
}
