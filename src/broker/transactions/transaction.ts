// The state of one transactional id (N§3.4). All moves from one state to another go through `moveTo`.
import { assert } from '../../base/assert.ts'
import { TopicPartitionMap } from '../../protocol/topic-partition.ts'

/**
 * ```
 *            +--------------- InitProducerId ---------------+
 *            v                                              |
 *   (new) empty --add--> ongoing --commit--> prepare-commit --markers--> complete-commit
 *            |              |                                                |
 *            |              +----abort, time-out, fence---> prepare-abort --markers--> complete-abort
 *            +------------abort of nothing (TV2)----------------^
 * ```
 * A complete state takes `add` like empty does.
 */
export type TransactionState = 'empty' | 'ongoing' | 'prepare-commit' | 'prepare-abort' | 'complete-commit' | 'complete-abort'

/** The legal moves. */
export const transactionMoves: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  empty: ['empty', 'ongoing', 'prepare-abort'],
  ongoing: ['ongoing', 'prepare-commit', 'prepare-abort'],
  'prepare-commit': ['complete-commit'],
  'prepare-abort': ['complete-abort'],
  'complete-commit': ['empty', 'ongoing', 'prepare-abort'],
  'complete-abort': ['empty', 'ongoing', 'prepare-abort'],
}

/** A producer id with its epoch. */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly producerEpoch: number
}

/** No producer id, no epoch. */
export const NO_ID = -1
/** The last epoch that a client is given; the next bump takes a new producer id. */
export const LAST_CLIENT_EPOCH = 32_766

/** What the coordinator knows of a transactional id. */
export class Transaction {
  readonly transactionalId: string
  timeoutMs: number
  producerId: number
  producerEpoch: number
  /** The producer id before the last change of it, or -1. */
  previousProducerId: number = NO_ID
  /** The epoch before the last bump that a client asked for, or -1: lets it repeat the request. */
  lastProducerEpoch: number = NO_ID
  /** The producer id that takes over once the markers are written, when the epoch of the present one is used up; else -1. */
  nextProducerId: number = NO_ID
  /** The partitions with records of the open transaction. */
  readonly partitions: TopicPartitionMap<true> = new TopicPartitionMap<true>()
  /** The offsets partitions with pending offsets of the open transaction. */
  readonly offsetsPartitions: Set<number> = new Set()
  startedMs: number = NO_ID
  #state: TransactionState = 'empty'

  constructor(transactionalId: string, producerId: number, timeoutMs: number) {
    this.transactionalId = transactionalId
    this.producerId = producerId
    this.producerEpoch = NO_ID
    this.timeoutMs = timeoutMs
  }

  get state(): TransactionState {
    return this.#state
  }

  get isPreparing(): boolean {
    return this.#state === 'prepare-commit' || this.#state === 'prepare-abort'
  }

  get isEpochExhausted(): boolean {
    return this.producerEpoch >= LAST_CLIENT_EPOCH
  }

  moveTo(state: TransactionState): void {
    assert(transactionMoves[this.#state].includes(state), `A transaction moves from ${this.#state} to one of its next states`)
    this.#state = state
  }

  /** Opens the transaction if it is not open. */
  begin(nowMs: number): void {
    if (this.#state !== 'ongoing') this.startedMs = nowMs
    this.moveTo('ongoing')
  }

  /** The markers are written: the next transaction can begin. */
  complete(): void {
    this.moveTo(this.#state === 'prepare-commit' ? 'complete-commit' : 'complete-abort')
    this.partitions.clear()
    this.offsetsPartitions.clear()
    this.startedMs = NO_ID
    if (this.nextProducerId === NO_ID) return
    this.previousProducerId = this.producerId
    this.producerId = this.nextProducerId
    this.producerEpoch = 0
    this.lastProducerEpoch = LAST_CLIENT_EPOCH
    this.nextProducerId = NO_ID
  }
}
