import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { Admin } from '../../src/client/admin.ts'
import { Client } from '../../src/client/client.ts'
import { Coordinator } from '../../src/client/coordinator.ts'
import { fetchOffsets } from '../../src/client/offsets.ts'
import { Producer } from '../../src/client/producer.ts'
import type { Endpoint } from '../../src/protocol/transport.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'

const TIMEOUT_MS = 30_000
const NO_GENERATION = -1

/** What tools and examples ask of a cluster beside an application: topics, records, the progress of a group. */
export class KafkaClient {
  readonly #client: Client
  readonly #admin: Admin
  readonly #producer: Producer

  constructor(bootstrap: readonly Endpoint[]) {
    const environment = createRealEnvironment()
    const clientId = 'millrace-tools'
    this.#client = new Client({
      clientId,
      bootstrap,
      transport: new TcpTransport({ clientId, environment }),
      environment,
      requestTimeoutMs: TIMEOUT_MS,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 300_000,
    })
    this.#admin = new Admin(this.#client)
    this.#producer = new Producer(this.#client, {
      transactionalId: null,
      transactionTimeoutMs: TIMEOUT_MS,
      lingerMs: 5,
      batchBytesMax: 65_536,
      bufferBytesMax: 64 * 1024 * 1024,
      requestBytesMax: 1024 * 1024,
      deliveryTimeoutMs: Infinity,
      compression: 'none',
      maxInFlight: 5,
      maxBlockMs: TIMEOUT_MS,
      onFailedBatch: () => 'fail',
    })
  }

  /** Makes a topic and waits until brokers know it. */
  async createTopic(name: string, partitions: number): Promise<void> {
    for (const error of (await this.#admin.createTopics([{ name, partitions, replicationFactor: -1 }])).values()) throw error
    while (!(await this.#admin.describeTopics([name])).has(name)) await this.#pause()
  }

  /** Writes values without keys. `flush` tells that they are there. */
  append(topic: string, partition: number, values: readonly Buffer[]): void {
    const target = this.#producer.target(topic, partition)
    for (const [sourceOffset, bytes] of values.entries()) {
      this.#producer.append(target, {
        timestamp: this.#client.options.environment.clock.now(),
        bytes,
        keyStart: -1,
        keyEnd: -1,
        valueStart: 0,
        valueEnd: bytes.length,
        headers: null,
        node: 0,
        sourcePartition: 0,
        sourceOffset,
      })
    }
  }

  async flush(): Promise<void> {
    await this.#producer.flush()
  }

  /**
   * The committed offset and the end of each partition of a topic that a group reads, end minus offset is what it has still to do. The end
   * counts what is in an undecided transaction: a broker shows the offsets of a commit before the marker is in every partition of it, and
   * the last stable offset would tell of nothing to do where records of that commit are about to appear.
   */
  async progress(groupId: string, topic: string): Promise<readonly { readonly committed: number; readonly end: number }[]> {
    const found = (await this.#admin.describeTopics([topic])).get(topic)
    if (found === undefined) return []
    const partitions = found.partitions.map((_, partition) => ({ topic, partition }))
    const ends = await this.#admin.listOffsets(partitions, 'latest', 'read_uncommitted')
    const outsider = { groupId, memberId: '', generation: NO_GENERATION, instanceId: null }
    const coordinator = new Coordinator(this.#client, 'group', groupId)
    const options = { requireStable: true, timeoutMs: TIMEOUT_MS }
    const committed = await fetchOffsets(coordinator, () => outsider, partitions, options)
    return partitions.map(({ partition }) => ({
      committed: committed.get(topic, partition)?.offset ?? 0,
      end: ends.get(topic, partition)!,
    }))
  }

  close(): void {
    this.#client.close()
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => void this.#client.options.environment.scheduler.after(50, resolve))
  }
}
