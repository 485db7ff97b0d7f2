import type { ApiSchema } from '../schema.ts'

/** The request of `ListGroups`. */
export interface ListGroupsRequest {
  readonly statesFilter: readonly string[]
  readonly typesFilter: readonly string[]
}

/** The response of `ListGroups`. */
export interface ListGroupsResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly groups: readonly ListedGroup[]
}

/** Part of `ListGroupsResponse.groups`. */
export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: string
  readonly groupType: string
}

/** Lists the groups that a broker coordinates. */
export const listGroupsApi: ApiSchema = {
  name: 'ListGroups',
  key: 16,
  versions: [0, 5],
  flexibleSince: 3,
  request: [
    { name: 'statesFilter', type: '[]string', since: 4 },
    { name: 'typesFilter', type: '[]string', since: 5 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    { name: 'errorCode', type: 'int16' },
    {
      name: 'groups',
      type: '[]struct',
      fields: [
        { name: 'groupId', type: 'string' },
        { name: 'protocolType', type: 'string' },
        { name: 'groupState', type: 'string', since: 4, ignorable: true },
        { name: 'groupType', type: 'string', since: 5, ignorable: true },
      ],
    },
  ],
}
