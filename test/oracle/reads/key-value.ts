import { serdes, type KeyValueStore, type ValueAndTimestamp } from 'millrace'
import type { Item } from '../functions.ts'
import { itemOf } from './item.ts'
import type { Reader } from './reader.ts'
import { hexOf, shown } from './shown.ts'

type Value = Item | ValueAndTimestamp<Item>

/** `range`, `prefix`, `get`, `queryKey`, `queryRange`, `count`; without any of them all rows. */
export const readKeyValues: Reader = ({ store, o, isStamped }) => {
  const opened = store as KeyValueStore<Item, Value>
  const rows = (entries: Iterable<readonly [Item, Value]>): string[] =>
    Array.from(entries, ([key, value]) => `${hexOf(key)} ${shown(value, isStamped)}`)
  if (o.has('range')) {
    const [from, to] = (o.node('range') as readonly unknown[]).map(itemOf)
    return { range: rows(opened.range(from!, to!)), reverseRange: rows(opened.range(from!, to!, { reverse: true })) }
  }
  if (o.has('prefix')) return { prefix: rows(opened.prefixScan(o.text('prefix'), serdes.string)) }
  if (o.has('get')) return { get: shown(opened.get(itemOf(o.node('get'))), isStamped) }
  if (o.maybe('count', 'boolean') === true) return { count: String(opened.approximateNumEntries) }
  if (o.has('queryKey')) return { queryKey: shown(opened.get(itemOf(o.node('queryKey'))), isStamped) }
  if (o.has('queryRange')) {
    const [from, to] = (o.node('queryRange') as readonly unknown[]).map(itemOf)
    return { queryRange: rows(opened.range(from!, to!)), reverse: rows(opened.range(from!, to!, { reverse: true })) }
  }
  return { all: rows(opened.all()), reverseAll: rows(opened.all({ reverse: true })) }
}
