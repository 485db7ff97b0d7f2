import { QueryError, TopologyError } from '../base/errors.ts'
import type { QueryableApp, StoreInfo } from '../runtime/app/view.ts'

/** What there is to know of a store. Throws `TopologyError` `STORE_UNKNOWN`. */
export function infoOf(app: QueryableApp, name: string): StoreInfo {
  const info = app.storeInfos.get(name)
  if (info !== undefined) return info
  const known = Array.from(app.storeInfos.keys(), (store) => `"${store}"`).join(', ')
  throw new TopologyError(
    'STORE_UNKNOWN',
    `Cannot query store "${name}": the topology does not have it, it has ${known === '' ? 'none' : known}`,
    { store: name },
  )
}

/** Throws `QueryError` `STREAMS_NOT_STARTED` or `STREAMS_STOPPED` unless the instance was started and has not ended. */
export function requireAlive({ state }: QueryableApp, store: string): void {
  if (state === 'RUNNING' || state === 'REBALANCING') return
  if (state === 'CREATED') {
    throw new QueryError('STREAMS_NOT_STARTED', `Cannot query store "${store}": the instance is ${state}, call start() first`, { store })
  }
  throw new QueryError('STREAMS_STOPPED', `Cannot query store "${store}": the instance is ${state}, another one is required`, { store })
}
