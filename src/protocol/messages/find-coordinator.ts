import type { ApiSchema } from '../schema.ts'

/** The request of `FindCoordinator`. */
export interface FindCoordinatorRequest {
  readonly key: string
  readonly keyType: number
  readonly coordinatorKeys: readonly string[]
}

/** The response of `FindCoordinator`. */
export interface FindCoordinatorResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly coordinators: readonly FoundCoordinator[]
}

/** Part of `FindCoordinatorResponse.coordinators`. */
export interface FoundCoordinator {
  readonly key: string
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Finds the coordinator of groups (key type 0) or transactional ids (1): one key up to version 3, several from 4. */
export const findCoordinatorApi: ApiSchema = {
  name: 'FindCoordinator',
  key: 10,
  versions: [0, 6],
  flexibleSince: 3,
  request: [
    { name: 'key', type: 'string', until: 3 },
    { name: 'keyType', type: 'int8', since: 1 },
    { name: 'coordinatorKeys', type: '[]string', since: 4 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    { name: 'errorCode', type: 'int16', until: 3 },
    { name: 'errorMessage', type: 'string', since: 1, until: 3, nullable: true, ignorable: true },
    { name: 'nodeId', type: 'int32', until: 3 },
    { name: 'host', type: 'string', until: 3 },
    { name: 'port', type: 'int32', until: 3 },
    {
      name: 'coordinators',
      type: '[]struct',
      since: 4,
      fields: [
        { name: 'key', type: 'string' },
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true, ignorable: true },
      ],
    },
  ],
}
