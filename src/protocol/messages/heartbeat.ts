import type { ApiSchema } from '../schema.ts'

/** The request of `Heartbeat`. */
export interface HeartbeatRequest {
  readonly groupId: string
  readonly generationId: number
  readonly memberId: string
  readonly groupInstanceId: string | null
}

/** The response of `Heartbeat`. */
export interface HeartbeatResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
}

/** Keeps a member of a classic group alive; error 27 tells it to join again. */
export const heartbeatApi: ApiSchema = {
  name: 'Heartbeat',
  key: 12,
  versions: [0, 4],
  flexibleSince: 4,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'generationId', type: 'int32' },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', since: 3, nullable: true, default: null },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 1, ignorable: true },
    { name: 'errorCode', type: 'int16' },
  ],
}
