import type { ValueAndTimestamp, Windowed, WindowStore } from 'millrace'
import type { Item } from '../functions.ts'
import { itemOf } from './item.ts'
import type { Reader } from './reader.ts'
import { hexOf, shown } from './shown.ts'

type Value = Item | ValueAndTimestamp<Item>

/**
 * `fetch`: [key, start], or [key, from, to]; `fetchRange`: [key, key, from, to]; `fetchAll`: [from, to]; `queryKey`: [key, from, to];
 * `queryRange`: [from, to]; without any of them all rows.
 * `null` for a time is an open end.
 */
export const readWindows: Reader = ({ store, o, isStamped }) => {
  const opened = store as WindowStore<Item, Value>
  const reverse = { reverse: true }
  const rows = (entries: Iterable<readonly [Windowed<Item>, Value]>): string[] =>
    withoutEmptyWindows(Array.from(entries, ([key, value]) => [key, `${hexOf(key)} ${shown(value, isStamped)}`] as const))
  const ofKey = (entries: Iterable<readonly [number, Value]>): string[] =>
    Array.from(entries, ([start, value]) => `${start} ${shown(value, isStamped)}`)
  if (o.has('fetch')) {
    const [key, first, last] = o.node('fetch') as readonly [unknown, number | null, number | null | undefined]
    if (last === undefined) return { fetch: shown(opened.fetch(itemOf(key), first ?? 0), isStamped) }
    const [from, to] = [first ?? 0, last ?? Infinity]
    return { fetch: ofKey(opened.fetch(itemOf(key), from, to)), backward: ofKey(opened.fetch(itemOf(key), from, to, reverse)) }
  }
  if (o.has('fetchRange')) {
    const [low, high, first, last] = o.node('fetchRange') as readonly [unknown, unknown, number | null, number | null]
    const [a, b, from, to] = [itemOf(low), itemOf(high), first ?? 0, last ?? Infinity]
    return { fetchRange: rows(opened.fetchRange(a, b, from, to)), backward: rows(opened.fetchRange(a, b, from, to, reverse)) }
  }
  if (o.has('queryKey')) {
    const [key, from, to] = o.node('queryKey') as readonly [unknown, number, number]
    return { queryKey: ofKey(opened.fetch(itemOf(key), from, to)) }
  }
  if (o.has('queryRange')) {
    const [from, to] = o.node('queryRange') as readonly [number, number]
    return { queryRange: rows(opened.fetchAll(from, to)) }
  }
  const [first, last] = o.has('fetchAll') ? (o.node('fetchAll') as readonly [number | null, number | null]) : [null, null]
  const [from, to] = [first ?? 0, last ?? Infinity]
  return { fetchAll: rows(opened.fetchAll(from, to)), backward: rows(opened.fetchAll(from, to, reverse)) }
}

/** Java cannot make a window without an end after its start: those of joins may have none. */
function withoutEmptyWindows(rows: readonly (readonly [Windowed<Item>, string])[]): string[] {
  return rows.some(([{ window }]) => window.start === window.end) ? ['no window'] : rows.map(([, text]) => text)
}
