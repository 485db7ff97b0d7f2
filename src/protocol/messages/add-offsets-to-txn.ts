import type { ApiSchema } from '../schema.ts'

/** The request of `AddOffsetsToTxn`. */
export interface AddOffsetsToTxnRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly groupId: string
}

/** The response of `AddOffsetsToTxn`. */
export interface AddOffsetsToTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
}

/** Adds the offsets partition of a group to a transaction (first protocol version). */
export const addOffsetsToTxnApi: ApiSchema = {
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: [0, 4],
  flexibleSince: 3,
  request: [
    { name: 'transactionalId', type: 'string' },
    { name: 'producerId', type: 'int64' },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'groupId', type: 'string' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
  ],
}
