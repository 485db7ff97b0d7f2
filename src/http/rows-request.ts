import { PAGE_SIZE_MAX } from '../queries/remote/query-options.ts'
import type { RowsQuery } from '../queries/rows/rows-query.ts'
import { invalid, type Parameters } from './parameters.ts'

/** A request for rows of a store. */
export interface RowsRequest {
  readonly query: RowsQuery
  /** Whether only this instance may answer. */
  readonly isLocal: boolean
  /** `null`: that of the key, or all one after the other. */
  readonly partition: number | null
  readonly rowsMax: number
  /** The token of the page before. */
  readonly next: string | null
  readonly stale: boolean
  readonly maxLag: number | null
  /** `null`: as the instance is configured. */
  readonly isolation: 'read_uncommitted' | 'read_committed' | null
  readonly timeoutMs: number
}

const ROWS_DEFAULT = 100
const TIMEOUT_DEFAULT_MS = 10_000
const TIMEOUT_MAX_MS = 60_000
const PARTITION_MAX = 2 ** 31 - 1

/** Reads the request from its parameters. `kind` is the last part of the path. Throws `REQUEST_INVALID`. */
export function rowsRequest(kind: string, parameters: Parameters, writeKey: (key: unknown) => Uint8Array): RowsRequest {
  const query = rowsQuery(kind, parameters, writeKey)
  const request: RowsRequest = {
    query,
    isLocal: parameters.flag('local'),
    partition: parameters.integer('partition', 0, PARTITION_MAX),
    rowsMax: parameters.integer('limit', 1, PAGE_SIZE_MAX) ?? ROWS_DEFAULT,
    next: parameters.text('next'),
    stale: parameters.flag('stale'),
    maxLag: parameters.integer('maxLag', 0, Number.MAX_SAFE_INTEGER),
    isolation: parameters.choice('isolation', ['read_uncommitted', 'read_committed']),
    timeoutMs: parameters.integer('timeoutMs', 1, TIMEOUT_MAX_MS) ?? TIMEOUT_DEFAULT_MS,
  }
  parameters.requireKnown()
  return request
}

function rowsQuery(kind: string, parameters: Parameters, writeKey: (key: unknown) => Uint8Array): RowsQuery {
  const requiredKey = (): Uint8Array => {
    const key = parameters.key('key', writeKey)
    if (key === null) throw invalid('parameter "key" is missing, or "keyBase64"')
    return key
  }
  switch (kind) {
    case 'get':
      return { kind, key: requiredKey(), asOf: parameters.time('asOf') }
    case 'range':
      return { kind, from: parameters.key('from', writeKey), to: parameters.key('to', writeKey), reverse: parameters.flag('reverse') }
    case 'window':
      return { kind, key: requiredKey(), start: parameters.requiredTime('start') }
    case 'windows':
      return { kind, key: parameters.key('key', writeKey), ...timesIn(parameters) }
    case 'session':
      return { kind, key: requiredKey(), start: parameters.requiredTime('start'), end: parameters.requiredTime('end') }
    case 'sessions':
      return { kind, key: requiredKey(), ...timesIn(parameters) }
    default:
      throw invalid(`there is no "${kind}", required is get, range, window, windows, session, sessions or owner`)
  }
}

function timesIn(parameters: Parameters): { readonly from: number; readonly to: number; readonly reverse: boolean } {
  return { from: parameters.time('from') ?? 0, to: parameters.time('to') ?? Infinity, reverse: parameters.flag('reverse') }
}
