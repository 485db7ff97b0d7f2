import type { ApiSchema } from '../schema.ts'

/** The request of `ApiVersions`. */
export interface ApiVersionsRequest {
  readonly clientSoftwareName: string
  readonly clientSoftwareVersion: string
}

/** The response of `ApiVersions`. */
export interface ApiVersionsResponse {
  readonly errorCode: number
  readonly apiKeys: readonly ApiVersion[]
  readonly throttleTimeMs: number
  readonly supportedFeatures: readonly SupportedFeatureKey[]
  readonly finalizedFeaturesEpoch: number
  readonly finalizedFeatures: readonly FinalizedFeatureKey[]
  readonly zkMigrationReady: boolean
}

/** Part of `ApiVersionsResponse.apiKeys`. */
export interface ApiVersion {
  readonly apiKey: number
  readonly minVersion: number
  readonly maxVersion: number
}

/** Part of `ApiVersionsResponse.supportedFeatures`. */
export interface SupportedFeatureKey {
  readonly name: string
  readonly minVersion: number
  readonly maxVersion: number
}

/** Part of `ApiVersionsResponse.finalizedFeatures`. */
export interface FinalizedFeatureKey {
  readonly name: string
  readonly maxVersionLevel: number
  readonly minVersionLevel: number
}

/** Tells which APIs and versions a broker has, and the features of the cluster. The response always has header version 0. */
export const apiVersionsApi: ApiSchema = {
  name: 'ApiVersions',
  key: 18,
  versions: [0, 4],
  flexibleSince: 3,
  request: [
    { name: 'clientSoftwareName', type: 'string', since: 3, ignorable: true },
    { name: 'clientSoftwareVersion', type: 'string', since: 3, ignorable: true },
  ],
  response: [
    { name: 'errorCode', type: 'int16' },
    {
      name: 'apiKeys',
      type: '[]struct',
      fields: [
        { name: 'apiKey', type: 'int16' },
        { name: 'minVersion', type: 'int16' },
        { name: 'maxVersion', type: 'int16' },
      ],
    },
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    {
      name: 'supportedFeatures',
      type: '[]struct',
      since: 3,
      tag: 0,
      ignorable: true,
      fields: [
        { name: 'name', type: 'string' },
        { name: 'minVersion', type: 'int16' },
        { name: 'maxVersion', type: 'int16' },
      ],
    },
    { name: 'finalizedFeaturesEpoch', type: 'int64', since: 3, tag: 1, default: -1, ignorable: true },
    {
      name: 'finalizedFeatures',
      type: '[]struct',
      since: 3,
      tag: 2,
      ignorable: true,
      fields: [
        { name: 'name', type: 'string' },
        { name: 'maxVersionLevel', type: 'int16' },
        { name: 'minVersionLevel', type: 'int16' },
      ],
    },
    { name: 'zkMigrationReady', type: 'bool', since: 3, tag: 3, ignorable: true },
  ],
}
