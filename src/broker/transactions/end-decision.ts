// The two tables of EndTxn (N§3.4), one per transaction version.
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { LAST_CLIENT_EPOCH, type ProducerIdAndEpoch, type Transaction } from './transaction.ts'

/** An EndTxn request. */
export interface EndRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
  readonly isCommit: boolean
  /** Version 5 and up: the answer carries the next epoch (TV2). */
  readonly bumpsEpoch: boolean
}

/** What to do: end the transaction, answer that it has ended, or refuse. */
export type EndDecision = { readonly kind: 'end' } | { readonly kind: 'repeat' } | { readonly kind: 'refuse'; readonly errorCode: number }

const end: EndDecision = { kind: 'end' }
const repeat: EndDecision = { kind: 'repeat' }

/** Decides an EndTxn request for a transaction in any state. */
export function decideEnd(transaction: Transaction, request: EndRequest): EndDecision {
  return request.bumpsEpoch ? decideSecondVersion(transaction, request) : decideFirstVersion(transaction, request)
}

function decideFirstVersion(transaction: Transaction, request: EndRequest): EndDecision {
  if (transaction.producerId !== request.producerId) return refuse(kafkaErrors.INVALID_PRODUCER_ID_MAPPING)
  if (transaction.producerEpoch !== request.producerEpoch) return refuse(kafkaErrors.PRODUCER_FENCED)
  switch (transaction.state) {
    case 'ongoing':
      return end
    case 'complete-commit':
      return request.isCommit ? repeat : refuse(kafkaErrors.INVALID_TXN_STATE)
    case 'complete-abort':
      return request.isCommit ? refuse(kafkaErrors.INVALID_TXN_STATE) : repeat
    case 'prepare-commit':
      return refuse(request.isCommit ? kafkaErrors.CONCURRENT_TRANSACTIONS : kafkaErrors.INVALID_TXN_STATE)
    case 'prepare-abort':
      return refuse(request.isCommit ? kafkaErrors.INVALID_TXN_STATE : kafkaErrors.CONCURRENT_TRANSACTIONS)
    case 'empty':
      return refuse(kafkaErrors.INVALID_TXN_STATE)
  }
}

function decideSecondVersion(transaction: Transaction, request: EndRequest): EndDecision {
  const isCurrent = transaction.producerEpoch === request.producerEpoch
  const isBumpRetry = transaction.producerEpoch === request.producerEpoch + 1
  const isOverflowRetry =
    transaction.previousProducerId === request.producerId && request.producerEpoch === LAST_CLIENT_EPOCH && transaction.producerEpoch === 0
  if (transaction.producerId !== request.producerId && !isOverflowRetry) return refuse(kafkaErrors.INVALID_PRODUCER_ID_MAPPING)
  const isRetry = isBumpRetry || isOverflowRetry
  if (!isValidEpoch(transaction, isCurrent, isBumpRetry, isOverflowRetry)) return refuse(kafkaErrors.PRODUCER_FENCED)
  switch (transaction.state) {
    case 'ongoing':
      return end
    case 'empty':
      return request.isCommit ? refuse(kafkaErrors.INVALID_TXN_STATE) : end
    case 'complete-commit':
      if (request.isCommit) return isRetry ? repeat : refuse(kafkaErrors.INVALID_TXN_STATE)
      return isRetry ? refuse(kafkaErrors.INVALID_TXN_STATE) : end
    case 'complete-abort':
      if (request.isCommit) return refuse(kafkaErrors.INVALID_TXN_STATE)
      return isRetry ? repeat : end
    case 'prepare-commit':
      return refuse(request.isCommit ? kafkaErrors.CONCURRENT_TRANSACTIONS : kafkaErrors.INVALID_TXN_STATE)
    case 'prepare-abort':
      return refuse(request.isCommit ? kafkaErrors.INVALID_TXN_STATE : kafkaErrors.CONCURRENT_TRANSACTIONS)
  }
}

function isValidEpoch(transaction: Transaction, isCurrent: boolean, isBumpRetry: boolean, isOverflowRetry: boolean): boolean {
  if (transaction.isPreparing) return isBumpRetry
  if (transaction.state === 'ongoing' || transaction.state === 'empty') return isCurrent
  return isCurrent || isBumpRetry || isOverflowRetry
}

function refuse(errorCode: number): EndDecision {
  return { kind: 'refuse', errorCode }
}
