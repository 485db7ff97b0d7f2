import { type KeyValueStore, type ProcessorWrapper, keyValueStore, type RecordHeaders, recordHeaders, serdes } from 'millrace'
import type { Any } from './flow.ts'

/** What a wrapper does for a record before the processor inside gets it; the result is its headers. */
type Before = (name: string, stores: Any, headers: RecordHeaders) => RecordHeaders

function wrapper(before: Before, storesOf: (name: string) => Any): ProcessorWrapper {
  return (name, supplier) => {
    process.stdout.write(`wraps ${name}\n`)
    return {
      stores: storesOf(name),
      supplier: (context) => {
        const opened = supplier(context)
        const inner = typeof opened === 'function' ? { process: opened } : opened
        return {
          process: (record) => inner.process(record.withHeaders(before(name, context.stores, record.headers))),
          close: () => inner.close?.(),
        }
      },
    }
  }
}

/** Wrappers of processors; java/Wrappers.java has the same. */
export const wrappers: Readonly<Record<string, ProcessorWrapper>> = {
  /** Prints the name of a node when it is wrapped, and for each of its records. */
  Printing: wrapper(
    (name, _stores, headers) => {
      process.stdout.write(`at ${name}\n`)
      return headers
    },
    () => ({}),
  ),
  /** Gives each record a header for each node that it passes. */
  Stamping: wrapper(
    (name, _stores, headers) => recordHeaders([...headers].map(({ key, value }) => [key, value] as const)).add('via', Buffer.from(name)),
    () => ({}),
  ),
  /** Counts the records of each node in a store of its own. */
  Counting: wrapper(
    (name, stores, headers) => {
      const rows = stores.seen as KeyValueStore<string, number>
      rows.put(name, (rows.get(name) ?? 0) + 1)
      return headers
    },
    (name) => ({ seen: keyValueStore(`seen-by-${name}`, { key: serdes.string, value: serdes.int64, supplier: 'in-memory' }) }),
  ),
}
