import { assert } from '../../base/assert.ts'
import { TaskError } from '../../base/errors.ts'
import type { MetadataCache } from '../../client/metadata-cache.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { GlobalStore } from '../../topology/physical-topology.ts'

/** One partition of the topic of a global store. */
export interface GlobalPartition {
  readonly global: GlobalStore
  readonly at: TopicPartition
}

/** The partitions from which the global stores are fed. Those that a topic gets later are read by the next instance, as in Java. */
export class GlobalTopics {
  readonly partitions: readonly GlobalPartition[]
  readonly #byPartition = new TopicPartitionMap<GlobalPartition>()

  constructor(partitions: readonly GlobalPartition[]) {
    this.partitions = partitions
    for (const partition of partitions) this.#byPartition.set(partition.at.topic, partition.at.partition, partition)
  }

  /** Asks the cluster. Rejects with `TaskError` `GLOBAL_TOPIC_MISSING`. */
  static async lookUp(globalStores: readonly GlobalStore[], metadata: MetadataCache): Promise<GlobalTopics> {
    const known = await metadata.fetchTopics(globalStores.map(topicOf))
    return new GlobalTopics(
      globalStores.flatMap((global) => {
        const topic = topicOf(global)
        const count = known.get(topic)?.partitions.length ?? 0
        if (count === 0) throw missing(global, topic)
        return Array.from({ length: count }, (_, partition) => ({ global, at: { topic, partition } }))
      }),
    )
  }

  /** The partition of that number. */
  find(topic: string, partition: number): GlobalPartition {
    const found = this.#byPartition.get(topic, partition)
    assert(found !== undefined, 'only topics of global stores are read for them')
    return found
  }

  /** All partitions of the topic of `global`. */
  partitionsOf(global: GlobalStore): TopicPartition[] {
    return this.partitions.filter((partition) => partition.global === global).map(({ at }) => at)
  }
}

function topicOf({ source }: GlobalStore): string {
  const [topic] = source.topics
  assert(topic !== undefined, 'a global store is fed from one topic')
  return topic.name
}

function missing({ store }: GlobalStore, topic: string): TaskError {
  return new TaskError(
    'GLOBAL_TOPIC_MISSING',
    `Cannot fill global store "${store.name}": its topic "${topic}" does not exist, create it before the application starts`,
    { store: store.name, topic },
  )
}
