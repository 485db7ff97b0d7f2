// The entry `millrace/http`: queries over HTTP.
export { serveQueries } from './serve-queries.ts'
export type { Authenticate } from '../http/query-api.ts'
export type { HttpQuestion } from '../base/http/http.ts'
export type { ServerTls } from '../http/query-server.ts'
export type { ServeQueriesOptions } from './serve-queries.ts'
export type { ServedQueries } from './serve-queries.ts'
