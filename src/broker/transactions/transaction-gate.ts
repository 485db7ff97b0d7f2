import type { CoordinatorPlacement } from '../coordinator-placement.ts'
import type { OffsetTransaction } from '../group-host.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { TransactionCoordinator, TransactionRequest, TransactionTarget } from './transaction-coordinator.ts'

/** The first versions whose requests add to a transaction by themselves (TV2), and that understand 120. */
const PRODUCE_ADDS = 12
const PRODUCE_KNOWS_ABORTABLE = 11
const OFFSETS_ADD = 5
const OFFSETS_KNOW_ABORTABLE = 4

/**
 * Where the leaders of partitions ask whether something belongs to a transaction that is going on. The first transaction version only
 * verifies what the client has added before, the second adds it (N§3.4 rule 5).
 */
export class TransactionGate {
  readonly #coordinator: TransactionCoordinator
  readonly #transactions: CoordinatorPlacement
  readonly #groups: CoordinatorPlacement

  constructor(coordinator: TransactionCoordinator, transactions: CoordinatorPlacement, groups: CoordinatorPlacement) {
    this.#coordinator = coordinator
    this.#transactions = transactions
    this.#groups = groups
  }

  /** Whether producers of this version of Produce bump their epoch with every transaction. */
  bumpsEpochs(version: number): boolean {
    return version >= PRODUCE_ADDS
  }

  /** The code of a transactional batch for a partition without an open transaction of its producer. */
  joinPartition(request: TransactionRequest, target: TransactionTarget, version: number): number {
    const adds = version >= PRODUCE_ADDS
    const code = this.#ask(request, target, adds)
    switch (code) {
      case kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS:
        return kafkaErrors.NOT_ENOUGH_REPLICAS
      case kafkaErrors.CONCURRENT_TRANSACTIONS:
        return adds ? code : kafkaErrors.NOT_ENOUGH_REPLICAS
      case kafkaErrors.TRANSACTION_ABORTABLE:
        return version >= PRODUCE_KNOWS_ABORTABLE ? code : kafkaErrors.INVALID_TXN_STATE
      default:
        return code
    }
  }

  /** The code of a TxnOffsetCommit. */
  joinOffsets(transaction: OffsetTransaction): number {
    const adds = transaction.version >= OFFSETS_ADD
    const offsetsPartition = this.#groups.partitionOf(transaction.groupId)
    const code = this.#ask(transaction, { kind: 'offsets', offsetsPartition }, adds)
    switch (code) {
      case kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS:
        return kafkaErrors.COORDINATOR_NOT_AVAILABLE
      case kafkaErrors.CONCURRENT_TRANSACTIONS:
        return adds ? code : kafkaErrors.COORDINATOR_NOT_AVAILABLE
      case kafkaErrors.TRANSACTION_ABORTABLE:
        return transaction.version >= OFFSETS_KNOW_ABORTABLE ? code : kafkaErrors.INVALID_TXN_STATE
      default:
        return code
    }
  }

  #ask(request: TransactionRequest, target: TransactionTarget, adds: boolean): number {
    if (this.#transactions.isLoading(request.transactionalId)) return kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS
    const code = adds ? this.#coordinator.add(request, [target]) : this.#coordinator.verify(request, target)
    return code === kafkaErrors.PRODUCER_FENCED ? kafkaErrors.INVALID_PRODUCER_EPOCH : code
  }
}
