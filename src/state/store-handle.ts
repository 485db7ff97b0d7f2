import { TopologyError } from '../base/errors.ts'

/** Carries the type of the store that a handle stands for; there is no such property at run time. */
export declare const storeType: unique symbol

/** Stands for a store of type `S`: a store spec, or a table that has a store. Typed, so that nothing is fetched by name and cast. */
export interface StoreHandle<out S> {
  readonly [storeType]: S
}

/** The name of the store that `handle` stands for: a description, or a table. Throws `STORE_MISSING` for a table that keeps none. */
export function storeNameOf(handle: StoreHandle<unknown>): string {
  // Descriptions have a name, tables the name of their store, `null` while they keep none.
  const given: unknown = handle
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`Cannot find a store by ${typeof given}: required is its description, or the table that keeps it`)
  }
  const { name, storeName } = given as { readonly name?: string; readonly storeName?: string | null }
  const found = storeName === undefined ? name : storeName
  if (typeof found === 'string') return found
  throw new TopologyError(
    'STORE_MISSING',
    'Cannot find the store of a table: it keeps none, required is the option "store" of the operator that makes it',
  )
}

/** Whether `handle` is a table: it then shows values alone, whatever its store was described to show. */
export function isTableHandle(handle: StoreHandle<unknown>): boolean {
  return 'storeName' in handle
}
