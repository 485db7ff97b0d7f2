import type { ApiSchema } from '../schema.ts'

/** The request of `SyncGroup`. */
export interface SyncGroupRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly SyncGroupRequestAssignment[]
}

/** Part of `SyncGroupRequest.assignments`. */
export interface SyncGroupRequestAssignment {
  readonly memberId: string
  readonly assignment: Buffer
}

/** The response of `SyncGroup`. */
export interface SyncGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

/** Ends a rebalance of the classic protocol: the leader hands in the assignments, each member gets its own. */
export const syncGroupApi: ApiSchema = {
  name: 'SyncGroup',
  key: 14,
  versions: [0, 5],
  flexibleSince: 4,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'generationId', type: 'int32' },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', since: 3, nullable: true, default: null },
    { name: 'protocolType', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
    { name: 'protocolName', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
    {
      name: 'assignments',
      type: '[]struct',
      fields: [
        { name: 'memberId', type: 'string' },
        { name: 'assignment', type: 'bytes' },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    { name: 'errorCode', type: 'int16' },
    { name: 'protocolType', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
    { name: 'protocolName', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
    { name: 'assignment', type: 'bytes' },
  ],
}
