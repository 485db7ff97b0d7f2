import type { Isolation } from '../../state/kinds/read-ground.ts'
import type { RowsQuery } from '../rows/rows-query.ts'

/** The media type of rows as bytes (`encodeRows`). */
export const ROWS_TYPE = 'application/vnd.millrace.rows'

/** The header with the token of the next page. */
export const NEXT_HEADER = 'millrace-next'

/** How one instance asks another for a page of one partition. */
export interface PathOptions {
  readonly partition: number
  readonly rowsMax: number
  readonly after: string | null
  readonly isolation: Isolation
  readonly stale: boolean
  readonly maxLag: number | null
}

/** The path by which another instance is asked for rows that it has itself. */
export function rowsPath(store: string, query: RowsQuery, options: PathOptions): string {
  const search = new URLSearchParams({ local: 'true', ...queryParameters(query), limit: String(options.rowsMax) })
  if (options.partition >= 0) search.set('partition', String(options.partition))
  if (options.after !== null) search.set('next', options.after)
  search.set('isolation', options.isolation)
  if (options.stale) search.set('stale', 'true')
  if (options.maxLag !== null) search.set('maxLag', String(options.maxLag))
  return `/v1/stores/${encodeURIComponent(store)}/${query.kind}?${search.toString()}`
}

function queryParameters(query: RowsQuery): Record<string, string> {
  const parameters: Record<string, string> = {}
  const add = (name: string, value: number | boolean | null): void => {
    if (value !== null && value !== false && Number.isFinite(Number(value))) parameters[name] = String(value)
  }
  const addBytes = (name: string, bytes: Uint8Array | null): void => {
    if (bytes !== null) parameters[`${name}Base64`] = Buffer.from(bytes).toString('base64url')
  }
  if ('key' in query) addBytes('key', query.key)
  if ('reverse' in query) add('reverse', query.reverse)
  switch (query.kind) {
    case 'get':
      add('asOf', query.asOf)
      break
    case 'range':
      addBytes('from', query.from)
      addBytes('to', query.to)
      break
    case 'window':
      add('start', query.start)
      break
    case 'session':
      add('start', query.start)
      add('end', query.end)
      break
    case 'windows':
    case 'sessions':
      add('from', query.from)
      add('to', query.to)
  }
  return parameters
}
