import type {
  FetchPartitionData,
  FetchPartition as FetchPartitionRequest,
  FetchRequest,
  FetchTopic,
  ForgottenTopic,
} from '../../protocol/messages/fetch.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import type { FetchPartition } from './fetch-partition.ts'

/** What is asked of one partition. */
export interface FetchTarget {
  readonly partition: FetchPartition
  readonly topicId: string
  /** -1 unknown. */
  readonly leaderEpoch: number
  readonly bytesMax: number
}

/** What the broker believes is asked of a partition, and the state of the partition when it was asked last. */
interface SessionEntry {
  target: FetchTarget
  fetchOffset: number
  /** `FetchPartition.epoch` at the last request. */
  epoch: number
  /** Where the log ends as the broker told last, -1 not yet: it says so again only when that changes. */
  highWatermark: number
  lastStableOffset: number
}

/** The parts of a request that the session decides. */
export type SessionRequest = Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>

const EPOCH_MAX = 2 ** 31 - 1

/**
 * The client's half of a fetch session (KIP-227, N§4.3): a full request first, then only what has changed. One request at a time.
 *
 * Partitions are keyed by topic id when `usesTopicIds`, else by name.
 */
export class FetchSession {
  readonly usesTopicIds: boolean
  readonly #entries = new Map<string, Map<number, SessionEntry>>()
  #sessionId = 0
  #sessionEpoch = 0

  constructor(usesTopicIds: boolean) {
    this.usesTopicIds = usesTopicIds
  }

  get sessionId(): number {
    return this.#sessionId
  }

  /** What to send so that the broker looks at exactly `targets`. */
  next(targets: readonly FetchTarget[]): SessionRequest {
    const isFull = this.#sessionEpoch === 0
    const wanted = new Map<string, Map<number, FetchTarget>>()
    for (const target of targets) mapOf(wanted, this.#topicKey(target)).set(target.partition.partition, target)
    const forgotten = this.#forget(wanted)
    const changed = new Map<string, FetchPartitionRequest[]>()
    for (const target of targets) {
      const key = this.#topicKey(target)
      const entries = mapOf(this.#entries, key)
      const entry = entries.get(target.partition.partition)
      if (isFull || entry === undefined || differs(entry, target)) pushTo(changed, key, partitionRequest(target))
      const { fetchOffset, epoch } = target.partition
      const highWatermark = entry?.highWatermark ?? -1
      const lastStableOffset = entry?.lastStableOffset ?? -1
      entries.set(target.partition.partition, { target, fetchOffset, epoch, highWatermark, lastStableOffset })
      // Removed and added again between two requests, or moved while an answer was under way.
      if (target.partition.highWatermark === null) target.partition.learnEnds({ highWatermark, lastStableOffset })
    }
    return {
      sessionId: this.#sessionId,
      sessionEpoch: this.#sessionEpoch,
      topics: [...changed].map(([key, partitions]): FetchTopic => ({ ...this.#named(key), partitions })),
      forgottenTopicsData: isFull ? [] : forgotten.map(([key, partitions]): ForgottenTopic => ({ ...this.#named(key), partitions })),
    }
  }

  /** Remembers where the log of a partition ends. False if the broker may not answer for this partition. */
  learnEnds(topicKey: string, { partitionIndex, highWatermark, lastStableOffset }: FetchPartitionData): boolean {
    const entry = this.#entries.get(topicKey)?.get(partitionIndex)
    if (entry === undefined) return false
    if (highWatermark >= 0) entry.highWatermark = highWatermark
    if (lastStableOffset >= 0) entry.lastStableOffset = lastStableOffset
    return true
  }

  /** The partition that an answer is about, if it was asked for and has not been moved since. */
  findAsked(topicKey: string, partition: number): FetchTarget | undefined {
    const entry = this.#entries.get(topicKey)?.get(partition)
    if (entry === undefined) return undefined
    const { partition: state } = entry.target
    return state.isRemoved || state.epoch !== entry.epoch ? undefined : entry.target
  }

  /** The broker answered without an error. Session id 0: it keeps no session, so the next request is full again. */
  accept(sessionId: number): void {
    if (sessionId === 0) return this.reset()
    this.#sessionId = sessionId
    this.#sessionEpoch = this.#sessionEpoch === EPOCH_MAX ? 1 : this.#sessionEpoch + 1
  }

  /** The session is lost: the next request is a full one without it. */
  reset(): void {
    this.#entries.clear()
    this.#sessionId = 0
    this.#sessionEpoch = 0
  }

  /** The broker still has the session, but out of step: the next request is a full one that closes it and makes another. */
  restart(): void {
    this.#entries.clear()
    this.#sessionEpoch = 0
  }

  #topicKey(target: FetchTarget): string {
    return this.usesTopicIds ? target.topicId : target.partition.topic
  }

  #named(key: string): { readonly topic: string; readonly topicId: string } {
    return this.usesTopicIds ? { topic: '', topicId: key } : { topic: key, topicId: zeroUuid }
  }

  #forget(wanted: ReadonlyMap<string, ReadonlyMap<number, FetchTarget>>): [string, number[]][] {
    const forgotten: [string, number[]][] = []
    for (const [key, entries] of this.#entries) {
      const gone = [...entries.keys()].filter((partition) => wanted.get(key)?.has(partition) !== true)
      for (const partition of gone) entries.delete(partition)
      if (gone.length > 0) forgotten.push([key, gone])
      if (entries.size === 0) this.#entries.delete(key)
    }
    return forgotten
  }
}

function differs(entry: SessionEntry, target: FetchTarget): boolean {
  const old = entry.target
  const isMoved = entry.fetchOffset !== target.partition.fetchOffset
  return isMoved || old.leaderEpoch !== target.leaderEpoch || old.bytesMax !== target.bytesMax
}

function partitionRequest(target: FetchTarget): FetchPartitionRequest {
  return {
    partition: target.partition.partition,
    currentLeaderEpoch: target.leaderEpoch,
    fetchOffset: target.partition.fetchOffset,
    // As Java's consumer: with an epoch here a broker whose epochs of purged records are gone would answer OFFSET_OUT_OF_RANGE.
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes: target.bytesMax,
    replicaDirectoryId: zeroUuid,
    highWatermark: Infinity,
  }
}

function mapOf<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key)
  if (map === undefined) maps.set(key, (map = new Map()))
  return map
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
