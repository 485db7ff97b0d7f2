import type { ProcessingContext } from 'millrace'
import { type Item, text } from '../functions.ts'
import { BoomError } from '../options.ts'
import type { Stores } from './context.ts'

type Supplier = (context: ProcessingContext<Stores>) => (value: Item, key: Item) => Item

/** Functions of `transformValues` of a table, by name: what java/processors/Transformers.java has. All make texts, or nothing. */
export const transformers: Readonly<Record<string, Supplier>> = {
  text: () => (value) => text(value),
  keyAndValue: () => (value, key) => `${text(key)}=${text(value)}`,
  /** Keeps deletions. */
  present: () => (value) => (value === null ? null : text(value)),
  nullOnB: () => (value) => (value === 'b' ? null : text(value)),
  null: () => () => null,
  failOnX: () => (value) => {
    if (value === 'x') throw new BoomError()
    return text(value)
  },
  /** How often it was called: each supplied function counts by itself. */
  calls: () => {
    let calls = 0
    return (value) => `${++calls}:${text(value)}`
  },
  times: (context) => (value) => `${text(value)}@${context.streamTime}/${context.systemTime}`,
  /** Puts the value into the store `store`, and says what was there. */
  remember:
    ({ stores: { store } }) =>
    (value, key) => {
      const before = store.get(key)
      store.put(key, value)
      return `${text(before)}>${text(value)}`
    },
  /** Looks the key up in the store `store`. */
  lookup:
    ({ stores: { store } }) =>
    (value, key) =>
      `${text(value)}/${text(store.get(key))}`,
  /** What is refused. */
  forwards: (context) => (value, key) => {
    ;(context as unknown as { forward(key: Item, value: Item): void }).forward(key, value)
    return text(value)
  },
}
