import { TopicPartitionMap } from '../../protocol/topic-partition.ts'

/** A committed offset as the coordinator keeps it. */
export interface StoredOffset {
  readonly offset: number
  /** -1: unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
  /** Wall-clock time of the commit. */
  readonly committedAtMs: number
}

/** A stored offset with its place among all that were written for its group. */
interface WrittenOffset extends StoredOffset {
  readonly order: number
}

/** The offsets of one group: those committed, and those in transactions that have not ended. */
export class GroupOffsets {
  readonly #committed: TopicPartitionMap<WrittenOffset> = new TopicPartitionMap()
  readonly #pending = new Map<number, TopicPartitionMap<WrittenOffset>>()
  #order = 0

  get committed(): TopicPartitionMap<StoredOffset> {
    return this.#committed
  }

  get isEmpty(): boolean {
    return this.committed.size === 0 && this.#pending.size === 0
  }

  /** Keeps an offset from outside of transactions. */
  put(at: { readonly topic: string; readonly partition: number }, offset: StoredOffset): void {
    this.#committed.set(at.topic, at.partition, { ...offset, order: this.#order++ })
  }

  /** Keeps an offset until the transaction of `producerId` ends. */
  putPending(producerId: number, at: { readonly topic: string; readonly partition: number }, offset: StoredOffset): void {
    let offsets = this.#pending.get(producerId)
    if (offsets === undefined) this.#pending.set(producerId, (offsets = new TopicPartitionMap()))
    offsets.set(at.topic, at.partition, { ...offset, order: this.#order++ })
  }

  /** Whether some transaction that has not ended carries an offset of the partition. */
  isPending(topic: string, partition: number): boolean {
    for (const offsets of this.#pending.values()) if (offsets.has(topic, partition)) return true
    return false
  }

  /** The transaction of `producerId` has ended: its offsets become the committed ones, unless later ones are there, or are dropped. */
  complete(producerId: number, isCommit: boolean): void {
    const offsets = this.#pending.get(producerId)
    if (offsets === undefined) return
    this.#pending.delete(producerId)
    if (!isCommit) return
    for (const [{ topic, partition }, offset] of offsets.entries()) {
      const present = this.#committed.get(topic, partition)
      if (present === undefined || present.order < offset.order) this.#committed.set(topic, partition, offset)
    }
  }

  /** Drops what was committed before `beforeMs` and is not about to be overwritten. */
  expire(beforeMs: number): void {
    for (const [{ topic, partition }, offset] of this.committed.entries()) {
      if (offset.committedAtMs < beforeMs && !this.isPending(topic, partition)) this.committed.delete(topic, partition)
    }
  }
}
