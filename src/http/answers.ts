import type { ErrorCode } from '../base/error-codes.ts'
import { infoOf } from '../base/error-codes.ts'
import { isMillraceError, type MillraceError, QueryError } from '../base/errors.ts'
import type { HttpResponse } from '../base/http/http.ts'

/** The status of an answer that says why there is none; 500 for every other code. */
const statusOf: Partial<Readonly<Record<ErrorCode, number>>> = {
  REQUEST_INVALID: 400,
  QUERY_UNFIT: 400,
  PARTITION_UNCLEAR: 400,
  UNAUTHENTICATED: 401,
  ROW_NOT_FOUND: 404,
  STORE_UNKNOWN: 404,
  STORE_MIGRATED: 421,
  STORE_PARTITION: 421,
  REMOTE_REFUSED: 502,
  OWNER_UNKNOWN: 503,
  STORE_BEHIND: 503,
  STORE_NOT_AVAILABLE: 503,
  STREAMS_NOT_STARTED: 503,
  STREAMS_STOPPED: 503,
  TOO_BUSY: 503,
  QUERY_TIMED_OUT: 504,
}

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

/** An answer in JSON. Bytes become base64, big integers text. */
export function jsonAnswer(content: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  const body = Buffer.from(`${JSON.stringify(content, asJson)}\n`)
  return { status, headers: { ...common, 'content-type': 'application/json; charset=utf-8', ...headers }, body }
}

/** An answer in bytes. */
export function bytesAnswer(body: Uint8Array, type: string, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return { status: 200, headers: { ...common, 'content-type': type, ...headers }, body: Buffer.from(body) }
}

/** What an error becomes: code, message and remedy. What is no error of ours, or not about the request, is not told to strangers. */
export function errorAnswer(error: unknown): HttpResponse {
  const known = isMillraceError(error) && statusOf[error.code] !== undefined ? error : failed()
  const { code, message } = known
  const status = statusOf[code] ?? 500
  const retry = infoOf(code).retriable && status === 503 ? { 'retry-after': '1' } : {}
  const headers = status === 401 ? { 'www-authenticate': 'Bearer' } : retry
  return jsonAnswer({ error: { code, message, remedy: infoOf(code).remedy } }, status, headers)
}

/** Whether `errorAnswer` tells what `error` is. */
export function isTold(error: unknown): boolean {
  return isMillraceError(error) && statusOf[error.code] !== undefined
}

function failed(): MillraceError {
  return new QueryError('QUERY_FAILED', 'Cannot answer the request: the query failed, the log of the instance says why')
}

/** `this` has the value before `toJSON`, which Buffers have. */
function asJson(this: unknown, name: string, value: unknown): unknown {
  const before = typeof this === 'object' && this !== null ? (this as Readonly<Record<string, unknown>>)[name] : value
  if (before instanceof Uint8Array) return Buffer.from(before).toString('base64')
  return typeof value === 'bigint' ? value.toString() : value
}
