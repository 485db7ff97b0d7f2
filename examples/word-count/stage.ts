import type { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { EmbeddedCluster, listen, type ListeningCluster } from 'millrace/broker'
import { type Reach, TIMEOUTS } from '../instance.ts'

/** The cluster that the words are counted on. */
export interface Stage extends AsyncDisposable {
  /** What it is, for people. */
  readonly name: string
  /** How instances get at it. */
  readonly reach: Reach
  createTopic(name: string, partitions: number): Promise<void>
  /** Writes values without keys to a partition. */
  append(topic: string, partition: number, values: readonly Buffer[]): void
  /** Waits until all that was appended is there. */
  flush(): Promise<void>
  /**
   * For each partition of a topic that a group reads: up to where it has committed, and the end, undecided transactions included; empty
   * while there is no such topic.
   */
  progress(groupId: string, topic: string): Promise<readonly { readonly committed: number; readonly end: number }[]>
}

/** Which cluster, and whether other processes must be able to reach it. */
export interface StageOptions {
  readonly kafka: boolean
  readonly processes: boolean
}

/** A cluster inside this process, or a real Kafka node, which is fetched and started. */
export async function openStage({ kafka, processes }: StageOptions): Promise<Stage> {
  if (kafka) return openKafka()
  const cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
  return new EmbeddedStage(cluster, processes ? await listen(cluster) : null)
}

class EmbeddedStage implements Stage {
  readonly name: string
  readonly reach: Reach
  readonly #cluster: EmbeddedCluster
  readonly #listening: ListeningCluster | null

  constructor(cluster: EmbeddedCluster, listening: ListeningCluster | null) {
    this.name = listening === null ? 'the embedded cluster' : `the embedded cluster, listening on ${listening.bootstrapServers}`
    this.reach = listening === null ? { cluster } : { bootstrapServers: listening.bootstrapServers }
    this.#cluster = cluster
    this.#listening = listening
  }

  createTopic(name: string, partitions: number): Promise<void> {
    this.#cluster.createTopic(name, { partitions })
    return Promise.resolve()
  }

  append(topic: string, partition: number, values: readonly Buffer[]): void {
    const records = values.map((value) => ({ value }))
    this.#cluster.append(topic, partition, records)
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  progress(groupId: string, topic: string): ReturnType<Stage['progress']> {
    const partitions = Array.from({ length: this.#cluster.topics.partitions(topic) }, (_, partition) => ({
      committed: this.#cluster.committedOffset(groupId, topic, partition) ?? 0,
      end: this.#cluster.offsets(topic, partition).end,
    }))
    return Promise.resolve(partitions)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening?.close()
    this.#cluster.close()
  }
}

async function openKafka(): Promise<Stage> {
  // What needs Java is loaded when it is asked for.
  const [{ KafkaNode }, { KafkaClient }] = await Promise.all([
    import('../../tools/kafka/kafka-node.ts'),
    import('../../tools/kafka/kafka-client.ts'),
  ])
  const node: KafkaNode = await KafkaNode.start({ shortTimeouts: true })
  const client = new KafkaClient([{ host: '127.0.0.1', port: node.port }])
  return {
    name: `Apache Kafka ${node.version} on ${node.bootstrapServers}, process ${node.pid}`,
    reach: { bootstrapServers: node.bootstrapServers },
    createTopic: (name, partitions) => client.createTopic(name, partitions),
    append: (topic, partition, values) => client.append(topic, partition, values),
    flush: () => client.flush(),
    progress: (groupId, topic) => client.progress(groupId, topic),
    [Symbol.asyncDispose]: async () => {
      client.close()
      await node.stop()
    },
  }
}
