import { type KeyValueStore, serdes, StreamRecord, type ValueAndTimestamp, type ValueTimestampHeaders } from 'millrace'
import { type Item, text } from '../functions.ts'
import { type Context, fixed, type FixedProcessorArea, keyed, type ProcessorArea } from './context.ts'

/** Processors with key-value stores. */
export const keyValueProcessors: ProcessorArea = {
  remember: keyed(({ stores: { store }, forward }, record) => {
    const before = store.get(record.key)
    store.put(record.key, record.value)
    forward(record.withValue(`${text(before)}>${text(record.value)}`).withTimestamp(record.timestamp + 1))
  }),
  rememberTimestamped: keyed(({ stores, forward }, record) => {
    const store = stores.store as unknown as KeyValueStore<Item, ValueAndTimestamp<Item>>
    const before = store.get(record.key)
    store.put(record.key, record.value === null ? null : { value: record.value, timestamp: record.timestamp })
    forward(record.withValue(before === null ? 'none' : `${text(before.value)}@${before.timestamp}`))
  }),
  rememberHeaders: keyed(({ stores, forward }, record) => {
    const store = stores.store as unknown as KeyValueStore<Item, ValueTimestampHeaders<Item>>
    const before = store.get(record.key)
    const { value, timestamp, headers } = record
    store.put(record.key, value === null ? null : { value, timestamp, headers })
    const kept = before === null ? [] : Array.from(before.headers, ({ key }) => key)
    forward(record.withValue(before === null ? 'none' : `${text(before.value)}@${before.timestamp} ${kept.join(' ')}`))
  }),
  firstOnly: keyed(({ stores: { store }, forward }, record) => {
    if (record.value !== null && store.putIfAbsent(record.key, record.value) === null) forward(record)
  }),
  deleteOld: keyed(({ stores: { store }, forward }, record) => {
    const before = store.delete(record.key)
    if (before === null) store.put(record.key, record.value)
    forward(record.withValue(text(before)))
  }),
  scan: keyed((context, record) => {
    context.stores.store.put(record.key, record.value)
    forwardAll(context, record.timestamp)
  }),
  scanTimer: (context) => {
    context.schedule(1000, 'wall-clock', (time) => forwardAll(context, time))
    return (record) => {
      if (record.key !== null) context.stores.store.put(record.key, record.value)
    }
  },
  tableLookup: keyed(({ stores: { store }, forward }, record) => {
    forward(record.withValue(`${text(record.value)}/${text(store.get(record.key))}`))
  }),
  /** Two stores: what the first held goes to the second. Cut off: a processor below may put the text into the first again. */
  shift: keyed(({ stores: { store, second }, forward }, record) => {
    const before = store.get(record.key)
    const older = second.get(record.key)
    if (before !== null) second.put(record.key, before)
    store.put(record.key, record.value)
    forward(record.withValue(`${text(older)}<${text(before)}<${text(record.value)}`.slice(-200)))
  }),
  /** Every method of a store, and every direction. Records without a value are left alone. */
  sweep: keyed((context, record) => {
    if (record.value !== null) context.forward(record.withValue(swept(context.stores.store, record.key, record.value)))
  }),
  /** As `sweep`, in a store of timestamps. */
  sweepTimestamped: keyed((context, record) => {
    const store = context.stores.store as unknown as KeyValueStore<Item, Item>
    const value = { value: record.value, timestamp: record.timestamp } as unknown as Item
    if (record.value !== null) context.forward(record.withValue(swept(store, record.key, value)))
  }),
  /** Counts the rows, which a store in memory knows. */
  count: keyed(({ stores: { store }, forward }, record) => {
    store.put(record.key, record.value)
    forward(record.withValue(String(store.approximateNumEntries)))
  }),
}

/** What a store gives after changes of all kinds. */
function swept(store: KeyValueStore<Item, Item>, key: Item, value: Item): string {
  store.putAll([
    [key, value],
    [`${text(key)}!`, value],
  ])
  const before = store.putIfAbsent(`${text(key)}?`, value)
  const gone = store.delete(`${text(key)}!`)
  const keys = (rows: Iterable<readonly [Item, Item]>): string => Array.from(rows, ([found]) => text(found)).join(' ')
  const forward = [
    store.all(),
    store.range(key, null),
    store.range(null, key),
    store.range('a', 'b'),
    store.prefixScan(text(key), serdes.string),
  ]
  return `${before === null} ${gone === null} ${forward.map(keys).join(' | ')}`
}

/** Of `processValues`. */
export const keyValueFixedProcessors: FixedProcessorArea = {
  remember: fixed(({ stores: { store }, forward }, record) => {
    if (record.key === null) return
    const before = store.get(record.key)
    store.put(record.key, record.value)
    forward(record.withValue(`${text(before)}>${text(record.value)}`).withTimestamp(record.timestamp + 1))
  }),
}

function forwardAll({ stores, forward }: Context, time: number): void {
  const rows = [...stores.store.all()]
  for (const [key, value] of rows) forward(new StreamRecord(key, value, time))
}
