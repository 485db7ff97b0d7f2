import { TopologyError } from '../base/errors.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { AnyStoreSpec } from '../topology/store-catalog.ts'
import { tableKeeper } from './table.ts'

/** The name of the store that a handle stands for. Throws `TopologyError` `STORE_MISSING` for a table that keeps no store. */
export function storeNameOf(handle: StoreHandle<unknown>): string {
  const keeper = tableKeeper(handle)
  // What is no table is a description of a store.
  if (keeper === null) return (handle as AnyStoreSpec).name
  if (keeper.storeName !== null) return keeper.storeName
  throw new TopologyError('STORE_MISSING', 'Cannot find the store of a table: it keeps none, required is its option "store"')
}
