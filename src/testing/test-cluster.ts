import type { Logger } from '../base/environment.ts'
import { type RunLimits, type VirtualEnvironment, VirtualWorld } from '../base/virtual-environment.ts'
import type { EmbeddedClusterOptions } from '../broker/cluster-options.ts'
import { type CreateTopicOptions, EmbeddedCluster } from '../broker/embedded-cluster.ts'
import type { NewRecord } from '../broker/log/direct-append.ts'
import type { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { ReadableTopic, WritableTopic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import type { Topology } from '../topology/topology.ts'
import { type TestConfig, TestInstance } from './test-instance.ts'
import { choosePartition, type ProducedRecord, type ReadRecord, readRecord, writeRecord } from './topic-bytes.ts'

/** How a test cluster is made: the options of the embedded cluster, and what chance is drawn from. */
export interface TestClusterOptions extends Omit<EmbeddedClusterOptions, 'environment'> {
  /** Default 0. The same seed gives the same run. */
  readonly seed?: number | undefined
  /** Whether events of the same millisecond come in an order drawn from the seed. Default true. */
  readonly shuffle?: boolean | undefined
}

/** How an instance is started. */
export interface StartInstanceOptions {
  /**
   * Where all stores are, whatever they choose. Give `survivingMemoryEngines()` again to have committed state survive. Default: memory that
   * is gone when a task closes; with `stateDir` in the configuration the engines of the stores, on the disk of the world.
   */
  readonly engines?: EngineFactory | undefined
  /** Where its log goes. Default: `environment.logEntries` keeps the last 1,000 lines. */
  readonly logger?: Logger | undefined
}

/**
 * A cluster and any number of application instances in one process, on virtual time and a virtual disk: what takes minutes takes
 * milliseconds, and the same seed gives the same run. Time moves only in `run` and `advance`. Control messages go through encode and
 * decode unless `codec` says otherwise.
 *
 * ```ts
 * await using cluster = new TestCluster({ seed: 7 })
 * cluster.createTopics({ lines: 4, 'word-counts': 4 })
 * const first = cluster.start('first', builder, { applicationId: 'word-count', processingGuarantee: 'exactly_once_v2' })
 * cluster.produce(lines, [{ key: null, value: 'to be or not to be' }])
 * await cluster.run(() => cluster.read(wordCounts, 'read_committed').length === 6)
 * first.kill()
 * ```
 */
export class TestCluster implements AsyncDisposable {
  readonly world: VirtualWorld
  readonly cluster: EmbeddedCluster
  /** The environment of the cluster itself. */
  readonly environment: VirtualEnvironment
  readonly #instances: TestInstance[] = []

  constructor(options: TestClusterOptions = {}) {
    const { seed, shuffle, ...clusterOptions } = options
    this.world = new VirtualWorld({ seed, shuffle: shuffle ?? true })
    this.environment = this.world.environment('cluster')
    this.cluster = new EmbeddedCluster({ codec: 'encode', ...clusterOptions, environment: this.environment })
  }

  /** The instances that were started, in that order, killed and closed ones included. */
  get instances(): readonly TestInstance[] {
    return this.#instances
  }

  /** Makes topics: the number of partitions, or all options, by name. */
  createTopics(topics: Readonly<Record<string, number | CreateTopicOptions>>): void {
    for (const [name, options] of Object.entries(topics)) {
      this.cluster.createTopic(name, typeof options === 'number' ? { partitions: options } : options)
    }
  }

  /** Starts an instance called `name` (for logs) in an environment of its own. It gets going while the cluster is driven. */
  start(name: string, topology: Topology | StreamsBuilder, config: TestConfig, options: StartInstanceOptions = {}): TestInstance {
    const instance = new TestInstance({
      cluster: this.cluster,
      environment: this.world.environment(name, { logger: options.logger }),
      topology,
      config,
      engines: options.engines,
    })
    this.#instances.push(instance)
    return instance
  }

  /** Appends records at once, one batch per partition, without a client in between. */
  produce<K, V>(topic: WritableTopic<K, V>, records: readonly ProducedRecord<K, V>[]): void {
    const partitionCount = this.cluster.topics.partitions(topic.name)
    const byPartition = new Map<number, NewRecord[]>()
    for (const record of records) {
      const written = writeRecord(topic, record)
      const partition = record.partition ?? choosePartition(written.key, partitionCount)
      const batch = byPartition.get(partition)
      if (batch === undefined) byPartition.set(partition, [written])
      else batch.push(written)
    }
    for (const [partition, batch] of byPartition) this.cluster.append(topic.name, partition, batch)
  }

  /** What is in a topic now, partition after partition. */
  read<K, V>(topic: ReadableTopic<K, V>, isolation: 'read_committed' | 'read_uncommitted' = 'read_committed'): readonly ReadRecord<K, V>[] {
    const records: ReadRecord<K, V>[] = []
    for (let partition = 0; partition < this.cluster.topics.partitions(topic.name); partition++) {
      for (const stored of this.cluster.read(topic.name, partition, { isolation })) records.push(readRecord(topic, partition, stored))
    }
    return records
  }

  /** Lets things happen until `until()` holds. Rejects when `limits` (default one day of virtual time) are passed before. */
  run(until: () => boolean, limits?: RunLimits): Promise<void> {
    return this.world.run(until, limits)
  }

  /** Lets `ms` of virtual time pass. */
  advance(ms: number): Promise<void> {
    return this.world.advance(ms)
  }

  /** Kills what still runs and ends the cluster. */
  close(): void {
    for (const instance of this.#instances) instance.kill()
    this.cluster.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }
}
