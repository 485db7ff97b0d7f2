import { ClusterError } from '../base/errors.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import { apiSchemas, type Api, findApi, type ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRange, Connection } from '../protocol/transport.ts'
import { clientSoftware } from './client-software.ts'
import type { BrokerAbilities } from './tcp-connection.ts'

/**
 * Asks a broker which APIs and versions it has and which features its cluster has finalized (KIP-35, KIP-511, KIP-584). A broker that does
 * not know our version of the question says which it knows, and is asked again. Rejects as `Connection.send`, with UNSUPPORTED_VERSION
 * where there is no common version, with REQUEST_REFUSED where the broker refuses.
 */
export async function negotiate(connection: Connection, timeoutMs: number): Promise<BrokerAbilities> {
  const [oldest, newest] = apiSchemas.ApiVersions.versions
  let response = await connection.send('ApiVersions', newest, clientSoftware, timeoutMs)
  if (response.errorCode === kafkaErrors.UNSUPPORTED_VERSION) {
    const offered = rangesOf(response).ApiVersions
    const version = Math.min(newest, offered?.max ?? oldest)
    if (version < Math.max(oldest, offered?.min ?? oldest)) {
      throw new ClusterError(
        'UNSUPPORTED_VERSION',
        `Cannot use ApiVersions version ${oldest} to ${newest}: the broker has versions ${offered?.min} to ${offered?.max}`,
      )
    }
    response = await connection.send('ApiVersions', version, clientSoftware, timeoutMs)
  }
  if (response.errorCode !== 0) {
    throw new ClusterError(
      'REQUEST_REFUSED',
      `Cannot learn the versions of the broker: it answered ApiVersions with ${response.errorCode}`,
      {
        kafkaCode: response.errorCode,
      },
    )
  }
  const features = response.finalizedFeaturesEpoch < 0 ? [] : response.finalizedFeatures
  return { versions: rangesOf(response), features: new Map(features.map(({ name, maxVersionLevel }) => [name, maxVersionLevel])) }
}

function rangesOf(response: ResponseOf<'ApiVersions'>): Partial<Record<Api, ApiVersionRange>> {
  const ranges: Partial<Record<Api, ApiVersionRange>> = {}
  for (const { apiKey, minVersion, maxVersion } of response.apiKeys) {
    const api = findApi(apiKey)
    if (api !== undefined) ranges[api] = { min: minVersion, max: maxVersion }
  }
  return ranges
}
