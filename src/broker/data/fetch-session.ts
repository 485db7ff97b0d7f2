// Incremental fetches (KIP-227, N§4.3): the node remembers which partitions a client wants and what it was told of them last.
import { kafkaErrors } from '../../protocol/kafka-errors.ts'

/** A partition that a fetch asks for. `topicId` is the zero id below version 13, `topic` is '' from there on. */
export interface WantedPartition {
  readonly topic: string
  readonly topicId: string
  readonly partition: number
  readonly leaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly bytesMax: number
}

/** What a client was told last; -1: nothing yet. */
export interface ToldPartition {
  wanted: WantedPartition
  highWatermark: number
  lastStableOffset: number
  logStart: number
}

/** The partitions of one session, in the order in which they are served. */
export class FetchSession {
  readonly id: number
  readonly usesTopicIds: boolean
  /** The epoch that the next request must have. */
  nextEpoch = 1
  readonly #partitions = new Map<string, ToldPartition>()

  constructor(id: number, usesTopicIds: boolean) {
    this.id = id
    this.usesTopicIds = usesTopicIds
  }

  /** In the order in which they are to be served. */
  get partitions(): IterableIterator<ToldPartition> {
    return this.#partitions.values()
  }

  /** One from which every partition was taken ends. */
  get isEmpty(): boolean {
    return this.#partitions.size === 0
  }

  /** Adds a partition at the end, or changes what is wanted of it. */
  want(wanted: WantedPartition): void {
    const key = keyOf(wanted.topic, wanted.topicId, wanted.partition)
    const told = this.#partitions.get(key)
    if (told === undefined) this.#partitions.set(key, { wanted, highWatermark: -1, lastStableOffset: -1, logStart: -1 })
    else told.wanted = wanted
  }

  forget(topic: string, topicId: string, partition: number): void {
    this.#partitions.delete(keyOf(topic, topicId, partition))
  }

  /** Puts a partition that got its share behind all others. */
  rotate(told: ToldPartition): void {
    const { topic, topicId, partition } = told.wanted
    const key = keyOf(topic, topicId, partition)
    if (!this.#partitions.delete(key)) return
    this.#partitions.set(key, told)
  }
}

function keyOf(topic: string, topicId: string, partition: number): string {
  return `${topic === '' ? topicId : topic}:${partition}`
}

/** `max.incremental.fetch.session.cache.slots` */
const SLOTS = 1_000
const EPOCH_MAX = 0x7fff_ffff

/** The sessions of one node, least recently used first. */
export class FetchSessions {
  readonly #sessions = new Map<number, FetchSession>()
  readonly #drawId: () => number

  /** `drawId` gives a random positive int32. */
  constructor(drawId: () => number) {
    this.#drawId = drawId
  }

  /** Opens a session; the one that was not used for the longest time makes room. */
  open(usesTopicIds: boolean): FetchSession {
    let id = this.#drawId()
    while (id === 0 || this.#sessions.has(id)) id = this.#drawId()
    const session = new FetchSession(id, usesTopicIds)
    this.#sessions.set(id, session)
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= SLOTS) break
      this.#sessions.delete(oldest)
    }
    return session
  }

  /** The session for an incremental request, which counts as its use; or the code that the request gets. */
  use(id: number, epoch: number, usesTopicIds: boolean): FetchSession | number {
    const session = this.#sessions.get(id)
    if (session === undefined) return kafkaErrors.FETCH_SESSION_ID_NOT_FOUND
    if (session.usesTopicIds !== usesTopicIds) return kafkaErrors.FETCH_SESSION_TOPIC_ID_ERROR
    if (session.nextEpoch !== epoch) return kafkaErrors.INVALID_FETCH_SESSION_EPOCH
    session.nextEpoch = epoch === EPOCH_MAX ? 1 : epoch + 1
    this.#sessions.delete(id)
    this.#sessions.set(id, session)
    return session
  }

  close(id: number): void {
    this.#sessions.delete(id)
  }

  /** What a restart of the node does. */
  loseAll(): void {
    this.#sessions.clear()
  }
}
