import { StoreError } from '../base/errors.ts'

/** The methods of stores that write. */
const writers: ReadonlySet<string> = new Set(['put', 'putIfAbsent', 'putAll', 'delete', 'remove'])
/** What only the owner of a store may do. */
const hidden: ReadonlySet<string> = new Set(['constructor', 'close'])

/** What is behind a store that was made read-only. */
const behind = new WeakMap<object, object>()

/**
 * `store` as processors see a global one: all that reads it, bound; what would write throws `StoreError` `STORE_READ_ONLY`. Operators get
 * to its rows by `storeBehind`.
 */
export function readOnlyStore(name: string, store: object): object {
  const face: Record<string, unknown> = {}
  const prototype = Object.getPrototypeOf(store) as object
  for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (hidden.has(key)) continue
    if (writers.has(key)) face[key] = () => refuse(name, key)
    else if (typeof descriptor.value === 'function') face[key] = (descriptor.value as (...given: unknown[]) => unknown).bind(store)
    else Object.defineProperty(face, key, { get: () => Reflect.get(prototype, key, store) as unknown, enumerable: true })
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
