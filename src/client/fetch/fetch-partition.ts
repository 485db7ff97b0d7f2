import type { FetchedChunk } from '../fetched-chunk.ts'
import type { ResponseLease } from './fetch-budget.ts'

/** One partition that is fetched: its position, what has arrived of it, and why it is not asked for at the moment. */
export class FetchPartition {
  readonly topic: string
  readonly partition: number
  /** The next offset to ask for. */
  fetchOffset: number
  /** The offset after the last chunk given out. */
  position: number
  /** Leader epoch of the record before `fetchOffset`, -1 unknown. */
  leaderEpoch: number
  /** The leader epoch under which the position was found to be in the log, -1 none. */
  validEpoch = -1
  isValidating = false
  /** Moves at each seek: answers to an older one are dropped. */
  epoch = 0
  isPaused = false
  /** A problem was reported: not fetched until the next seek. */
  isHalted = false
  isRemoved = false
  /** Monotonic time before which it is not asked for. */
  retryAtMs = 0
  /** The follower that the leader wants to be asked instead (KIP-392), -1 none. */
  replicaId = -1
  /** Monotonic time from which on the leader is asked again. */
  replicaUntilMs = 0
  /** The topic when it was first seen. */
  topicId: string | null = null
  highWatermark: number | null = null
  lastStableOffset: number | null = null
  logStartOffset = -1
  /** Arrived and not given out. */
  readonly queue: Chunk[] = []
  queuedBytes = 0
  /** Chunks queued or given out and not released. */
  heldChunks = 0

  constructor(topic: string, partition: number, offset: number, leaderEpoch: number) {
    this.topic = topic
    this.partition = partition
    this.fetchOffset = offset
    this.position = offset
    this.leaderEpoch = leaderEpoch
  }

  /** Goes to another offset; what has arrived and what is under way is dropped. */
  seek(offset: number, leaderEpoch: number): void {
    this.drop()
    this.fetchOffset = offset
    this.position = offset
    this.leaderEpoch = leaderEpoch
    this.validEpoch = -1
    this.topicId = null
    this.isHalted = false
    this.retryAtMs = 0
  }

  /** Takes in where the log ends; -1 = not told. */
  learnEnds({ highWatermark, lastStableOffset }: { readonly highWatermark: number; readonly lastStableOffset: number }): void {
    if (highWatermark >= 0) this.highWatermark = highWatermark
    if (lastStableOffset >= 0) this.lastStableOffset = lastStableOffset
  }

  /** Forgets what has arrived; what is under way will be dropped. */
  drop(): void {
    this.epoch++
    const dropped = this.queue.splice(0)
    this.queuedBytes = 0
    for (const chunk of dropped) chunk.release()
  }

  /** Takes a chunk that starts at `fetchOffset`. */
  push(chunk: Chunk): void {
    this.queue.push(chunk)
    this.queuedBytes += chunk.byteLength
    this.heldChunks++
    this.fetchOffset = chunk.nextOffset
    if (chunk.leaderEpoch >= 0) this.leaderEpoch = chunk.leaderEpoch
  }

  /** Gives out the next chunk. */
  shift(): Chunk | undefined {
    const chunk = this.queue.shift()
    if (chunk === undefined) return undefined
    this.queuedBytes -= chunk.byteLength
    this.position = chunk.nextOffset
    return chunk
  }
}

/** What a chunk is made of. */
export type ChunkContent = Omit<FetchedChunk, 'release' | 'topic' | 'partition'>

/** Records of one partition out of one response; holds the lease of the response. */
export class Chunk implements FetchedChunk {
  readonly topic: string
  readonly partition: number
  readonly batches: FetchedChunk['batches']
  readonly from: number
  readonly nextOffset: number
  readonly leaderEpoch: number
  readonly byteLength: number
  readonly #owner: FetchPartition
  #lease: ResponseLease | null

  constructor(owner: FetchPartition, lease: ResponseLease, content: ChunkContent) {
    this.topic = owner.topic
    this.partition = owner.partition
    this.batches = content.batches
    this.from = content.from
    this.nextOffset = content.nextOffset
    this.leaderEpoch = content.leaderEpoch
    this.byteLength = content.byteLength
    this.#owner = owner
    this.#lease = lease
    lease.retain()
  }

  release(): void {
    if (this.#lease === null) return
    const lease = this.#lease
    this.#lease = null
    this.#owner.heldChunks--
    lease.release()
  }
}
