import type { ApiSchema } from '../schema.ts'

/** The request of `LeaveGroup`. */
export interface LeaveGroupRequest {
  readonly groupId: string
  readonly memberId: string
  readonly members: readonly LeaveGroupMember[]
}

/** Part of `LeaveGroupRequest.members`. */
export interface LeaveGroupMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string | null
}

/** The response of `LeaveGroup`. */
export interface LeaveGroupResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly members: readonly LeaveGroupMemberResponse[]
}

/** Part of `LeaveGroupResponse.members`. */
export interface LeaveGroupMemberResponse {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly errorCode: number
}

/** Takes members out of a classic group: one up to version 2, several from 3. */
export const leaveGroupApi: ApiSchema = {
  name: 'LeaveGroup',
  key: 13,
  versions: [0, 5],
  flexibleSince: 4,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'memberId', type: 'string', until: 2 },
    {
      name: 'members',
      type: '[]struct',
      since: 3,
      fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', nullable: true, default: null },
        { name: 'reason', type: 'string', since: 5, nullable: true, default: null, ignorable: true },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    { name: 'errorCode', type: 'int16' },
    {
      name: 'members',
      type: '[]struct',
      since: 3,
      fields: [
        { name: 'memberId', type: 'string' },
        { name: 'groupInstanceId', type: 'string', nullable: true },
        { name: 'errorCode', type: 'int16' },
      ],
    },
  ],
}
