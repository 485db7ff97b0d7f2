import { durationMs } from '../base/durations.ts'
import type { Duration } from '../base/durations.ts'
import type { Logger } from '../base/environment.ts'
import { TopologyError } from '../base/errors.ts'
import { inHashOrder } from '../base/java-order.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { MetricValue } from '../metrics/registry.ts'
import { failOnInvalidTimestamp } from '../model/timestamp-extractor.ts'
import { TopicPartitionMap } from '../protocol/topic-partition.ts'
import { metricsOfGlobalTask } from '../runtime/global/global-metrics.ts'
import { GlobalTask, type GlobalTaskOptions } from '../runtime/global/global-task.ts'
import { metricsOfNodes, metricsOfTask, metricsOfTopics } from '../runtime/task/metrics-of-task.ts'
import { sourceOf } from '../runtime/task/open-topology.ts'
import { Task } from '../runtime/task/task.ts'
import { OutgoingScratch } from '../runtime/task/task-scope.ts'
import type { ReadableTopic, WritableTopic } from '../serdes/topic.ts'
import type { RestoreRecord } from '../state/restore-batch.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines } from '../state/engines/memory/memory-engine.ts'
import { tableFace } from '../state/key-values/table-face.ts'
import { isTableHandle, type StoreHandle } from '../state/store-handle.ts'
import { storeMetrics } from '../state/store-metrics.ts'
import type { StoreKind } from '../state/store-spec.ts'
import { TaskState } from '../state/task-state.ts'
import { ThreadCache } from '../state/thread-cache.ts'
import { fullTopicName, type GlobalStore, type PhysicalTopology, type SourceNode, type SubTopology } from '../topology/physical-topology.ts'
import { storeKinds } from '../topology/store-kinds.ts'
import type { Topology } from '../topology/topology.ts'
import { type BuiltRecord, builtChunk } from './built-chunk.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryCollector, type WrittenRecord } from './memory-collector.ts'
import { DriverInputTopic, DriverOutputTopic, timeMs } from './test-topics.ts'
import type { TestInputOptions, TestInputTopic, TestOutputTopic, TopologyTestDriver } from './topology-test-driver.ts'

/** Configuration of a driver: that of the application, of which nothing is required, and the wall clock. */
export type TestDriverConfig = Partial<StreamsConfig> & {
  /** The wall clock at the start. It stands still but for `advanceWallClockTime`. Default: 2024-01-01T00:00:00Z, the same in each run. */
  readonly wallClock?: number | Date | undefined
}

const WALL_CLOCK_DEFAULT = Date.UTC(2024, 0, 1)
const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/**
 * Runs a topology record by record, in this thread and without a cluster: real serdes, stores and record batches, and a clock that the
 * test moves. All sub-topologies run as one task `0_0` with partition 0 of each topic, and each record is committed before the next,
 * caches included, as in Java's driver (P§11.1). Records that are written to a topic which the topology also reads are processed at once.
 *
 * ```ts
 * using driver = testDriver(builder)
 * driver.input(lines).pipe('k', 'hello world')
 * driver.output(counts).readKeyValues()
 * ```
 */
export function testDriver(topology: Topology | StreamsBuilder, config: TestDriverConfig = {}): TopologyTestDriver {
  return restoredTestDriver(topology, new Map(), config)
}

/** Records of changelogs by the name of the store, in the order in which they were written. */
export type Changelogs = ReadonlyMap<string, readonly RestoreRecord[]>

/** As `testDriver`, with stores that are restored first, as those of a restarted application are. `engines`: where they are. */
export function restoredTestDriver(
  topology: Topology | StreamsBuilder,
  changelogs: Changelogs,
  config: TestDriverConfig = {},
  engines: EngineFactory = memoryEngines,
): TopologyTestDriver {
  const { wallClock = WALL_CLOCK_DEFAULT, ...streams } = config
  // As Java's driver: results that are final are looked for with each record.
  const intervals = { emitIntervalMsKstreamsWindowedAggregation: 0, emitIntervalMsKstreamsOuterJoinSpuriousResultsFix: 0 }
  return new Driver(topology, { applicationId: 'test-driver', ...intervals, ...streams }, timeMs(wallClock, 'wallClock'), {
    changelogs,
    engines,
  })
}

/** Where the stores of a driver are, and what is in them at the start. */
interface StoreOrigin {
  readonly changelogs: Changelogs
  readonly engines: EngineFactory
}

class Driver implements TopologyTestDriver {
  readonly #clock: ManualClock
  readonly #applicationId: string
  readonly #subtopology: SubTopology
  readonly #storeKinds: ReadonlyMap<string, StoreKind>
  readonly #task: Task
  // Opened with the task.
  #stores!: TaskState
  /** `null`: the topology has no global stores. */
  readonly #global: GlobalTask | null
  readonly #collector = new MemoryCollector()
  readonly #outputs = new Map<string, WrittenRecord[]>()
  /** Next offset by input topic; all topics that one pattern matches share theirs, as in Java's driver. */
  readonly #offsets = new Map<string, number>()
  #isOpen = true

  constructor(topology: Topology | StreamsBuilder, config: StreamsConfig, wallClockMs: number, { changelogs, engines }: StoreOrigin) {
    const resolved = resolveConfig(config)
    const built = topology instanceof StreamsBuilder ? topology.build(resolved.topology) : topology
    this.#clock = new ManualClock(wallClockMs)
    this.#applicationId = resolved.applicationId
    this.#subtopology = oneSubTopology(built.physical())
    this.#storeKinds = storeKinds(built.physical())
    const topics = this.#subtopology.sources.flatMap((source) => source.topics.map((ref) => fullTopicName(ref, this.#applicationId)))
    const { deserialization, processing, production, deadLetterTopic, timestampExtractor } = resolved.handlers
    const { output, files } = createRealEnvironment()
    const logger = config.logger === undefined || config.logger === false ? silent : config.logger
    const cache = resolved.cacheBytesMax === 0 ? null : new ThreadCache(resolved.cacheBytesMax)
    this.#global = globalTask(built.physical().globalStores, {
      applicationId: this.#applicationId,
      engines,
      expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
      // In Java's driver, too, whatever handler is configured.
      deserialization: 'skip',
      processing: resolved.globalProcessingHandler ? processing : null,
      cache,
      clock: this.#clock,
      logger,
      output,
      files,
    })
    this.#task = new Task({
      id: { subtopology: 0, partition: 0 },
      applicationId: this.#applicationId,
      subtopology: this.#subtopology,
      // Java's driver has them in a map, by topic: in that order it waits for those that are in one bucket of the task's map.
      inputs: inHashOrder(topics).map((topic) => ({ topic, partition: 0 })),
      openStores: (input) =>
        (this.#stores = new TaskState({
          ...input,
          applicationId: this.#applicationId,
          taskId: '0_0',
          stores: this.#subtopology.stores,
          engines,
          expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
          cache,
          hasVectors: resolved.hasVectors,
          clock: this.#clock,
          logger,
        })),
      globalStore: (name) => this.#global?.store(name),
      collector: this.#collector,
      scratch: new OutgoingScratch(),
      handlers: { deserialization, processing, production, deadLetterTopic },
      defaultTimestampExtractor: timestampExtractor ?? failOnInvalidTimestamp,
      maxTaskIdleMs: resolved.thread.maxTaskIdleMs,
      emitIntervals: resolved.emitIntervals,
      upgradeFrom: resolved.upgradeFrom,
      bufferedRecordsMax: Infinity,
      clock: this.#clock,
      logger,
      output,
      files,
    })
    for (const [store, records] of changelogs) this.#stores.restore(store, records, records.length - 1)
    this.#task.begin(new TopicPartitionMap())
  }

  input<K, V>(topic: WritableTopic<K, V>, options: TestInputOptions = {}): TestInputTopic<K, V> {
    this.#checkOpen()
    const pipe = (record: BuiltRecord): void => this.#pipe(topic.name, record)
    return new DriverInputTopic({ topic, options, nowMs: this.#clock.now(), pipe })
  }

  output<K, V>(topic: ReadableTopic<K, V>): TestOutputTopic<K | null, V | null> {
    return new DriverOutputTopic(topic, () => this.#outputs.get(topic.name) ?? [])
  }

  store<S>(handle: StoreHandle<S>): S {
    this.#checkOpen()
    const name = storeNameOf(handle)
    const store = name === null ? undefined : (this.#task.store(name) ?? this.#globalStore(name))
    if (store === undefined) {
      const global = this.#global?.globalStores.map((globalStore) => globalStore.store) ?? []
      const known = [...this.#subtopology.stores, ...global].map((definition) => `"${definition.name}"`).join(', ')
      throw new TopologyError(
        'STORE_UNKNOWN',
        `Cannot give store ${name === null ? 'of a table that keeps none' : `"${name}"`}: the topology has ${known === '' ? 'none' : known}`,
      )
    }
    const now = (): number => this.#clock.now()
    return (isTableHandle(handle) ? tableFace(this.#storeKinds.get(name!), store, now) : store) as S
  }

  advanceWallClockTime(by: Duration): void {
    this.#checkOpen()
    this.#clock.advance(durationMs(by, 'by'))
    this.#task.punctuate()
    this.#commit()
    this.#processAll()
  }

  producedTopicNames(): string[] {
    return [...this.#outputs.keys()]
  }

  metrics(): readonly MetricValue[] {
    const labels = { 'task-id': this.#task.taskId }
    const global = this.#global === null ? [] : metricsOfGlobalTask(this.#global, { 'task-id': this.#global.taskId })
    const stores = storeMetrics(this.#stores, labels)
    const topics = metricsOfTopics(this.#task.metrics, labels)
    const metrics = [...metricsOfTask(this.#task, labels), ...metricsOfNodes(this.#task, labels), ...topics, ...stores, ...global]
    return metrics.map(({ read, ...metric }) => ({ ...metric, value: read() }))
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#commit()
    this.#task.close()
    this.#global?.close()
  }

  #pipe(topic: string, record: BuiltRecord): void {
    this.#checkOpen()
    const source = sourceOf(this.#subtopology, topic, this.#applicationId)
    const global = this.#globalOf(topic)
    if (source === undefined && global === undefined) {
      const globalTopics = this.#global?.globalStores.map(globalTopic) ?? []
      const known = [...this.#task.inputs.map((input) => input.topic), ...globalTopics].map((name) => `"${name}"`).join(', ')
      throw new TopologyError('INPUT_UNKNOWN', `Cannot pipe to topic "${topic}": the topology does not read it, it reads ${known}`, {
        topic,
      })
    }
    if (source !== undefined) {
      this.#enqueue(source, topic, record)
      this.#processAll()
    }
    if (global !== undefined) this.#update(global, topic, record)
  }

  #enqueue(source: SourceNode, topic: string, record: BuiltRecord): void {
    const offset = this.#nextOffset(source.pattern === null ? topic : `pattern of ${source.name}`)
    if (!this.#task.inputs.some((input) => input.topic === topic)) this.#task.addInput({ topic, partition: 0 })
    this.#task.add(builtChunk({ topic, partition: 0, offset }, [record]))
  }

  #nextOffset(counter: string): number {
    const offset = this.#offsets.get(counter) ?? 0
    this.#offsets.set(counter, offset + 1)
    return offset
  }

  /** Gives a record to a global store, which other processors see at once. */
  #update(global: GlobalStore, topic: string, record: BuiltRecord): void {
    const at = { topic, partition: 0 }
    const chunk = builtChunk({ ...at, offset: this.#nextOffset(`global ${topic}`) }, [record])
    // The cache is the task's, too, and may have to give its rows up.
    this.#task.whileActive(() => this.#global!.update(global, at, chunk))
    this.#global!.commit()
  }

  #globalOf(topic: string): GlobalStore | undefined {
    return this.#global?.globalStores.find((global) => globalTopic(global) === topic)
  }

  /** As the processor that keeps it sees it. */
  #globalStore(name: string): unknown {
    return this.#global?.view(name) === undefined ? undefined : this.#global.state.store(name)
  }

  /** Processes what is queued, and what comes of it, as far as the rules of task idling let it. */
  #processAll(): void {
    this.#capture()
    // Nothing is on a cluster that is not here.
    for (const input of this.#task.inputs) this.#task.setLag(input, 0)
    while (this.#task.process(1) > 0) {
      this.#commit()
      for (const input of this.#task.inputs) this.#task.setLag(input, 0)
    }
  }

  #commit(): void {
    if (this.#task.isCommitNeeded) {
      this.#task.flushCaches()
      this.#task.offsetsToCommit()
      this.#task.applyCommit()
    }
    this.#capture()
  }

  /** Takes what was written to where it can be read, and back into the topology where that reads it. */
  #capture(): void {
    for (const written of this.#collector.take()) {
      const records = this.#outputs.get(written.topic)
      if (records === undefined) this.#outputs.set(written.topic, [written])
      else records.push(written)
      const source = sourceOf(this.#subtopology, written.topic, this.#applicationId)
      if (source !== undefined) this.#enqueue(source, written.topic, written)
      const global = this.#globalOf(written.topic)
      if (global !== undefined) this.#update(global, written.topic, written)
    }
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new TopologyError('DRIVER_CLOSED', 'Cannot use the test driver: it is closed, make a new one')
  }
}

/** The global stores of a driver, which begin empty. */
function globalTask(globalStores: readonly GlobalStore[], options: Omit<GlobalTaskOptions, 'globalStores'>): GlobalTask | null {
  if (globalStores.length === 0) return null
  const task = new GlobalTask({ ...options, globalStores })
  task.begin()
  return task
}

function globalTopic({ source }: GlobalStore): string {
  return source.topics[0]!.name
}

/** Java's driver runs everything as one task. */
function oneSubTopology({ subtopologies }: PhysicalTopology): SubTopology {
  return {
    id: 0,
    nodes: subtopologies.flatMap(({ nodes }) => nodes),
    sources: subtopologies.flatMap(({ sources }) => sources),
    processors: subtopologies.flatMap(({ processors }) => processors),
    sinks: subtopologies.flatMap(({ sinks }) => sinks),
    stores: subtopologies.flatMap(({ stores }) => stores),
    copartitionGroups: [],
    copartitionedPatterns: [],
    sharedStoreTopics: [],
    repartitionTopics: subtopologies.flatMap(({ repartitionTopics }) => repartitionTopics),
    sinkTopics: subtopologies.flatMap(({ sinkTopics }) => sinkTopics),
    changelogs: subtopologies.flatMap(({ changelogs }) => changelogs),
  }
}

/** A description of a store has its name, a table that of the store it keeps. */
function storeNameOf(handle: StoreHandle<unknown>): string | null {
  const { name, storeName } = handle as { readonly name?: unknown; readonly storeName?: unknown }
  if (typeof storeName === 'string') return storeName
  return storeName === undefined && typeof name === 'string' ? name : null
}
