import { TopologyError } from '../base/errors.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { StoreKeeper } from './store-openers.ts'

/** The name of the store that `handle` stands for: a description, or a table. Throws `STORE_MISSING` for a table that keeps none. */
export function storeNameOf(handle: StoreHandle<unknown>): string {
  const given = handle as unknown as Partial<StoreKeeper> & { readonly name?: string }
  const name = given.storeName === undefined ? given.name : given.storeName
  if (typeof name === 'string') return name
  throw new TopologyError(
    'STORE_MISSING',
    'Cannot find the store of a table: it keeps none, required is the option "store" of the operator that makes it',
  )
}
