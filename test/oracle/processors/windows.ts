import type { StreamRecord, ValueAndTimestamp, WindowStore } from 'millrace'
import { type Item, text } from '../functions.ts'
import { type Context, keyed, type ProcessorArea } from './context.ts'

/** Processors with window stores, whose windows start at multiples of ten milliseconds. */
export const windowProcessors: ProcessorArea = {
  /** Puts the value into the window of its time and forwards what the key has in the last thirty milliseconds. */
  windowPut: keyed(putAndFetch),
  /** The same backward, and one value alone. */
  windowPutBackward: keyed((context, record) => {
    const store = storeOf(context)
    const start = startOf(record.timestamp)
    const before = store.fetch(record.key, start)
    store.put(record.key, record.value, start)
    const rows = [...store.fetch(record.key, 0, Infinity, { reverse: true })]
    context.forward(record.withValue(`${text(before)}: ${rows.map(([at, value]) => `${at}=${text(value)}`).join(' ')}`))
  }),
  /** The same in a store that keeps timestamps, which the handle hides and Java's store does not. */
  windowPutStamped: keyed(putAndFetch),
  /** Puts nothing: what all keys have around its time. */
  windowScan: keyed((context, record) => {
    const rows = [...storeOf(context).fetchAll(Math.max(0, record.timestamp - 20), record.timestamp + 20)]
    context.forward(record.withValue(rows.map(([key, value]) => `${text(key)}=${text(value)}`).join(' ')))
  }),
  /** Reads in every way, forward. Records without a value are left alone. */
  windowSweep: keyed((context, record) => {
    if (record.value === null) return
    const store = storeOf(context)
    store.put(record.key, record.value, startOf(record.timestamp))
    const shown = (rows: Iterable<readonly [Item, Item]>): string =>
      Array.from(rows, ([key, value]) => `${text(key)}=${text(value)}`).join(' ')
    const all = [
      store.fetchAll(0, Infinity),
      store.fetchRange('a', 'b', 0, Infinity),
      store.fetchRange(record.key, record.key, 10, 40),
      store.fetch(record.key, 10, 40),
    ]
    context.forward(record.withValue(all.map(shown).join(' | ')))
  }),
  /** Looks into the windows of a table, or of a store with timestamps. */
  windowLookup: keyed((context, record) => {
    const rows = [...storeOf(context).fetch(record.key, 0, Infinity)]
    context.forward(record.withValue(rows.map(([at, value]) => `${at}=${text(plainOf(value))}`).join(' ')))
  }),
}

function putAndFetch(context: Context, record: StreamRecord<Item, Item>): void {
  const store = storeOf(context)
  const start = startOf(record.timestamp)
  store.put(record.key, record.value, start)
  const rows = [...store.fetch(record.key, Math.max(0, start - 30), start)]
  context.forward(record.withValue(rows.map(([at, value]) => `${at}=${text(value)}`).join(' ')))
}

function storeOf({ stores }: Context): WindowStore<Item, Item> {
  return stores.store as unknown as WindowStore<Item, Item>
}

function startOf(time: number): number {
  return Math.floor(time / 10) * 10
}

function plainOf(given: Item | ValueAndTimestamp<Item>): Item {
  return typeof given === 'object' && given !== null && 'timestamp' in given ? given.value : (given as Item)
}
