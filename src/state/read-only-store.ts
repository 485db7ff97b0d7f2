import { StoreError } from '../base/errors.ts'

/** The methods of stores that write. */
const writers = ['put', 'putIfAbsent', 'putAll', 'delete', 'remove'] as const

/** What is behind a store that was made read-only. */
const behind = new WeakMap<object, object>()

/**
 * `view`, which has only methods that read, as processors see a global store: what would write throws `StoreError` `STORE_READ_ONLY`.
 * `store` is the store itself; operators get to its rows by it.
 */
export function readOnlyStore(name: string, view: object, store: object): object {
  const face: Record<string, unknown> = {}
  for (const method of writers) face[method] = () => refuse(name, method)
  const prototype = Object.getPrototypeOf(view) as object
  for (const [key, { value, get }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (key === 'constructor') continue
    if (typeof value === 'function') face[key] = (value as (...given: unknown[]) => unknown).bind(view)
    else if (get !== undefined) Object.defineProperty(face, key, { get: () => get.call(view) as unknown, enumerable: true })
  }
  behind.set(face, store)
  return Object.freeze(face)
}

/** The store behind one that is read-only; any other is given back as it is. */
export function storeBehind(store: unknown): unknown {
  return typeof store === 'object' && store !== null ? (behind.get(store) ?? store) : store
}

function refuse(store: string, method: string): never {
  throw new StoreError(
    'STORE_READ_ONLY',
    `Cannot ${method} in store "${store}": it is a global store, which only the processor that keeps it may write`,
    { store },
  )
}
