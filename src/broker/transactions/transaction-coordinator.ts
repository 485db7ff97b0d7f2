import type { Environment, Timer } from '../../base/environment.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { decideEnd, type EndRequest } from './end-decision.ts'
import { LAST_CLIENT_EPOCH, NO_ID, type ProducerIdAndEpoch, Transaction } from './transaction.ts'

/** Settings of transactions, by what Kafka calls them. */
export interface TransactionSettings {
  /** `transaction.max.timeout.ms`. */
  readonly timeoutMaxMs: number
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms`. */
  readonly scanIntervalMs: number
  /** The finalized `transaction.version`. */
  readonly version: 1 | 2
}

/** A decided transaction whose markers are to be written. */
export interface DecidedTransaction {
  readonly transaction: Transaction
  readonly producerId: number
  /** The epoch of the markers. */
  readonly producerEpoch: number
  readonly isCommit: boolean
}

/** Who writes the markers, later; calls `done` when the last one is written. */
export type MarkerWriter = (decided: DecidedTransaction, done: () => void) => void

/** A code, and the producer id and epoch that go with it (-1 where there are none). */
export interface ProducerIdAnswer extends ProducerIdAndEpoch {
  readonly errorCode: number
}

/** A request that belongs to a transaction. */
export interface TransactionRequest extends ProducerIdAndEpoch {
  readonly transactionalId: string
}

/** What is added to a transaction. */
export type TransactionTarget =
  | { readonly kind: 'partition'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'offsets'; readonly offsetsPartition: number }

/**
 * Coordinates all transactions of the cluster, whichever node they are on (N§3.4). Each decision is made at once, as if the transaction
 * log were written in no time; the markers come later.
 */
export class TransactionCoordinator {
  readonly #transactions = new Map<string, Transaction>()
  readonly #environment: Environment
  readonly #settings: TransactionSettings
  readonly #writeMarkers: MarkerWriter
  readonly #nextProducerId: () => number
  readonly #startedMs: number
  #scan: Timer | null = null

  constructor(environment: Environment, settings: TransactionSettings, nextProducerId: () => number, writeMarkers: MarkerWriter) {
    this.#environment = environment
    this.#settings = settings
    this.#nextProducerId = nextProducerId
    this.#writeMarkers = writeMarkers
    this.#startedMs = environment.clock.now()
  }

  /** What is known of a transactional id, for tests and invariants. */
  find(transactionalId: string): Transaction | undefined {
    return this.#transactions.get(transactionalId)
  }

  /** The transactional ids, in the order of their first use. */
  ids(): readonly string[] {
    return [...this.#transactions.keys()]
  }

  /** Answers InitProducerId with a transactional id. `expected`: what the client believes to have, -1 and -1 for a new session. */
  initProducerId(transactionalId: string, timeoutMs: number, expected: ProducerIdAndEpoch): ProducerIdAnswer {
    if (transactionalId === '') return failure(kafkaErrors.INVALID_REQUEST)
    if ((expected.producerId === NO_ID) !== (expected.producerEpoch === NO_ID)) return failure(kafkaErrors.INVALID_REQUEST)
    if (timeoutMs < 1 || timeoutMs > this.#settings.timeoutMaxMs) return failure(kafkaErrors.INVALID_TRANSACTION_TIMEOUT)
    const transaction = this.#open(transactionalId, timeoutMs)
    if (transaction.isPreparing) return failure(kafkaErrors.CONCURRENT_TRANSACTIONS)
    if (!isKnownProducer(transaction, expected)) return failure(kafkaErrors.PRODUCER_FENCED)
    if (transaction.state === 'ongoing') {
      this.#fence(transaction)
      return failure(kafkaErrors.CONCURRENT_TRANSACTIONS)
    }
    return this.#bumpEpoch(transaction, timeoutMs, expected)
  }

  /** Answers AddPartitionsToTxn and AddOffsetsToTxn, and a partition leader that adds a partition itself (TV2). */
  add(request: TransactionRequest, targets: readonly TransactionTarget[]): number {
    const transaction = this.#transactions.get(request.transactionalId)
    const problem = this.#problemOf(transaction, request)
    if (problem !== kafkaErrors.NONE || transaction === undefined) return problem
    transaction.begin(this.#environment.clock.now())
    for (const target of targets) {
      if (target.kind === 'partition') transaction.partitions.set(target.topic, target.partition, true)
      else transaction.offsetsPartitions.add(target.offsetsPartition)
    }
    this.#scanLater()
    return kafkaErrors.NONE
  }

  /** Whether `target` is part of the ongoing transaction (TV1): 0, or 120 and the codes of `add`. */
  verify(request: TransactionRequest, target: TransactionTarget): number {
    const transaction = this.#transactions.get(request.transactionalId)
    const problem = this.#problemOf(transaction, request)
    if (problem !== kafkaErrors.NONE || transaction === undefined) return problem
    const isPart =
      target.kind === 'partition'
        ? transaction.partitions.has(target.topic, target.partition)
        : transaction.offsetsPartitions.has(target.offsetsPartition)
    return isPart && transaction.state === 'ongoing' ? kafkaErrors.NONE : kafkaErrors.TRANSACTION_ABORTABLE
  }

  /** Answers EndTxn. `bumpsEpoch`: version 5 and up (TV2). */
  end(request: EndRequest): ProducerIdAnswer {
    const transaction = this.#transactions.get(request.transactionalId)
    if (transaction === undefined) return failure(kafkaErrors.INVALID_PRODUCER_ID_MAPPING)
    const decision = decideEnd(transaction, request)
    switch (decision.kind) {
      case 'refuse':
        return failure(decision.errorCode)
      case 'repeat':
        return {
          errorCode: kafkaErrors.NONE,
          producerId: request.bumpsEpoch ? transaction.producerId : NO_ID,
          producerEpoch: request.bumpsEpoch ? transaction.producerEpoch : NO_ID,
        }
      case 'end':
        return this.#end(transaction, request.isCommit, request.bumpsEpoch)
    }
  }

  /** Fences the producer of a transactional id, as another producer with that id would: a transaction that is open is aborted. */
  fence(transactionalId: string): boolean {
    const transaction = this.#transactions.get(transactionalId)
    if (transaction === undefined || transaction.isPreparing) return false
    if (transaction.state === 'ongoing') this.#fence(transaction)
    else this.#bumpEpoch(transaction, transaction.timeoutMs, { producerId: NO_ID, producerEpoch: NO_ID })
    return true
  }

  /** Stops the timer. */
  close(): void {
    this.#scan?.cancel()
    this.#scan = null
  }

  #open(transactionalId: string, timeoutMs: number): Transaction {
    let transaction = this.#transactions.get(transactionalId)
    if (transaction === undefined) {
      transaction = new Transaction(transactionalId, this.#nextProducerId(), timeoutMs)
      this.#transactions.set(transactionalId, transaction)
    }
    return transaction
  }

  #problemOf(transaction: Transaction | undefined, request: TransactionRequest): number {
    if (request.transactionalId === '') return kafkaErrors.INVALID_REQUEST
    if (transaction === undefined || transaction.producerId !== request.producerId) return kafkaErrors.INVALID_PRODUCER_ID_MAPPING
    if (transaction.producerEpoch !== request.producerEpoch) return kafkaErrors.PRODUCER_FENCED
    return transaction.isPreparing ? kafkaErrors.CONCURRENT_TRANSACTIONS : kafkaErrors.NONE
  }

  #bumpEpoch(transaction: Transaction, timeoutMs: number, expected: ProducerIdAndEpoch): ProducerIdAnswer {
    const isNewSession = expected.producerId === NO_ID
    const current = transaction.producerEpoch
    if (transaction.isEpochExhausted && (isNewSession || expected.producerEpoch === current)) {
      transaction.previousProducerId = transaction.producerId
      transaction.lastProducerEpoch = isNewSession ? NO_ID : current
      transaction.producerId = this.#nextProducerId()
      transaction.producerEpoch = 0
    } else if (isNewSession || current === NO_ID || expected.producerEpoch === current) {
      transaction.lastProducerEpoch = isNewSession ? NO_ID : current
      transaction.producerEpoch = current + 1
    } else if (expected.producerEpoch !== transaction.lastProducerEpoch) {
      return failure(kafkaErrors.PRODUCER_FENCED)
    }
    transaction.timeoutMs = timeoutMs
    transaction.moveTo('empty')
    return { errorCode: kafkaErrors.NONE, producerId: transaction.producerId, producerEpoch: transaction.producerEpoch }
  }

  /** Aborts an open transaction for another than its producer, whose epoch is thereby over. */
  #fence(transaction: Transaction): void {
    // With version 2 the producer that was fenced may still ask for the epoch that took over from its own.
    transaction.lastProducerEpoch = this.#settings.version === 2 ? transaction.producerEpoch : NO_ID
    transaction.producerEpoch++
    this.#decide(transaction, false)
  }

  #end(transaction: Transaction, isCommit: boolean, bumpsEpoch: boolean): ProducerIdAnswer {
    if (!bumpsEpoch) {
      this.#decide(transaction, isCommit)
      return { errorCode: kafkaErrors.NONE, producerId: NO_ID, producerEpoch: NO_ID }
    }
    if (transaction.isEpochExhausted) transaction.nextProducerId = this.#nextProducerId()
    transaction.lastProducerEpoch = transaction.producerEpoch
    transaction.producerEpoch++
    const answer =
      transaction.nextProducerId === NO_ID
        ? { producerId: transaction.producerId, producerEpoch: transaction.producerEpoch }
        : { producerId: transaction.nextProducerId, producerEpoch: 0 }
    this.#decide(transaction, isCommit)
    return { errorCode: kafkaErrors.NONE, ...answer }
  }

  #decide(transaction: Transaction, isCommit: boolean): void {
    transaction.moveTo(isCommit ? 'prepare-commit' : 'prepare-abort')
    const { producerId, producerEpoch } = transaction
    this.#writeMarkers({ transaction, producerId, producerEpoch, isCommit }, () => transaction.complete())
  }

  /** Time-outs are looked for at fixed intervals from the start of the cluster, while there is something that can time out. */
  #scanLater(): void {
    if (this.#scan !== null) return
    const { scanIntervalMs } = this.#settings
    const sinceLastMs = (this.#environment.clock.now() - this.#startedMs) % scanIntervalMs
    this.#scan = this.#environment.scheduler.after(Math.max(1, scanIntervalMs - sinceLastMs), () => {
      this.#scan = null
      this.#abortTimedOut()
    })
  }

  #abortTimedOut(): void {
    const nowMs = this.#environment.clock.now()
    let isOneOpen = false
    for (const transaction of this.#transactions.values()) {
      if (transaction.state !== 'ongoing') continue
      if (nowMs - transaction.startedMs > transaction.timeoutMs) this.#fence(transaction)
      else isOneOpen = true
    }
    if (isOneOpen) this.#scanLater()
  }
}

function failure(errorCode: number): ProducerIdAnswer {
  return { errorCode, producerId: NO_ID, producerEpoch: NO_ID }
}

function isKnownProducer(transaction: Transaction, expected: ProducerIdAndEpoch): boolean {
  if (expected.producerId === NO_ID || transaction.producerEpoch === NO_ID) return true
  if (expected.producerId === transaction.producerId) return true
  return expected.producerId === transaction.previousProducerId && expected.producerEpoch >= LAST_CLIENT_EPOCH
}
