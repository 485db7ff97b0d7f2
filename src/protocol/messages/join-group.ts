import type { ApiSchema } from '../schema.ts'

/** The request of `JoinGroup`. */
export interface JoinGroupRequest {
  readonly groupId: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly JoinGroupRequestProtocol[]
  readonly reason: string | null
}

/** Part of `JoinGroupRequest.protocols`. */
export interface JoinGroupRequestProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** The response of `JoinGroup`. */
export interface JoinGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly JoinGroupResponseMember[]
}

/** Part of `JoinGroupResponse.members`. */
export interface JoinGroupResponseMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Buffer
}

/** Joins a group of the classic protocol and starts or takes part in its rebalance. */
export const joinGroupApi: ApiSchema = {
  name: 'JoinGroup',
  key: 11,
  versions: [0, 9],
  flexibleSince: 6,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'sessionTimeoutMs', type: 'int32' },
    { name: 'rebalanceTimeoutMs', type: 'int32', since: 1, default: -1, ignorable: true },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', since: 5, nullable: true, default: null },
    { name: 'protocolType', type: 'string' },
    {
      name: 'protocols',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'metadata', type: 'bytes' },
      ],
    },
    { name: 'reason', type: 'string', since: 8, nullable: true, default: null, ignorable: true },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 2, ignorable: true },
    { name: 'errorCode', type: 'int16' },
    { name: 'generationId', type: 'int32', default: -1 },
    { name: 'protocolType', type: 'string', since: 7, nullable: true, default: null, ignorable: true },
    { name: 'protocolName', type: 'string', nullable: 7 },
    { name: 'leader', type: 'string' },
    { name: 'skipAssignment', type: 'bool', since: 9 },
    { name: 'memberId', type: 'string' },
    {
      name: 'members',
      type: '[]struct',
      fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
        { name: 'metadata', type: 'bytes' },
      ],
    },
  ],
}
