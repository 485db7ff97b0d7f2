import { ClusterError } from '../base/errors.ts'
import { type Api, apis, apiSchemas } from './messages.ts'
import type { ApiVersionRange, ApiVersionRanges } from './transport.ts'

/** The versions of `api` that Millrace can read and write. */
export function supportedVersions(api: Api): ApiVersionRange {
  const [min, max] = apiSchemas[api].versions
  return { min, max }
}

/** Everything that Millrace can read and write, by API. */
export const supportedApiVersions: ApiVersionRanges = Object.fromEntries(apis.map((api) => [api, supportedVersions(api)]))

/**
 * The version to send `api` with to a broker that accepts `ranges`: the highest that both know, within `limit` where a lower or higher
 * version would mean something else (e.g. `{ max: 4 }` for TxnOffsetCommit under the first transaction protocol). Throws `ClusterError`
 * `UNSUPPORTED_VERSION` when there is none.
 */
export function pickVersion(api: Api, ranges: ApiVersionRanges, limit: Partial<ApiVersionRange> = {}): number {
  const ours = supportedVersions(api)
  const min = Math.max(ours.min, limit.min ?? 0)
  const max = Math.min(ours.max, limit.max ?? Infinity)
  const theirs = ranges[api]
  if (theirs !== undefined) {
    const version = Math.min(max, theirs.max)
    if (version >= Math.max(min, theirs.min)) return version
  }
  const has = theirs === undefined ? 'the broker lacks this API' : `the broker accepts versions ${theirs.min} to ${theirs.max}`
  throw new ClusterError('UNSUPPORTED_VERSION', `Cannot send ${api}: ${has}, versions ${min} to ${max} are required`, { kafkaCode: 35 })
}
