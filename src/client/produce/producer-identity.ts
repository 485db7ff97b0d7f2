/** A producer id with an epoch: sequences of every partition start at 0 under each new one. Two equal ones are the same object. */
export interface ProducerIdentity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** The last epoch that a client may use; the next step is a new id (N§3.4). */
export const PRODUCER_EPOCH_MAX = 32_766
