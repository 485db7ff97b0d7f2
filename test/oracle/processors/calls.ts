import {
  type KeyValueStore,
  serdes,
  type SessionStore,
  type StoreIterator,
  type StreamRecord,
  type ValueAndTimestamp,
  type ValueTimestampHeaders,
  type VersionedKeyValueStore,
  type Windowed,
  type WindowStore,
} from 'millrace'
import { type Item, named, text } from '../functions.ts'
import { type Context, plain, type ProcessorArea } from './context.ts'
import { shownVersion } from './versioned.ts'

// Processors that do what the value of a record says: calls of methods of their store, with ";" between them. "-" is null, or an open end of
// times. Before a scan may stand "some N", which reads so many rows and closes it, "across K", which deletes K after the first row, and "leave",
// which looks for a first row and leaves the scan open. What the calls gave is forwarded. java/processors/CallProcessors.java is the twin.

type Scan = StoreIterator<readonly [unknown, unknown]>
/** One call: the store, its words, and the record in hand. */
type Call<S> = (store: S, words: readonly string[], record: StreamRecord<Item, Item>) => Item | Scan
type Calls<S> = Readonly<Record<string, Call<S>>>
/** How values go into a store and how they are shown. */
interface Face {
  readonly wrap: (value: string, record: StreamRecord<Item, Item>) => Item
  readonly show: (value: unknown) => string
}

export const callProcessors: ProcessorArea = {
  keyValueCalls: calls(keyValueCalls({ wrap: (value) => value, show: shownText })),
  stampedCalls: calls(keyValueCalls({ wrap: stamped, show: shownStamped }), shownStamped),
  headedCalls: calls(keyValueCalls({ wrap: headed, show: shownHeaded }), shownHeaded),
  // The same, and only values are shown.
  stampedValueCalls: calls(keyValueCalls({ wrap: stamped, show: shownBare }), shownBare),
  headedValueCalls: calls(keyValueCalls({ wrap: headed, show: shownBare }), shownBare),
  windowCalls: calls(windowCalls()),
  sessionCalls: calls(sessionCalls()),
  versionedCalls: calls(versionedCalls()),
}

function keyValueCalls({ wrap, show }: Face): Calls<KeyValueStore<Item, Item>> {
  const given = (value: string, record: StreamRecord<Item, Item>): Item => (value === '-' ? null : wrap(value, record))
  return {
    put: (store, [key, value], record) => store.put(key!, given(value!, record)) ?? null,
    putIfAbsent: (store, [key, value], record) => show(store.putIfAbsent(key!, given(value!, record)!)),
    putAll: (store, rows, record) =>
      store.putAll(rows.map((row) => row.split('=')).map(([key, value]) => [key!, given(value!, record)])) ?? null,
    delete: (store, [key]) => show(store.delete(key!)),
    get: (store, [key]) => show(store.get(key!)),
    all: (store) => store.all(),
    reverseAll: (store) => store.all({ reverse: true }),
    range: (store, [from, to]) => store.range(keyOf(from), keyOf(to)),
    reverseRange: (store, [from, to]) => store.range(keyOf(from), keyOf(to), { reverse: true }),
    prefix: (store, [prefix]) => store.prefixScan(prefix!, serdes.string),
    count: (store) => String(store.approximateNumEntries),
  }
}

function windowCalls(): Calls<WindowStore<Item, Item>> {
  const reverse = { reverse: true }
  return {
    put: (store, [key, value, start]) => store.put(key!, keyOf(value), Number(start)) ?? null,
    get: (store, [key, start]) => shownText(store.fetch(key!, Number(start))),
    fetch: (store, [key, from, to]) => store.fetch(key!, first(from), last(to)),
    backwardFetch: (store, [key, from, to]) => store.fetch(key!, first(from), last(to), reverse),
    range: (store, [low, high, from, to]) => store.fetchRange(keyOf(low), keyOf(high), first(from), last(to)),
    backwardRange: (store, [low, high, from, to]) => store.fetchRange(keyOf(low), keyOf(high), first(from), last(to), reverse),
    fetchAll: (store, [from, to]) => store.fetchAll(first(from), last(to)),
    backwardFetchAll: (store, [from, to]) => store.fetchAll(first(from), last(to), reverse),
    all: (store) => store.fetchAll(0, Infinity),
    backwardAll: (store) => store.fetchAll(0, Infinity, reverse),
  }
}

function sessionCalls(): Calls<SessionStore<Item, Item>> {
  const reverse = { reverse: true }
  return {
    put: (store, [key, value, start, end]) => store.put(session(key, start, end), keyOf(value)) ?? null,
    remove: (store, [key, start, end]) => store.remove(session(key, start, end)) ?? null,
    get: (store, [key, start, end]) => shownText(store.fetchSession(key!, Number(start), Number(end))),
    fetch: (store, [key]) => store.fetch(key!),
    backwardFetch: (store, [key]) => store.fetch(key!, reverse),
    range: (store, [low, high]) => store.fetchRange(keyOf(low), keyOf(high)),
    backwardRange: (store, [low, high]) => store.fetchRange(keyOf(low), keyOf(high), reverse),
    find: (store, [key, earliest, latest]) => store.findSessions(key!, first(earliest), last(latest)),
    backwardFind: (store, [key, earliest, latest]) => store.findSessions(key!, first(earliest), last(latest), reverse),
    findRange: (store, [low, high, earliest, latest]) => store.findSessionsInRange(keyOf(low), keyOf(high), first(earliest), last(latest)),
    backwardFindRange: (store, [low, high, earliest, latest]) =>
      store.findSessionsInRange(keyOf(low), keyOf(high), first(earliest), last(latest), reverse),
  }
}

function versionedCalls(): Calls<VersionedKeyValueStore<Item, Item>> {
  return {
    put: (store, [key, value, time]) => {
      const next = store.put(key!, keyOf(value), Number(time))
      return next === -Infinity ? 'no' : String(next)
    },
    delete: (store, [key, time]) => shownVersion(store.delete(key!, Number(time))),
    get: (store, [key, time]) => shownVersion(time === undefined ? store.get(key!) : store.get(key!, Number(time))),
  }
}

function calls<S>(
  known: Calls<S>,
  show: (value: unknown) => string = shownText,
): (context: Context) => (record: StreamRecord<Item, Item>) => void {
  return plain((context, record) => {
    const store = context.stores.store as unknown as S & { delete?: (key: string) => unknown }
    const one = (call: string): string => {
      const words = call.trim().split(' ')
      const limit = words[0] === 'some' ? Number(words.splice(0, 2)[1]) : Infinity
      const gone = words[0] === 'across' ? words.splice(0, 2)[1]! : null
      const isLeft = words[0] === 'leave'
      if (isLeft) words.shift()
      const found = named(known, words[0]!, 'call')(store, words.slice(1), record)
      if (isLeft) return (found as Scan).next().done === true ? '' : 'more'
      if (!isScan(found)) return found === null ? '' : text(found)
      const rows: string[] = []
      if (limit === 0) {
        found.close()
        return ''
      }
      for (const [key, value] of found) {
        rows.push(`${shownText(key)}=${show(value)}`)
        if (rows.length === 1 && gone !== null) store.delete!(gone)
        if (rows.length >= limit) break
      }
      return rows.join(' ')
    }
    context.forward(record.withValue(text(record.value).split(';').map(one).join(' | ')))
  })
}

function isScan(found: Item | Scan): found is Scan {
  return typeof found === 'object' && found !== null && 'close' in found
}

function stamped(value: string, { timestamp }: StreamRecord<Item, Item>): Item {
  return { value, timestamp } as unknown as Item
}

function headed(value: string, { timestamp, headers }: StreamRecord<Item, Item>): Item {
  return { value, timestamp, headers } as unknown as Item
}

function shownBare(given: unknown): string {
  return given === null ? '~' : text((given as ValueAndTimestamp<Item>).value)
}

function shownText(given: unknown): string {
  return typeof given === 'number' ? String(given) : text(given as Item)
}

function shownStamped(given: unknown): string {
  if (given === null) return '~'
  const { value, timestamp } = given as ValueAndTimestamp<Item>
  return `${text(value)}@${timestamp}`
}

function shownHeaded(given: unknown): string {
  if (given === null) return '~'
  const { value, timestamp, headers } = given as ValueTimestampHeaders<Item>
  return `${text(value)}@${timestamp}${Array.from(headers, ({ key }) => `#${key}`).join('')}`
}

function keyOf(word: string | undefined): string | null {
  return word === undefined || word === '-' ? null : word
}

function first(word: string | undefined): number {
  return word === undefined || word === '-' ? 0 : Number(word)
}

function last(word: string | undefined): number {
  return word === undefined || word === '-' ? Infinity : Number(word)
}

function session(key: string | undefined, start: string | undefined, end: string | undefined): Windowed<Item> {
  return { key: key!, window: { start: Number(start), end: Number(end) } }
}
