import type { VersionedKeyValueStore } from 'millrace'
import type { Item } from '../functions.ts'
import { history, shownVersion } from '../processors/versioned.ts'
import { itemOf } from './item.ts'
import type { Reader } from './reader.ts'

/** Such a store has no scan: the keys that are looked up when a read names none. */
const keys = ['', 'a', 'aa', 'b', 'c', 'd', 'e', 'x']

/**
 * `get`, or `asOf`: [key, time], or `between`: [key, from, to], the versions of these times with their ends, or `queryKey`: [key, time or `null`];
 * without them the versions of some keys. Keys are texts.
 */
export const readVersions: Reader = ({ store, o }) => {
  const opened = store as VersionedKeyValueStore<Item, Item>
  if (o.has('get')) return { get: shownVersion(opened.get(itemOf(o.node('get')))) }
  if (o.has('between')) {
    const [key, from, to] = o.node('between') as readonly [unknown, number, number]
    const found = versionsBetween(opened, itemOf(key), from, to)
    return { between: found, backward: found.toReversed() }
  }
  if (o.has('queryKey')) {
    const [key, time] = o.node('queryKey') as readonly [unknown, number | null]
    return { queryKey: shownVersion(time === null ? opened.get(itemOf(key)) : opened.get(itemOf(key), time)) }
  }
  if (!o.has('asOf')) return { versions: keys.map((key) => `${key}: ${history(opened, key)}`) }
  const [key, time] = o.node('asOf') as readonly [unknown, number]
  return { asOf: shownVersion(opened.get(itemOf(key), time)) }
}

/** The versions that held at some of these times, the first one first. */
function versionsBetween(store: VersionedKeyValueStore<Item, Item>, key: Item, from: number, to: number): string[] {
  const found: string[] = []
  for (let time = to; time >= from; time--) {
    const version = store.get(key, time)
    if (version === null) continue
    found.push(`${shownVersion(version)}-${version.validTo === null ? '' : String(version.validTo)}`)
    time = version.timestamp
  }
  return found.toReversed()
}
