/** One partition of a topic, by name. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A map by topic and partition: two look-ups, no key is ever built. Iterates by topic in order of insertion, then by partition. */
export class TopicPartitionMap<V> {
  readonly #topics = new Map<string, Map<number, V>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(topic: string, partition: number): V | undefined {
    return this.#topics.get(topic)?.get(partition)
  }

  has(topic: string, partition: number): boolean {
    return this.#topics.get(topic)?.has(partition) === true
  }

  set(topic: string, partition: number, value: V): this {
    let partitions = this.#topics.get(topic)
    if (partitions === undefined) this.#topics.set(topic, (partitions = new Map()))
    if (!partitions.has(partition)) this.#size++
    partitions.set(partition, value)
    return this
  }

  /** Whether it was there. */
  delete(topic: string, partition: number): boolean {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined || !partitions.delete(partition)) return false
    if (partitions.size === 0) this.#topics.delete(topic)
    this.#size--
    return true
  }

  clear(): void {
    this.#topics.clear()
    this.#size = 0
  }

  /** The topics that have at least one partition here. */
  topics(): IterableIterator<string> {
    return this.#topics.keys()
  }

  /** The partitions of `topic` that are here. */
  partitions(topic: string): Iterable<[number, V]> {
    return this.#topics.get(topic) ?? []
  }

  *entries(): IterableIterator<[TopicPartition, V]> {
    for (const [topic, partitions] of this.#topics) {
      for (const [partition, value] of partitions) yield [{ topic, partition }, value]
    }
  }

  *values(): IterableIterator<V> {
    for (const partitions of this.#topics.values()) yield* partitions.values()
  }
}
