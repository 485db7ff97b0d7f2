import type { Timer } from '../../base/environment.ts'
import { ClusterError, isMillraceError, type MillraceError } from '../../base/errors.ts'
import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type {
  PartitionProduceData,
  PartitionProduceResponse,
  ProduceRequest,
  ProduceResponse,
  TopicProduceData,
} from '../../protocol/messages/produce.ts'
import { TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import type { Client } from '../client.ts'
import { kafkaError } from '../kafka-error.ts'
import type { Link } from '../link.ts'
import type { NodeLinks } from '../node-links.ts'
import type { ProducerIdentity } from './producer-identity.ts'
import type { ProducerBatch, TargetState } from './target-state.ts'
import { produceErrorClass } from './transaction-errors.ts'

/** What a sender needs to know of its producer. */
export interface SenderOptions {
  readonly transactionalId: string | null
  readonly lingerMs: number
  /** Whether an open batch goes at once when nothing is in flight to the leader of its partition. */
  readonly sendsWhenIdle: boolean
  readonly requestBytesMax: number
  readonly deliveryTimeoutMs: number
  readonly maxInFlight: number
}

/** Who decides for a sender. */
export interface SenderOwner {
  /** Whether open batches must go although they are not full: memory is short. */
  readonly isFull: boolean
  /** Versions of Produce to use. */
  produceVersions(): ApiVersionRange
  /** Under what to send to those of `targets` that may be sent to now; `null`: nothing may be sent now, the owner wakes the sender. */
  prepare(targets: readonly TargetState[]): ProducerIdentity | null
  /** Whether `prepare` was done for this partition. */
  mayProduceTo(target: TargetState): boolean
  /** A request is about to leave. */
  onSend(): void
  /** A new epoch for an idempotent producer, instead of `identity`. */
  bumpEpoch(identity: ProducerIdentity): ProducerIdentity | null
  /** The batch is written, or will never be: it counts no more. */
  onAcknowledged(batch: ProducerBatch): void
  /** The batch will never be written. True: try it again nevertheless. */
  onFailed(batch: ProducerBatch, error: ClusterError): boolean
  /** Too large for the broker. Puts two others in its place. */
  onSplit(batch: ProducerBatch): void
  /** Whether a batch may be sent again; else it is dropped by the owner. */
  onRetry(batch: ProducerBatch): boolean
  /** Nothing can be sent any more. */
  onFatal(error: MillraceError): void
  /** A request has ended. */
  onLanded(): void
}

interface NodeState {
  readonly nodeId: number
  inFlight: number
  isConnecting: boolean
  /** Partitions that it leads and that something may be sent of in this step; empty between steps. */
  readonly targets: TargetState[]
}

/** What a step sends with. */
interface StepTerms {
  readonly identity: ProducerIdentity
  readonly nowMs: number
}

/** Moves batches to the leaders of their partitions: up to `maxInFlight` requests per connection, one batch per partition and request (N§4.4). */
export class Sender {
  /** Partitions that have something on its way. */
  readonly active: Set<TargetState> = new Set()
  /** Requests in flight. */
  inFlightCount = 0
  readonly #client: Client
  readonly #options: SenderOptions
  readonly #owner: SenderOwner
  readonly #links: NodeLinks
  readonly #nodes = new Map<number, NodeState>()
  /** Counts the changes of the metadata. */
  #metadataVersion = 0
  readonly #stopListening: () => void
  readonly #onTurn = (): void => this.#step()
  #isStepPlanned = false
  #timer: Timer | null = null
  #timerAtMs = Infinity
  #rotation = 0
  #isClosed = false

  constructor(client: Client, options: SenderOptions, owner: SenderOwner) {
    this.#client = client
    this.#options = options
    this.#owner = owner
    this.#links = client.openLinks('produce')
    this.#stopListening = client.metadata.onUpdate(() => {
      this.#metadataVersion++
      this.wake()
    })
  }

  /** The first record of a batch was appended to `target`. */
  opened(target: TargetState): void {
    this.active.add(target)
    if (this.#options.sendsWhenIdle && this.#inFlightTo(target) === 0) this.wake()
    else this.wakeAfter(this.#options.lingerMs)
  }

  /** Something may be sent that could not be sent before. */
  wake(): void {
    if (this.#isStepPlanned || this.#isClosed) return
    this.#isStepPlanned = true
    this.#client.options.environment.scheduler.soon(this.#onTurn)
  }

  /** Looks again in `delayMs` at the latest. */
  wakeAfter(delayMs: number): void {
    if (delayMs <= 0) return this.wake()
    const { clock, scheduler } = this.#client.options.environment
    const atMs = clock.monotonic() + delayMs
    if (this.#isClosed || atMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = scheduler.after(delayMs, () => {
      this.#timerAtMs = Infinity
      this.#step()
    })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#stopListening()
    this.#client.closeLinks(this.#links)
  }

  #step(): void {
    this.#isStepPlanned = false
    if (this.#isClosed) return
    const nowMs = this.#nowMs()
    let nextAtMs = Infinity
    const ready: TargetState[] = []
    for (const target of this.active) {
      nextAtMs = Math.min(nextAtMs, this.#age(target, nowMs))
      if (target.isIdle) this.active.delete(target)
      else if (target.waiting.length > 0 || this.#mayCut(target)) ready.push(target)
    }
    if (nextAtMs < Infinity) this.wakeAfter(Math.max(1, nextAtMs - nowMs))
    if (ready.length === 0) return
    const identity = this.#owner.prepare(ready)
    if (identity !== null) this.#sendAll(ready, { identity: this.#bumpWhereNeeded(ready, identity), nowMs })
  }

  /** Closes what has lingered, gives up what is too old; returns when to look again. */
  #age(target: TargetState, nowMs: number): number {
    const { lingerMs, deliveryTimeoutMs } = this.#options
    if (target.open !== null && (nowMs - target.open.createdAtMs >= lingerMs || this.#owner.isFull)) target.close()
    let nextAtMs = target.open === null ? Infinity : target.open.createdAtMs + lingerMs
    if (target.retryAtMs > nowMs) nextAtMs = Math.min(nextAtMs, target.retryAtMs)
    if (deliveryTimeoutMs === Infinity) return nextAtMs
    const expired = target.findExpired(nowMs, deliveryTimeoutMs)
    if (expired !== null) for (const batch of expired) this.#expire(batch)
    return Math.min(nextAtMs, target.oldestWaitingMs + deliveryTimeoutMs)
  }

  /** Whether an open batch need not wait for more records. */
  #mayCut(target: TargetState): boolean {
    return this.#options.sendsWhenIdle && this.#inFlightTo(target) === 0
  }

  /** After a gap in the sequences of a partition everything that is left of it goes under a new epoch, once nothing is in flight. */
  #bumpWhereNeeded(targets: readonly TargetState[], identity: ProducerIdentity): ProducerIdentity {
    let present = identity
    for (const target of targets) {
      if (!target.mustBump || target.inFlightCount > 0) continue
      const bumped = target.identity === present ? this.#owner.bumpEpoch(present) : present
      if (bumped === null) continue
      present = bumped
      target.adopt(present)
    }
    return present
  }

  #sendAll(targets: readonly TargetState[], terms: StepTerms): void {
    const { identity, nowMs } = terms
    const nodes: NodeState[] = []
    for (const target of targets) {
      if (!this.#owner.mayProduceTo(target)) continue
      if (target.next(identity, nowMs) === null && !target.isQuiet(identity, nowMs)) continue
      const leaderId = this.#leaderOf(target)
      // Without a leader: metadata is being refreshed, since the topic is watched.
      if (leaderId < 0) continue
      const node = this.#node(leaderId)
      if (node.targets.length === 0) nodes.push(node)
      node.targets.push(target)
    }
    for (const node of nodes) this.#sendTo(node, terms)
    for (const node of nodes) node.targets.length = 0
  }

  #sendTo(node: NodeState, terms: StepTerms): void {
    const { targets } = node
    const link = this.#links.peek(node.nodeId)
    if (link === undefined) return this.#connect(node)
    const version = this.#version(link)
    if (version < 0) return
    // Those that are here for their open batch alone are led by a node to which nothing is in flight.
    for (const target of targets) if (target.isQuiet(terms.identity, terms.nowMs)) target.close()
    while (node.inFlight < this.#options.maxInFlight) {
      const batches = this.#drain(targets, terms)
      if (batches.length === 0) return
      this.#send(node, link, version, batches)
    }
  }

  /** One batch of each partition, as many as a request may have. */
  #drain(targets: readonly TargetState[], { identity, nowMs }: StepTerms): ProducerBatch[] {
    const batches: ProducerBatch[] = []
    let bytes = 0
    const start = this.#rotation++
    for (let index = 0; index < targets.length; index++) {
      const target = targets[(start + index) % targets.length]!
      const batch = target.next(identity, nowMs)
      if (batch === null) continue
      if (batches.length > 0 && bytes + batch.size > this.#options.requestBytesMax) break
      bytes += batch.size
      batches.push(target.take(identity))
    }
    return batches
  }

  // oxlint-disable-next-line max-params -- a request, its connection and the count that it belongs to
  #send(node: NodeState, link: Link, version: number, batches: readonly ProducerBatch[]): void {
    const { requestTimeoutMs } = this.#client.options
    const { transactionalId } = this.#options
    const request: ProduceRequest = { transactionalId, acks: -1, timeoutMs: requestTimeoutMs, topicData: topicData(batches) }
    node.inFlight++
    this.inFlightCount++
    this.#owner.onSend()
    link.send('Produce', version, request, requestTimeoutMs).then(
      (response) => this.#landed(node, batches, response),
      (error: unknown) => this.#landed(node, batches, null, error),
    )
  }

  // oxlint-disable-next-line max-params -- a request, its count, and how it ended
  #landed(node: NodeState, batches: readonly ProducerBatch[], response: ProduceResponse | null, failure?: unknown): void {
    node.inFlight--
    this.inFlightCount--
    for (const batch of batches) batch.target.landed(batch)
    if (response === null) this.#lost(batches, failure)
    else this.#answered(batches, response)
    this.#owner.onLanded()
    this.wake()
  }

  #lost(batches: readonly ProducerBatch[], failure: unknown): void {
    if (this.#isClosed) return
    const isUnsent = isMillraceError(failure) && failure.code === 'NOT_SENT'
    this.#client.metadata.invalidate()
    for (const batch of batches) {
      if (batch.isDone) continue
      if (!isUnsent) batch.wasSent = true
      this.#retry(batch)
    }
  }

  #answered(batches: readonly ProducerBatch[], response: ProduceResponse): void {
    this.#client.metadata.learnNodes(response.nodeEndpoints)
    const answers = answersOf(response)
    for (const batch of batches) {
      const isFirst = !batch.wasSent
      batch.wasSent = true
      if (batch.isDone) continue
      const answer = answers(batch.target)
      if (answer === undefined) this.#retry(batch)
      else if (answer.errorCode === kafka.NONE) {
        batch.areBytesFree = isFirst
        this.#acknowledge(batch, answer.baseOffset)
      } else this.#refused(batch, answer)
    }
  }

  #acknowledge(batch: ProducerBatch, baseOffset: number): void {
    batch.target.acknowledge(batch, baseOffset)
    this.#owner.onAcknowledged(batch)
  }

  #refused(batch: ProducerBatch, answer: PartitionProduceResponse): void {
    const { target } = batch
    const at = { topic: target.topic, partition: target.partition }
    const error = kafkaError(answer.errorCode, `write to '${at.topic}' partition ${at.partition}`, at)
    switch (produceErrorClass(answer.errorCode)) {
      case 'duplicate':
        return this.#acknowledge(batch, -1)
      case 'refresh':
        if (!this.#client.metadata.learnLeader(at.topic, at.partition, answer.currentLeader)) this.#client.metadata.invalidate(at.topic)
        return this.#retry(batch)
      case 'retry':
        return this.#retry(batch)
      case 'split':
        if (batch.recordCount > 1) return this.#owner.onSplit(batch)
        return this.#fail(batch, new ClusterError('RECORD_TOO_LARGE', error.message, { ...at, kafkaCode: answer.errorCode }))
      case 'sequence':
        return this.#outOfSequence(batch, answer, error)
      case 'epoch':
        if (this.#options.transactionalId !== null) return this.#fail(batch, error)
        target.mustBump = true
        return this.#retry(batch)
      case 'failed':
        return this.#fail(batch, error)
      case 'fenced':
        return this.#owner.onFatal(new ClusterError('PRODUCER_FENCED', error.message, { ...at, kafkaCode: answer.errorCode }))
      case 'fatal':
        return this.#owner.onFatal(error)
    }
  }

  /**
   * The broker does not have what came before (45), or knows nothing of the producer (59). A batch that is not the next one only waits for
   * those before it. For the next one the broker has lost its state: an idempotent producer begins anew under another epoch, a
   * transaction cannot go on (N§3.3, 3.5).
   */
  #outOfSequence(batch: ProducerBatch, answer: PartitionProduceResponse, error: ClusterError): void {
    const isUnknownLog = answer.errorCode === kafka.UNKNOWN_PRODUCER_ID && answer.logStartOffset < 0
    const isWaiting = answer.errorCode === kafka.OUT_OF_ORDER_SEQUENCE_NUMBER && !batch.target.isNextSequence(batch)
    if (isUnknownLog || isWaiting) return this.#retry(batch)
    if (this.#options.transactionalId !== null) return this.#fail(batch, error)
    batch.target.mustBump = true
    this.#retry(batch)
  }

  #retry(batch: ProducerBatch): void {
    const { target } = batch
    if (this.#nowMs() - batch.createdAtMs >= this.#options.deliveryTimeoutMs) return this.#expire(batch)
    if (!this.#owner.onRetry(batch)) return
    target.retryAtMs = this.#nowMs() + target.backoff.nextMs()
    target.requeue(batch)
  }

  #expire(batch: ProducerBatch): void {
    const { topic, partition } = batch.target
    const message = `Cannot write to '${topic}' partition ${partition}: not acknowledged within ${this.#options.deliveryTimeoutMs} ms`
    this.#fail(batch, new ClusterError('DELIVERY_TIMEOUT', message, { topic, partition }))
  }

  #fail(batch: ProducerBatch, error: ClusterError): void {
    const { target } = batch
    if (this.#owner.onFailed(batch, error)) {
      batch.createdAtMs = this.#nowMs()
      target.retryAtMs = this.#nowMs() + target.backoff.nextMs()
      if (!target.waiting.includes(batch)) target.requeue(batch)
      return
    }
    // Its sequences are used up, but the broker does not have them.
    if (batch.identity !== null) target.mustBump = true
    target.remove(batch)
  }

  #connect(node: NodeState): void {
    if (node.isConnecting) return
    node.isConnecting = true
    const connected = (): void => {
      node.isConnecting = false
      this.wake()
    }
    const failed = (error: unknown): void => {
      if (error instanceof ClusterError && error.code === 'CLIENT_CLOSED') return this.#owner.onFatal(error)
      // The leader may be gone for good.
      this.#client.metadata.invalidate()
      connected()
    }
    this.#links.get(node.nodeId).then(connected, failed)
  }

  #version(link: Link): number {
    const versions = this.#owner.produceVersions()
    try {
      return link.version('Produce', versions)
    } catch (error) {
      if (!isMillraceError(error)) throw error
      this.#owner.onFatal(error)
      return -1
    }
  }

  #node(nodeId: number): NodeState {
    let node = this.#nodes.get(nodeId)
    if (node === undefined) this.#nodes.set(nodeId, (node = { nodeId, inFlight: 0, isConnecting: false, targets: [] }))
    return node
  }

  /** Who leads the partition; -1: nobody. Looked up once for each state of the metadata. */
  #leaderOf(target: TargetState): number {
    if (target.leaderSeenAt !== this.#metadataVersion) {
      target.leaderSeenAt = this.#metadataVersion
      target.leaderId = this.#client.metadata.partition(target.topic, target.partition)?.leaderId ?? -1
    }
    return target.leaderId
  }

  /** Requests in flight to the leader of the partition. */
  #inFlightTo(target: TargetState): number {
    return this.#nodes.get(this.#leaderOf(target))?.inFlight ?? 0
  }

  #nowMs(): number {
    return this.#client.options.environment.clock.monotonic()
  }
}

/** The batches by topic, as a request has them. */
function topicData(batches: readonly ProducerBatch[]): TopicProduceData[] {
  const topics: OpenTopicData[] = []
  const byName = new Map<string, OpenTopicData>()
  for (const { target, bytes } of batches) {
    let topic = byName.get(target.topic)
    if (topic === undefined) {
      byName.set(target.topic, (topic = { name: target.topic, topicId: zeroUuid, partitionData: [] }))
      topics.push(topic)
    }
    topic.partitionData.push({ index: target.partition, records: bytes })
  }
  return topics
}

interface OpenTopicData extends TopicProduceData {
  readonly partitionData: PartitionProduceData[]
}

/** How to find what was answered for a partition. */
function answersOf({ responses }: ProduceResponse): (target: TargetState) => PartitionProduceResponse | undefined {
  const [first] = responses
  if (responses.length === 1 && first!.partitionResponses.length === 1) {
    const { name, partitionResponses } = first!
    const [answer] = partitionResponses
    return ({ topic, partition }) => (name === topic && answer!.index === partition ? answer : undefined)
  }
  const answers = new TopicPartitionMap<PartitionProduceResponse>()
  for (const { name, partitionResponses } of responses) for (const answer of partitionResponses) answers.set(name, answer.index, answer)
  return ({ topic, partition }) => answers.get(topic, partition)
}
