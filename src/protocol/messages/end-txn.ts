import type { ApiSchema } from '../schema.ts'

/** The request of `EndTxn`. */
export interface EndTxnRequest {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly committed: boolean
}

/** The response of `EndTxn`. */
export interface EndTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly producerId: number
  readonly producerEpoch: number
}

/** Commits or aborts a transaction. From version 5 the answer carries the bumped producer epoch. */
export const endTxnApi: ApiSchema = {
  name: 'EndTxn',
  key: 26,
  versions: [0, 5],
  flexibleSince: 3,
  request: [
    { name: 'transactionalId', type: 'string' },
    { name: 'producerId', type: 'int64' },
    { name: 'producerEpoch', type: 'int16' },
    { name: 'committed', type: 'bool' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'producerId', type: 'int64', since: 5, default: -1, ignorable: true },
    { name: 'producerEpoch', type: 'int16', since: 5, default: -1, ignorable: true },
  ],
}
