import { VirtualWorld } from '../src/base/virtual-environment.ts'
import type { OutgoingRecord } from '../src/client/outgoing-record.ts'
import type { StreamsBuilder } from '../src/dsl/streams-builder.ts'
import { failOnInvalidTimestamp } from '../src/model/timestamp-extractor.ts'
import { TopicPartitionMap } from '../src/protocol/topic-partition.ts'
import { BatchBuilder } from '../src/record/batch-builder.ts'
import type { OutgoingTopic, RecordCollector, RecordOrigin } from '../src/runtime/task/record-collector.ts'
import { OutgoingScratch } from '../src/runtime/task/task-scope.ts'
import { Task } from '../src/runtime/task/task.ts'
import type { EngineFactory } from '../src/state/engines/engine.ts'
import { memoryEngines } from '../src/state/engines/memory/memory-engine.ts'
import { TaskState } from '../src/state/task-state.ts'
import { ThreadCache } from '../src/state/thread-cache.ts'
import { fullTopicName } from '../src/topology/physical-topology.ts'
import { BATCH_BYTES, fetched } from './input.ts'

const APPLICATION_ID = 'bench'
/** As a stream thread asks of a task at a time. */
const RECORDS_PER_CALL = 64

/** What a {@link TaskPath} runs. */
export interface TaskPathOptions {
  readonly builder: StreamsBuilder
  /** Which of its sub-topologies. */
  readonly subtopology: number
  /** Record data as in fetch responses, read again and again. */
  readonly responses: readonly Buffer[]
  /** The name of the topic that they are of, as the topology has it. Default: the only input. */
  readonly input?: string
  /** Partitions of the topics that are written. */
  readonly partitions: number
  /** `statestore.cache.max.bytes`; 0: no caching. */
  readonly cacheBytesMax: number
  /** Where the stores are. Default: in memory. */
  readonly engines?: EngineFactory
  /** By how many milliseconds the timestamps of a response are later each time that it is read again. Default 0. */
  readonly repeatMs?: number
}

/** Responses of one input, read again and again. */
interface PathInput {
  readonly topic: string
  readonly responses: readonly Buffer[]
  next: number
}

interface SealedTopic extends OutgoingTopic {
  readonly builders: readonly BatchBuilder[]
}

/** Seals batches as a producer does, and uses their memory again as it does when they are acknowledged. */
class SealingCollector implements RecordCollector {
  readonly #partitions: number
  readonly #topics = new Map<string, SealedTopic>()
  /** Topics of which sealed batches are kept, by full name. */
  readonly kept = new Map<string, Buffer[]>()
  records = 0

  constructor(partitions: number) {
    this.#partitions = partitions
  }

  topic(name: string): OutgoingTopic {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      const builders = Array.from({ length: this.#partitions }, () => new BatchBuilder(BATCH_BYTES))
      topic = { name, partitionCount: this.#partitions, builders }
      this.#topics.set(name, topic)
    }
    return topic
  }

  send(topic: OutgoingTopic, partition: number, record: OutgoingRecord): void {
    const builder = (topic as SealedTopic).builders[partition]!
    if (!builder.append(record, BATCH_BYTES)) {
      this.#seal(topic.name, builder)
      builder.append(record)
    }
    this.records++
  }

  sealAll(): void {
    for (const { name, builders } of this.#topics.values()) {
      for (const builder of builders) if (builder.count > 0) this.#seal(name, builder)
    }
  }

  acknowledgedOffset(): number {
    return this.records - 1
  }

  stickyPartition(): number {
    return 0
  }

  whenKnown(_topic: OutgoingTopic, send: () => void): void {
    send()
  }

  originNumber(_origin: RecordOrigin): number {
    return 0
  }

  #seal(topic: string, builder: BatchBuilder): void {
    const batch = builder.seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 })
    this.kept.get(topic)?.push(Buffer.from(batch))
    builder.recycle(batch)
  }
}

/**
 * The processing path of one task alone: fetched batches in, their checksums checked, sealed batches out. Nothing is fetched, sent or
 * awaited. The memory of the responses is used again, so that making them is not measured.
 */
export class TaskPath {
  readonly #task: Task
  readonly #collector: SealingCollector
  readonly #repeatMs: number
  /** Read in turn. */
  #inputs: PathInput[]

  constructor(options: TaskPathOptions) {
    const subtopology = options.builder.build().physical().subtopologies[options.subtopology]!
    const { clock, logger, output, files } = new VirtualWorld().environment('bench')
    const topics = subtopology.sources.flatMap((source) => source.topics)
    const inputs = topics.map((topic) => ({ topic: fullTopicName(topic, APPLICATION_ID), partition: 0 }))
    const { topic } = inputs[topics.findIndex(({ name }) => options.input === undefined || options.input === name)]!
    this.#inputs = [{ topic, responses: options.responses, next: 0 }]
    this.#repeatMs = options.repeatMs ?? 0
    this.#collector = new SealingCollector(options.partitions)
    this.#task = new Task({
      id: { subtopology: options.subtopology, partition: 0 },
      applicationId: APPLICATION_ID,
      subtopology,
      inputs,
      openStores: (input) =>
        new TaskState({
          ...input,
          applicationId: APPLICATION_ID,
          taskId: `${options.subtopology}_0`,
          stores: subtopology.stores,
          engines: options.engines ?? memoryEngines,
          expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
          cache: options.cacheBytesMax === 0 ? null : new ThreadCache(options.cacheBytesMax),
          clock,
          logger,
        }),
      globalStore: () => undefined,
      emitIntervals: { windows: 1000, outerJoins: 1000 },
      collector: this.#collector,
      scratch: new OutgoingScratch(),
      handlers: { deserialization: 'fail', processing: 'fail', production: 'fail', deadLetterTopic: null },
      defaultTimestampExtractor: failOnInvalidTimestamp,
      maxTaskIdleMs: 0,
      bufferedRecordsMax: 1_000,
      clock,
      logger,
      output,
      files,
    })
    this.#task.begin(new TopicPartitionMap())
    // Nothing is fetched for the other inputs: they are not waited for.
    for (const input of inputs) this.#task.setLag(input, 0)
  }

  /** Records written so far, those of changelogs included. */
  get written(): number {
    return this.#collector.records
  }

  /** From now on reads `responses`, of the input `topic`, which is a name as the cluster has it. */
  readFrom(topic: string, responses: readonly Buffer[]): void {
    this.#inputs = [{ topic, responses, next: 0 }]
  }

  /** Reads one more input beside the others, in turn with them. */
  readAlso(topic: string, responses: readonly Buffer[]): void {
    this.#inputs.push({ topic, responses, next: 0 })
  }

  /** What `run(records)` writes to a topic, as responses of one batch each. */
  capture(topic: string, records: number): readonly Buffer[] {
    const batches: Buffer[] = []
    this.#collector.kept.set(topic, batches)
    this.run(records)
    this.#collector.kept.delete(topic)
    return batches
  }

  /** Reads at least `records` records, whole responses, and commits. How many it read. */
  readonly run = (records: number): number => {
    const task = this.#task
    const before = task.metrics.processedRecords
    while (task.metrics.processedRecords - before < records) {
      for (const input of this.#inputs) {
        const { topic, responses } = input
        const repeats = Math.floor(input.next / responses.length)
        task.add(fetched(topic, responses[input.next++ % responses.length]!, repeats * this.#repeatMs))
      }
      while (task.process(RECORDS_PER_CALL) > 0);
    }
    task.flushCaches()
    this.#collector.sealAll()
    task.offsetsToCommit()
    task.applyCommit()
    return task.metrics.processedRecords - before
  }
}
