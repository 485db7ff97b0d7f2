import { ClusterError, isMillraceError, type MillraceError } from '../../base/errors.ts'
import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import type { Client } from '../client.ts'
import { kafkaError } from '../kafka-error.ts'
import { retrying } from '../retry.ts'
import { PRODUCER_EPOCH_MAX, type ProducerIdentity } from './producer-identity.ts'

const initVersions: ApiVersionRange = { min: 2, max: 5 }

/** The producer id of a producer without transactions: any broker gives one, and the producer bumps its epoch by itself (N§3.5). */
export class IdempotentSession {
  identity: ProducerIdentity | null = null
  readonly #client: Client
  #isAsking = false

  constructor(client: Client) {
    this.#client = client
  }

  /** Asks for an id unless that is under way, for as long as it takes; then calls one of the two. */
  request(onDone: () => void, onFatal: (error: MillraceError) => void): void {
    if (this.#isAsking) return
    this.#isAsking = true
    const asked = retrying(this.#client.options, Infinity, async () => {
      const answer = await this.#client.sendToAny('InitProducerId', initVersions, () => ({
        transactionalId: null,
        transactionTimeoutMs: 0,
        producerId: -1,
        producerEpoch: -1,
      }))
      if (answer.errorCode !== kafka.NONE) throw kafkaError(answer.errorCode, 'get a producer id')
      return { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
    })
    asked.then(
      (identity) => {
        this.#isAsking = false
        this.identity = identity
        onDone()
      },
      (error: unknown) => {
        this.#isAsking = false
        onFatal(isMillraceError(error) ? error : new ClusterError('REQUEST_REFUSED', 'Cannot get a producer id', { cause: error }))
      },
    )
  }

  /** The next epoch, at once; `null` when the epochs of this id are used up: `request` another one. */
  bump(): ProducerIdentity | null {
    const { producerId, producerEpoch } = this.identity!
    this.identity = producerEpoch >= PRODUCER_EPOCH_MAX ? null : { producerId, producerEpoch: producerEpoch + 1 }
    return this.identity
  }
}
