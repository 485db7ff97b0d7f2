import type { ApiSchema } from '../schema.ts'

/** The request of `DeleteGroups`. */
export interface DeleteGroupsRequest {
  readonly groupsNames: readonly string[]
}

/** The response of `DeleteGroups`. */
export interface DeleteGroupsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly DeletableGroupResult[]
}

/** Part of `DeleteGroupsResponse.results`. */
export interface DeletableGroupResult {
  readonly groupId: string
  readonly errorCode: number
}

/** Deletes empty groups with their offsets. */
export const deleteGroupsApi: ApiSchema = {
  name: 'DeleteGroups',
  key: 42,
  versions: [0, 2],
  flexibleSince: 2,
  request: [{ name: 'groupsNames', type: '[]string' }],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results',
      type: '[]struct',
      fields: [
        { name: 'groupId', type: 'string' },
        { name: 'errorCode', type: 'int16' },
      ],
    },
  ],
}
