import { assert } from '../../base/assert.ts'
import { sleep } from '../../base/environment.ts'
import { ClusterError, isMillraceError, type MillraceError, TaskError } from '../../base/errors.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { Backoff } from '../backoff.ts'
import { byTopic } from '../by-topic.ts'
import type { Client } from '../client.ts'
import { Coordinator } from '../coordinator.ts'
import type { GroupMetadata } from '../group-metadata.ts'
import { isUnauthorized } from '../kafka-error.ts'
import type { OffsetToCommit } from '../offset-to-commit.ts'
import { isPassing } from '../retry.ts'
import { type ProducerIdentity } from './producer-identity.ts'
import { transactionErrorClass, type TransactionStep } from './transaction-errors.ts'

/**
 * - `new`: no producer id yet, or the last one is of no use any more: only `init` is allowed.
 * - `ready`: between transactions.
 * - `open`: a transaction has begun.
 * - `abortable`: it can only be aborted.
 */
export type TransactionState = 'new' | 'ready' | 'open' | 'abortable'

/** What a session is made of. */
export interface TransactionOptions {
  readonly transactionalId: string
  readonly transactionTimeoutMs: number
  /** How long one step may take, retries included. */
  readonly maxBlockMs: number
}

/** An error code in an answer: 0 where there is none. `first` is what the answer says as a whole or of its first refused part. */
type ReadCode<A extends Api> = (response: ResponseOf<A>) => number

interface Ask<A extends Api> {
  readonly step: TransactionStep
  readonly api: A
  readonly versions: ApiVersionRange
  readonly coordinator: Coordinator
  readonly deadlineMs: number
  /** How long to wait after 51 (CONCURRENT_TRANSACTIONS); default: the back-off. */
  readonly concurrentWaitMs?: number
  request(version: number): RequestOf<A>
  readonly read: ReadCode<A>
}

/** The time was up. `wasSent`: a request may have had an effect. */
class StepTimeout extends Error {
  override readonly name = 'StepTimeout'
  readonly wasSent: boolean
  constructor(wasSent: boolean, cause: unknown) {
    super('the time was up', { cause })
    this.wasSent = wasSent
  }
}

const v1 = { produce: { min: 8, max: 11 }, offsets: { min: 3, max: 4 }, end: { min: 1, max: 4 } } as const
const v2 = { produce: { min: 12, max: 12 }, offsets: { min: 5, max: 5 }, end: { min: 5, max: 5 } } as const
const initVersions: ApiVersionRange = { min: 3, max: 5 }
/** 4 and later are for brokers among themselves. */
const addPartitionsVersions: ApiVersionRange = { min: 3, max: 3 }
const addOffsetsVersions: ApiVersionRange = { min: 1, max: 4 }
/** While markers of the last transaction are written, the first partitions of the next are asked for this often (N§3.2). */
const CONCURRENT_WAIT_MS = 20

/**
 * The conversation of one transactional producer with its coordinators, in both versions of the protocol (N§3.2, 3.3). Knows nothing of
 * batches: the producer flushes before it ends a transaction. Requests go one after the other.
 */
export class TransactionSession {
  state: TransactionState = 'new'
  /** Why the transaction, or the session, cannot go on; `null` while it can. */
  error: MillraceError | null = null
  identity: ProducerIdentity | null = null
  /** Which version the transaction that is open uses; fixed when it begins. */
  usesV2 = false
  /** Whether the coordinator may know of the transaction, so that it must be ended. */
  hasStarted = false
  /** Whether the epoch must be bumped before anything is produced. */
  mustBump = false
  readonly #client: Client
  readonly #options: TransactionOptions
  readonly #coordinator: Coordinator
  readonly #groups = new Map<string, Coordinator>()
  readonly #backoff: Backoff
  #wasUsed = false
  /** Moves with each `init`: what an earlier session still waits for does not count any more. */
  #generation = 0

  constructor(client: Client, options: TransactionOptions) {
    this.#client = client
    this.#options = options
    this.#coordinator = new Coordinator(client, 'transaction', options.transactionalId)
    const { retryBackoffMs, retryBackoffMaxMs, environment } = client.options
    this.#backoff = new Backoff(retryBackoffMs, retryBackoffMaxMs, environment.random)
  }

  /** Versions of Produce that belong to the transaction that is open. */
  get produceVersions(): ApiVersionRange {
    return this.usesV2 ? v2.produce : v1.produce
  }

  /** Gets a producer id under a new epoch and fences whoever had the last one. What was open is aborted by the coordinator. */
  async init(): Promise<void> {
    this.#generation++
    this.state = 'new'
    this.hasStarted = false
    this.mustBump = false
    await this.#initProducerId({ producerId: -1, producerEpoch: -1 })
    this.error = null
    this.state = 'ready'
  }

  /** Begins a transaction: nothing is sent. */
  begin(): void {
    assert(this.state === 'ready', 'a transaction begins when the last one has ended')
    const usedV2 = this.usesV2
    this.usesV2 = this.#supportsV2()
    // The epoch of a version 1 transaction may still be in use by its markers (N§3.2).
    if (this.usesV2 && !usedV2 && this.#wasUsed) this.mustBump = true
    this.hasStarted = false
    this.state = 'open'
  }

  /** Bumps the own epoch: what was sent under the old one cannot arrive any more. */
  async bump(): Promise<void> {
    await this.#initProducerId(this.identity!)
    this.mustBump = false
  }

  /** Version 1: adds partitions before anything is produced to them. Rejects TRANSACTION_ABORTABLE, PRODUCER_FENCED, ... */
  async addPartitions(partitions: readonly TopicPartition[], isFirst: boolean): Promise<void> {
    this.hasStarted = true
    const topics = [...byTopic(partitions)].map(([name, list]) => ({ name, partitions: list.map(({ partition }) => partition) }))
    await this.#ask({
      step: 'addPartitions',
      api: 'AddPartitionsToTxn',
      versions: addPartitionsVersions,
      coordinator: this.#coordinator,
      deadlineMs: this.#deadlineMs(),
      ...(isFirst ? { concurrentWaitMs: CONCURRENT_WAIT_MS } : {}),
      request: () => ({ transactions: [], ...this.#v3Names(), v3AndBelowTopics: topics }),
      read: (response) => worstCode('addPartitions', partitionCodes(response.resultsByTopicV3AndBelow)),
    })
  }

  /** Makes the positions part of the transaction. Rejects TRANSACTION_ABORTABLE, TASK_MIGRATED, PRODUCER_FENCED, ... */
  async addOffsets(offsets: readonly OffsetToCommit[], group: GroupMetadata): Promise<void> {
    this.hasStarted = true
    const deadlineMs = this.#deadlineMs()
    if (!this.usesV2) {
      await this.#ask({
        step: 'addOffsets',
        api: 'AddOffsetsToTxn',
        versions: addOffsetsVersions,
        coordinator: this.#coordinator,
        deadlineMs,
        request: () => ({ transactionalId: this.#options.transactionalId, ...this.identity!, groupId: group.groupId }),
        read: (response) => response.errorCode,
      })
    }
    let rest = offsets
    await this.#ask({
      step: 'commitOffsets',
      api: 'TxnOffsetCommit',
      versions: this.usesV2 ? v2.offsets : v1.offsets,
      coordinator: this.#groupCoordinator(group.groupId),
      deadlineMs,
      request: () => this.#offsetsRequest(rest, group),
      read: (response) => {
        const failed = new Map<string, Map<number, number>>()
        for (const { name, partitions } of response.topics) {
          failed.set(name, new Map(partitions.map(({ partitionIndex, errorCode }) => [partitionIndex, errorCode])))
        }
        // Only what is not confirmed is asked again.
        rest = rest.filter(({ topic, partition }) => failed.get(topic)?.get(partition) !== kafka.NONE)
        const codes = rest.map(({ topic, partition }) => failed.get(topic)?.get(partition) ?? kafka.COORDINATOR_NOT_AVAILABLE)
        return worstCode('commitOffsets', codes)
      },
    })
  }

  /**
   * Ends the transaction. A commit rejects with TRANSACTION_ABORTABLE where it is certain that it has not happened, PRODUCER_FENCED, or
   * COMMIT_OUTCOME_UNKNOWN; an abort with PRODUCER_FENCED or OUTCOME_UNKNOWN. After all but the first only `init` helps.
   */
  async end(isCommit: boolean): Promise<void> {
    try {
      if (this.hasStarted) await this.#endStarted(isCommit)
    } catch (error) {
      if (isCommit || this.error?.code !== 'PRODUCER_FENCED') throw error
      // Refused is also who aborts what the coordinator has not heard of: in version 2 while it writes the markers of the last transaction
      // (90), in version 1 when no partition was added (48). Who was really fenced is refused here too (N§3.4).
      await this.bump()
    }
    this.error = null
    this.state = 'ready'
  }

  /** The transaction can only be aborted. */
  failTransaction(error: MillraceError): void {
    if (this.state !== 'open') return
    this.state = 'abortable'
    this.error = error
  }

  /** Nothing but `init` helps. */
  failSession(error: MillraceError): void {
    this.state = 'new'
    this.error = error
  }

  close(): void {
    this.#coordinator.close()
    for (const coordinator of this.#groups.values()) coordinator.close()
  }

  async #endStarted(isCommit: boolean): Promise<void> {
    const { producerId, producerEpoch } = this.identity!
    let answer: ResponseOf<'EndTxn'>
    try {
      answer = await this.#ask({
        step: isCommit ? 'commit' : 'abort',
        api: 'EndTxn',
        versions: this.usesV2 ? v2.end : v1.end,
        coordinator: this.#coordinator,
        deadlineMs: this.#deadlineMs(),
        request: () => ({ transactionalId: this.#options.transactionalId, producerId, producerEpoch, committed: isCommit }),
        read: (response) => response.errorCode,
      })
    } finally {
      this.#wasUsed = true
    }
    // Version 2 bumps the epoch with each end; -1 means that the broker did not.
    if (this.usesV2 && answer.producerId >= 0) this.identity = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  async #initProducerId(present: ProducerIdentity): Promise<void> {
    const generation = this.#generation
    const answer = await this.#ask({
      step: 'init',
      api: 'InitProducerId',
      versions: initVersions,
      coordinator: this.#coordinator,
      deadlineMs: this.#deadlineMs(),
      request: () => ({
        transactionalId: this.#options.transactionalId,
        transactionTimeoutMs: this.#options.transactionTimeoutMs,
        producerId: present.producerId,
        producerEpoch: present.producerEpoch,
      }),
      read: (response) => response.errorCode,
    })
    if (generation !== this.#generation) return
    this.identity = { producerId: answer.producerId, producerEpoch: answer.producerEpoch }
  }

  /** Version 2 needs the feature, and the requests that go with it. Without a connection nothing is known to have changed. */
  #supportsV2(): boolean {
    const link = this.#coordinator.openLink
    if (link === null) return this.usesV2
    const level = link.features.get('transaction.version') ?? 0
    return level >= 2 && link.findVersion('EndTxn', v2.end) >= 0 && link.findVersion('Produce', v2.produce) >= 0
  }

  #groupCoordinator(groupId: string): Coordinator {
    let coordinator = this.#groups.get(groupId)
    if (coordinator === undefined) this.#groups.set(groupId, (coordinator = new Coordinator(this.#client, 'group', groupId)))
    return coordinator
  }

  #v3Names(): Omit<RequestOf<'AddPartitionsToTxn'>, 'transactions' | 'v3AndBelowTopics'> {
    const { producerId, producerEpoch } = this.identity!
    return {
      v3AndBelowTransactionalId: this.#options.transactionalId,
      v3AndBelowProducerId: producerId,
      v3AndBelowProducerEpoch: producerEpoch,
    }
  }

  #offsetsRequest(offsets: readonly OffsetToCommit[], group: GroupMetadata): RequestOf<'TxnOffsetCommit'> {
    const topics = [...byTopic(offsets)].map(([name, list]) => ({
      name,
      partitions: list.map(({ partition, offset, leaderEpoch, metadata }) => ({
        partitionIndex: partition,
        committedOffset: offset,
        committedLeaderEpoch: leaderEpoch,
        committedMetadata: metadata,
      })),
    }))
    return {
      transactionalId: this.#options.transactionalId,
      groupId: group.groupId,
      ...this.identity!,
      generationId: group.generation,
      memberId: group.memberId,
      groupInstanceId: group.instanceId,
      topics,
    }
  }

  #deadlineMs(): number {
    return this.#client.options.environment.clock.monotonic() + this.#options.maxBlockMs
  }

  /** Asks until the answer has no error; throws what the error means, after the state was changed accordingly. */
  async #ask<A extends Api>(ask: Ask<A>): Promise<ResponseOf<A>> {
    const generation = this.#generation
    let wasUnanswered = false
    try {
      return await this.#retry(ask, () => (wasUnanswered = true))
    } catch (error) {
      if (generation !== this.#generation) throw error
      throw this.#failed(ask.step, error, wasUnanswered)
    }
  }

  async #retry<A extends Api>(ask: Ask<A>, onUnanswered: () => void): Promise<ResponseOf<A>> {
    const { clock, scheduler } = this.#client.options.environment
    const generation = this.#generation
    this.#backoff.reset()
    let wasSent = false
    for (;;) {
      let cause: unknown
      let waitMs = this.#backoff.nextMs()
      try {
        const timeoutMs = Math.min(this.#client.options.requestTimeoutMs, Math.max(1, ask.deadlineMs - clock.monotonic()))
        const { response } = await ask.coordinator.send(ask.api, ask.versions, (version) => ask.request(version), { timeoutMs })
        wasSent = true
        const code = ask.read(response)
        if (code === kafka.NONE) return response
        const meaning = transactionErrorClass(ask.step, code)
        cause = codeError(ask.step, code)
        if (meaning !== 'retry' && meaning !== 'rediscover') throw cause
        if (meaning === 'rediscover') ask.coordinator.invalidate()
        if (code === kafka.CONCURRENT_TRANSACTIONS && ask.concurrentWaitMs !== undefined) waitMs = ask.concurrentWaitMs
      } catch (error) {
        if (!isPassing(error)) throw error
        cause = error
        if (isMillraceError(error) && error.code === 'OUTCOME_UNKNOWN') {
          wasSent = true
          onUnanswered()
        }
      }
      if (clock.monotonic() + waitMs >= ask.deadlineMs) throw new StepTimeout(wasSent, cause)
      await sleep(scheduler, waitMs)
      if (generation !== this.#generation) throw new StepTimeout(wasSent, cause)
    }
  }

  /** Changes the state and gives the error for the caller. */
  #failed(step: TransactionStep, error: unknown, wasUnanswered: boolean): unknown {
    const failure = typedFailure(step, error, wasUnanswered)
    if (failure.code === 'TRANSACTION_ABORTABLE' || failure.code === 'TASK_MIGRATED') this.failTransaction(failure)
    else this.failSession(failure)
    return failure
  }
}

/** An answer of the coordinator, before it is known what it means for the caller. */
class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

const stepNames: Readonly<Record<TransactionStep, string>> = {
  init: 'initialise the producer',
  addPartitions: 'add partitions to the transaction',
  addOffsets: 'add offsets to the transaction',
  commitOffsets: 'commit offsets within the transaction',
  commit: 'commit the transaction',
  abort: 'abort the transaction',
}

function codeError(step: TransactionStep, code: number): AnswerError {
  return new AnswerError(code, `Cannot ${stepNames[step]}: the cluster answered ${kafkaErrorName(code)}`)
}

/** The outcome of a failed step as the caller sees it. */
function typedFailure(step: TransactionStep, error: unknown, wasUnanswered: boolean): MillraceError {
  // A commit was asked for and not answered: whatever a later try was told, the first may have been done.
  const isUnknown = step === 'commit' && (wasUnanswered || (error instanceof StepTimeout && error.wasSent))
  if (isUnknown) {
    return new ClusterError('COMMIT_OUTCOME_UNKNOWN', 'Cannot tell whether the transaction was committed: the request was not answered', {
      cause: error,
    })
  }
  if (error instanceof AnswerError) {
    const meaning = transactionErrorClass(step, error.code)
    const details = { kafkaCode: error.code }
    if (meaning === 'abortable') return new ClusterError('TRANSACTION_ABORTABLE', error.message, details)
    if (meaning === 'migrated') return new TaskError('TASK_MIGRATED', error.message, details)
    if (meaning === 'fenced') return new ClusterError('PRODUCER_FENCED', error.message, details)
    if (isUnauthorized(error.code)) return new ClusterError('NOT_AUTHORIZED', error.message, details)
    return new ClusterError('REQUEST_REFUSED', error.message, details)
  }
  if (error instanceof StepTimeout) return timeoutFailure(step, error)
  if (isMillraceError(error)) return error
  throw error
}

function timeoutFailure(step: TransactionStep, { cause, wasSent }: StepTimeout): MillraceError {
  const message = `Cannot ${stepNames[step]}: the time is up`
  // Nothing is committed as long as the end was not asked for.
  if (step !== 'init' && step !== 'abort') return new ClusterError('TRANSACTION_ABORTABLE', message, { cause })
  return new ClusterError(wasSent ? 'OUTCOME_UNKNOWN' : 'NOT_SENT', message, { cause })
}

function partitionCodes(topics: ResponseOf<'AddPartitionsToTxn'>['resultsByTopicV3AndBelow']): number[] {
  return topics.flatMap(({ resultsByPartition }) => resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode))
}

/** Of several codes the one that decides: what does not pass before what does; 55 only says that another partition failed. */
function worstCode(step: TransactionStep, codes: readonly number[]): number {
  const failed = codes.filter((code) => code !== kafka.NONE)
  const decisive = failed.filter((code) => {
    const meaning = transactionErrorClass(step, code)
    return meaning !== 'retry' && meaning !== 'rediscover'
  })
  return decisive.find((code) => code !== kafka.OPERATION_NOT_ATTEMPTED) ?? decisive[0] ?? failed[0] ?? kafka.NONE
}
