import type { ApiSchema } from '../schema.ts'

/** The request of `DescribeConfigs`. */
export interface DescribeConfigsRequest {
  readonly resources: readonly DescribeConfigsResource[]
  readonly includeSynonyms: boolean
  readonly includeDocumentation: boolean
}

/** Part of `DescribeConfigsRequest.resources`. */
export interface DescribeConfigsResource {
  readonly resourceType: number
  readonly resourceName: string
  readonly configurationKeys: readonly string[] | null
}

/** The response of `DescribeConfigs`. */
export interface DescribeConfigsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly DescribeConfigsResult[]
}

/** Part of `DescribeConfigsResponse.results`. */
export interface DescribeConfigsResult {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
  readonly configs: readonly DescribeConfigsResourceResult[]
}

/** Part of `DescribeConfigsResult.configs`. */
export interface DescribeConfigsResourceResult {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: readonly DescribeConfigsSynonym[]
  readonly configType: number
  readonly documentation: string | null
}

/** Part of `DescribeConfigsResourceResult.synonyms`. */
export interface DescribeConfigsSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

/** Reads the configs of topics (resource type 2), brokers (4) and groups (32). */
export const describeConfigsApi: ApiSchema = {
  name: 'DescribeConfigs',
  key: 32,
  versions: [1, 4],
  flexibleSince: 4,
  request: [
    {
      name: 'resources',
      type: '[]struct',
      fields: [
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        { name: 'configurationKeys', type: '[]string', nullable: true },
      ],
    },
    { name: 'includeSynonyms', type: 'bool' },
    { name: 'includeDocumentation', type: 'bool', since: 3 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results',
      type: '[]struct',
      fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true },
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        {
          name: 'configs',
          type: '[]struct',
          fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: true },
            { name: 'readOnly', type: 'bool' },
            { name: 'configSource', type: 'int8', default: -1 },
            { name: 'isSensitive', type: 'bool' },
            {
              name: 'synonyms',
              type: '[]struct',
              fields: [
                { name: 'name', type: 'string' },
                { name: 'value', type: 'string', nullable: true },
                { name: 'source', type: 'int8' },
              ],
            },
            { name: 'configType', type: 'int8', since: 3, ignorable: true },
            { name: 'documentation', type: 'string', since: 3, nullable: true, ignorable: true },
          ],
        },
      ],
    },
  ],
}
