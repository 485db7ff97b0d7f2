import type { ApiSchema } from '../schema.ts'

/** The request of `CreateAcls`. */
export interface CreateAclsRequest {
  readonly creations: readonly AclCreation[]
}

/** Part of `CreateAclsRequest.creations`. */
export interface AclCreation {
  readonly resourceType: number
  readonly resourceName: string
  readonly resourcePatternType: number
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

/** The response of `CreateAcls`. */
export interface CreateAclsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly AclCreationResult[]
}

/** Part of `CreateAclsResponse.results`. */
export interface AclCreationResult {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Says who may do what, and who may not. */
export const createAclsApi: ApiSchema = {
  name: 'CreateAcls',
  key: 30,
  versions: [1, 3],
  flexibleSince: 2,
  request: [
    {
      name: 'creations',
      type: '[]struct',
      fields: [
        { name: 'resourceType', type: 'int8' },
        { name: 'resourceName', type: 'string' },
        { name: 'resourcePatternType', type: 'int8', since: 1, default: 3 },
        { name: 'principal', type: 'string' },
        { name: 'host', type: 'string' },
        { name: 'operation', type: 'int8' },
        { name: 'permissionType', type: 'int8' },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results',
      type: '[]struct',
      fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true },
      ],
    },
  ],
}
