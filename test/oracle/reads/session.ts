import type { SessionStore, Windowed } from 'millrace'
import type { Item } from '../functions.ts'
import { itemOf } from './item.ts'
import type { Reader } from './reader.ts'
import { hexOf } from './shown.ts'

type Time = number | null
type Rows = Iterable<readonly [Windowed<Item>, Item]>

/**
 * `fetchSession`: [key, start, end]; `fetch`: [key]; `fetchRange`: [key, key]; `findSessions`: [key, earliest end, latest start];
 * `findSessionsInRange`: [key, key, earliest end, latest start]; `queryKey`: key; without any of them all rows. `null` for a time is an open end.
 */
export const readSessions: Reader = ({ store, o }) => {
  const opened = store as SessionStore<Item, Item>
  const rows = (entries: Rows): string[] => Array.from(entries, ([key, value]) => `${hexOf(key)} ${hexOf(value)}`)
  const both = (name: string, scan: (options?: { readonly reverse: boolean }) => Rows): Record<string, string[]> => {
    const found = rows(scan())
    // The library's cache throws for a scan backward while it has had no session.
    return found.length === 0 ? { [name]: found } : { [name]: found, backward: rows(scan({ reverse: true })) }
  }
  if (o.has('fetchSession')) {
    const [key, start, end] = o.node('fetchSession') as readonly [unknown, number, number]
    return { fetchSession: hexOf(opened.fetchSession(itemOf(key), start, end)) }
  }
  if (o.has('fetch')) {
    const [key] = o.node('fetch') as readonly [unknown]
    return both('fetch', (options) => opened.fetch(itemOf(key), options))
  }
  if (o.has('findSessions')) {
    const [key, earliest, latest] = o.node('findSessions') as readonly [unknown, Time, Time]
    return both('findSessions', (options) => opened.findSessions(itemOf(key), earliest ?? 0, latest ?? Infinity, options))
  }
  if (o.has('findSessionsInRange')) {
    const [low, high, earliest, latest] = o.node('findSessionsInRange') as readonly [unknown, unknown, Time, Time]
    const [from, to] = [itemOf(low), itemOf(high)]
    return both('findSessionsInRange', (options) => opened.findSessionsInRange(from, to, earliest ?? 0, latest ?? Infinity, options))
  }
  if (o.has('queryKey')) return { queryKey: rows(opened.fetch(itemOf(o.node('queryKey')))) }
  const [low, high] = o.has('fetchRange') ? (o.node('fetchRange') as readonly [unknown, unknown]) : [null, null]
  return both('fetchRange', (options) => opened.fetchRange(itemOf(low), itemOf(high), options))
}
