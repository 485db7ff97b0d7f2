import { text } from '../functions.ts'
import { BoomError } from '../options.ts'
import { keyed, place, plain, type ProcessorArea } from './context.ts'

/** Processors that keep stores from topics, and that read global ones. */
export const globalProcessors: ProcessorArea = {
  keep: keyed(({ stores: { store } }, record) => store.put(record.key, record.value)),
  /** Also what has no key. */
  keepPlace: plain((context, record) =>
    context.stores.store.put(text(record.key), `${place(context)}:${text(record.value)}@${record.timestamp}`),
  ),
  keepCount: keyed(({ stores: { store } }, record) => store.put(record.key, `${text(store.get(record.key))}+`.slice(-12))),
  keepFailOnX: keyed(({ stores: { store } }, record) => {
    if (record.value === 'x') throw new BoomError()
    store.put(record.key, record.value)
  }),
  /** The row of the key that is the value. */
  lookUp: plain(({ stores: { store }, forward }, record) => {
    const row = record.value === null ? null : store.get(record.value)
    forward(record.withValue(`${text(record.value)}=${text(row)}`))
  }),
  lookUpAll: plain(({ stores: { store }, forward }, record) => {
    const rows = Array.from(store.all(), ([key, value]) => `${text(key)}:${text(value)}`)
    forward(record.withValue(rows.join(',')))
  }),
  /** The value of the row of the record's key, of a global table, whatever else its store keeps. */
  tableRow: keyed(({ stores: { store }, forward }, record) => {
    forward(record.withValue(`${text(record.value)}/${text(store.get(record.key))}`))
  }),
  lookUpAndWrite: plain(({ stores: { store } }, record) => {
    if (record.key !== null) store.put(record.key, record.value)
  }),
}
