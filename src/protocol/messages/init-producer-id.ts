import type { ApiSchema } from '../schema.ts'

/** The request of `InitProducerId`. */
export interface InitProducerIdRequest {
  readonly transactionalId: string | null
  readonly transactionTimeoutMs: number
  readonly producerId: number
  readonly producerEpoch: number
}

/** The response of `InitProducerId`. */
export interface InitProducerIdResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
}

/** Gives a producer its id and epoch and fences older producers of the same transactional id. */
export const initProducerIdApi: ApiSchema = {
  name: 'InitProducerId',
  key: 22,
  versions: [0, 5],
  flexibleSince: 2,
  request: [
    { name: 'transactionalId', type: 'string', nullable: true },
    { name: 'transactionTimeoutMs', type: 'int32' },
    { name: 'producerId', type: 'int64', since: 3, default: -1 },
    { name: 'producerEpoch', type: 'int16', since: 3, default: -1 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'producerId', type: 'int64', default: -1 },
    { name: 'producerEpoch', type: 'int16' },
  ],
}
