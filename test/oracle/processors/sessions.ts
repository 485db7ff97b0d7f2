import type { SessionStore, Windowed } from 'millrace'
import { type Item, text } from '../functions.ts'
import { type Context, keyed, type ProcessorArea } from './context.ts'

/** Processors with session stores. The session of a record is from the last multiple of ten milliseconds to its time. */
export const sessionProcessors: ProcessorArea = {
  /** Puts the value into the session of the record and forwards the sessions of the key that are less than thirty milliseconds away. */
  sessionPut: keyed((context, record) => {
    const store = storeOf(context)
    store.put(sessionOf(record.key, record.timestamp), record.value)
    context.forward(record.withValue(rows(store.findSessions(record.key, record.timestamp - 30, record.timestamp + 30))))
  }),
  /** The same backward, and one value alone. */
  sessionPutBackward: keyed((context, record) => {
    const store = storeOf(context)
    const session = sessionOf(record.key, record.timestamp)
    const before = store.fetchSession(record.key, session.window.start, session.window.end)
    store.put(session, record.value)
    context.forward(record.withValue(`${text(before)}: ${rows(store.fetch(record.key, { reverse: true }))}`))
  }),
  /** Removes the session of the record, and puts one twenty milliseconds later. */
  sessionRemove: keyed((context, record) => {
    const store = storeOf(context)
    store.remove(sessionOf(record.key, record.timestamp))
    store.put(sessionOf(record.key, record.timestamp + 20), record.value)
    context.forward(record.withValue(rows(store.fetch(record.key))))
  }),
  /** Puts nothing: the sessions of keys from "a" to that of the record. */
  sessionScan: keyed((context, record) => {
    const found = storeOf(context).findSessionsInRange('a', record.key, record.timestamp - 20, record.timestamp + 20)
    context.forward(record.withValue(rows(found)))
  }),
  /** Looks into the sessions of a table. */
  sessionLookup: keyed((context, record) => context.forward(record.withValue(rows(storeOf(context).fetch(record.key))))),
}

function rows(entries: Iterable<readonly [Windowed<Item>, Item]>): string {
  return Array.from(entries, ([key, value]) => `${text(key)}=${text(value)}`).join(' ')
}

function sessionOf(key: Item, time: number): Windowed<Item> {
  return { key, window: { start: Math.floor(time / 10) * 10, end: time } }
}

function storeOf({ stores }: Context): SessionStore<Item, Item> {
  return stores.store as unknown as SessionStore<Item, Item>
}
