import { NOT_PUT, type StreamRecord, type VersionedKeyValueStore, type VersionedRecord } from 'millrace'
import { type Item, text } from '../functions.ts'
import { type Context, keyed, type ProcessorArea } from './context.ts'

/** Processors with versioned stores. */
export const versionedProcessors: ProcessorArea = {
  /** Puts the value at its time and forwards what `put` returned, and the versions of the key. */
  versionedPut: keyed((context, record) => {
    const store = storeOf(context)
    const validTo = store.put(record.key, record.value, record.timestamp)
    context.forward(record.withValue(`${validTo === NOT_PUT ? 'no' : validTo} ${history(store, record.key)}`))
  }),
  /** The same with deletions by `delete`, which forwards what was there. */
  versionedDelete: keyed((context, record) => {
    const store = storeOf(context)
    if (record.value !== null) store.put(record.key, record.value, record.timestamp)
    else context.forward(record.withValue(shownVersion(store.delete(record.key, record.timestamp))))
  }),
  /** Puts nothing: what the key has at its time, and twenty milliseconds before. */
  versionedLookup: keyed(lookUp),
}

function lookUp(context: Context, record: StreamRecord<Item, Item>): void {
  const store = storeOf(context)
  const at = (time: number): string => shownVersion(store.get(record.key, time))
  context.forward(record.withValue(`${at(record.timestamp)} ${at(record.timestamp - 20)}`))
}

/** The versions of a key, the latest first, as far as one begins where the next ends. */
export function history(store: VersionedKeyValueStore<Item, Item>, key: Item): string {
  const found: string[] = []
  for (let version = store.get(key); version !== null; version = store.get(key, version.timestamp - 1)) found.push(shownVersion(version))
  return found.join(' ')
}

/** A version of a row: value and time. Its end is not shown: Java's store loses it on the way out. */
export function shownVersion(version: VersionedRecord<Item> | null): string {
  return version === null ? 'null' : `${text(version.value)}@${version.timestamp}`
}

function storeOf({ stores }: Context): VersionedKeyValueStore<Item, Item> {
  return stores.store as unknown as VersionedKeyValueStore<Item, Item>
}
