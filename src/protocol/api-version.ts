import { type Api, apiSchemas } from './messages.ts'
import type { ApiVersionRange } from './transport.ts'

/** The versions of `api` that Millrace can read and write. */
export function supportedVersions(api: Api): ApiVersionRange {
  const [min, max] = apiSchemas[api].versions
  return { min, max }
}
