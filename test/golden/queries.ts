import {
  keyQuery,
  keyValueStore,
  multiVersionedKeyQuery,
  type Query,
  rangeQuery,
  serdes,
  sessionKeyQuery,
  sessionWindows,
  StreamsBuilder,
  timestampedKeyQuery,
  timestampedRangeQuery,
  timestampedWindowKeyQuery,
  timestampedWindowRangeQuery,
  timeWindows,
  topic,
  versionedKeyQuery,
  versionedKeyValueStore,
} from 'millrace'

// The application and the queries of test/oracle/Queries.java.

export const words = topic('words', { key: serdes.string, value: serdes.nullable(serdes.string) })
export const rates = topic('rates', { key: serdes.string, value: serdes.nullable(serdes.string) })

/** What is written to the topics, in that order. */
export const inputs = {
  words: [
    ['a', 'A', 10],
    ['b', 'B', 20],
    ['c', 'no', 150],
    ['a', 'A2', 160],
    ['d', 'no', 170],
    ['b', null, 180],
  ],
  rates: [
    ['eur', '1.0', 1_000],
    ['eur', '1.1', 2_000],
    ['eur', null, 3_000],
    ['eur', '1.2', 20_000],
  ],
} as const

/** The application, and the handles of its stores. */
export function queriedApplication() {
  const text = { key: serdes.string, value: serdes.nullable(serdes.string) }
  const builder = new StreamsBuilder()
  const stream = builder.stream(words)
  const latest = stream.toTable({ store: 'latest' })
  const filtered = latest.filter((_key, value) => value !== 'no', { store: 'filtered' })
  const grouped = stream.groupByKey()
  const perWindow = grouped.windowedBy(timeWindows({ size: 100, grace: 1_000 })).count({ store: 'per-window' })
  const visits = grouped.windowedBy(sessionWindows({ inactivityGap: 50, grace: 1_000 })).count({ store: 'visits' })
  const plain = keyValueStore('plain', { ...text, supplier: 'in-memory' })
  stream.process(
    ({ stores }) =>
      ({ key, value }) =>
        stores.plain.put(key, value),
    { stores: { plain } },
  )
  const history = versionedKeyValueStore('history', { ...text, historyRetention: '10m' })
  builder.table(rates, { store: history })
  return { builder, handles: { latest, filtered, plain, 'per-window': perWindow, visits, history } }
}

/** The query of Java with that title. A window store of Java's operators gives timestamps. */
export function queryOf(title: string): Query {
  const spans = / from (\d+) to (\d+)( ascending)?$/.exec(title)
  if (spans !== null)
    return multiVersionedKeyQuery('eur', { from: Number(spans[1]), to: Number(spans[2]), ascending: spans[3] !== undefined })
  const asOf = /^eur as of (\d+)$/.exec(title)
  if (asOf !== null) return versionedKeyQuery('eur', { asOf: Number(asOf[1]) })
  const named: Readonly<Record<string, Query>> = {
    'key a': keyQuery('a'),
    'key nobody': keyQuery('nobody'),
    range: rangeQuery(),
    'range a to b descending': rangeQuery({ from: 'a', to: 'b', reverse: true }),
    'range from b': rangeQuery({ from: 'b' }),
    'timestamped key a': timestampedKeyQuery('a'),
    'timestamped range': timestampedRangeQuery(),
    'windows of a': timestampedWindowKeyQuery('a', { from: 0, to: 100 }),
    'windows from 100': timestampedWindowRangeQuery({ from: 100, to: 1_000 }),
    'sessions of a': sessionKeyQuery('a'),
    versions: versionedKeyQuery('a'),
    eur: versionedKeyQuery('eur'),
    key: keyQuery('a'),
    windows: timestampedWindowKeyQuery('a', { from: 0, to: 100 }),
    sessions: sessionKeyQuery('a'),
  }
  const query = named[title.replace(/ up to .*/, '')]
  if (query === undefined) throw new Error(`There is no query "${title}"`)
  return query
}

/** The bound in a title, "words 0 at 5"; `null`: there is none. */
export function boundOf(title: string): readonly [topic: string, partition: number, offset: number] | null {
  const found = / up to (\w+) (\d+) at (\d+)$/.exec(title)
  return found === null ? null : [found[1]!, Number(found[2]), Number(found[3])]
}

/** A result as Java's program prints it. */
export function shownResult(result: unknown): string | null {
  if (result === null) return null
  if (typeof result !== 'object' || !(Symbol.iterator in result)) return shown(result)
  const rows = Array.from(result as Iterable<unknown>, (row) => (Array.isArray(row) ? row.map(shown).join('=') : shown(row)))
  return rows.join(' ')
}

interface Shown {
  readonly value?: unknown
  readonly timestamp?: number
  readonly validTo?: number | null
  readonly key?: unknown
  readonly window?: { readonly start: number; readonly end: number }
}

function shown(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part)
  const { value, timestamp, validTo, key, window } = part as Shown
  if (window !== undefined) return `${String(key)}[${window.start},${window.end}]`
  return validTo === undefined ? `${String(value)}@${timestamp}` : `${String(value)}@${timestamp}-${validTo ?? ''}`
}
