import { type Duration, durationMs } from '../../base/durations.ts'
import type { HttpTls } from '../../base/http/http.ts'
import type { Partitioner } from '../../model/partitioner.ts'
import type { Isolation } from '../../state/kinds/read-ground.ts'

/** How a store is asked, wherever it is. */
export interface QueryOptions {
  /** Ends the query. */
  readonly signal?: AbortSignal | undefined
  /** How long it may take, moves of tasks included. Of a scan: each page. Default 10 s. */
  readonly timeout?: Duration | undefined
  /** Whether standbys and restoring tasks may answer where the active task does not. Default false. */
  readonly stale?: boolean | undefined
  /** How many changelog records a standby may be behind to answer; implies `stale`. Default any number. */
  readonly maxLag?: number | undefined
  /** Default `defaultInteractiveQueryIsolationLevel`, which is `read_uncommitted` by default. */
  readonly isolationLevel?: Isolation | undefined
}

/** Options of all queries of a store that is asked wherever it is. */
export interface RemoteStoreOptions<in K = unknown> extends QueryOptions {
  /** By which the records of the source topic were partitioned, where that is not murmur2 of the key bytes. It gets `null` for the value. */
  readonly partitioner?: Partitioner<K, null> | undefined
  /** Headers of the requests to other instances: credentials, as the option `authenticate` of their servers wants them. Default none. */
  readonly headers?: Readonly<Record<string, string>> | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
  /** The other instances are asked by HTTPS, so: as the option `tls` of their servers wants it; `{}` trusts the authorities that Node knows. Default HTTP. */
  readonly tls?: HttpTls | undefined
  /** Rows per page of a scan, 1 to 10,000. Default 1,000. */
  readonly pageSize?: number | undefined
}

/** `RemoteStoreOptions` with defaults. */
export interface ResolvedQueryOptions {
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly stale: boolean
  readonly maxLag: number | null
  readonly isolation: Isolation
  readonly pageSize: number
}

const TIMEOUT_MS = 10_000
const PAGE_SIZE = 1_000

/** The greatest page. */
export const PAGE_SIZE_MAX = 10_000

/** The options of one query over those of its store. `isolation`: the default. Throws `RangeError` for numbers that are none of their kind. */
export function resolveQueryOptions(ofStore: RemoteStoreOptions<never>, ofQuery: QueryOptions, isolation: Isolation): ResolvedQueryOptions {
  const { timeout, maxLag, stale, isolationLevel, signal } = { ...ofStore, ...ofQuery }
  const { pageSize = PAGE_SIZE } = ofStore
  if (maxLag !== undefined && !(maxLag >= 0)) throw new RangeError(`Cannot query with maxLag ${maxLag}: required is a number from 0 on`)
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > PAGE_SIZE_MAX) {
    throw new RangeError(`Cannot query with pageSize ${pageSize}: required is a whole number from 1 to ${PAGE_SIZE_MAX}`)
  }
  return {
    signal,
    timeoutMs: timeout === undefined ? TIMEOUT_MS : durationMs(timeout, 'timeout'),
    stale: stale === true || maxLag !== undefined,
    maxLag: maxLag ?? null,
    isolation: isolationLevel ?? isolation,
    pageSize,
  }
}
