import { VirtualWorld } from '../src/base/virtual-environment.ts'
import type { FetchedChunk } from '../src/client/fetcher.ts'
import type { OutgoingRecord } from '../src/client/producer.ts'
import { failOnInvalidTimestamp } from '../src/model/timestamp-extractor.ts'
import { filterOperator } from '../src/operators/filter-operator.ts'
import { mapValuesOperator } from '../src/operators/map-values-operator.ts'
import { TopicPartitionMap } from '../src/protocol/topic-partition.ts'
import { BatchBuilder } from '../src/record/batch-builder.ts'
import { readBatches, verifyCrc } from '../src/record/batch-reader.ts'
import type { OutgoingTopic, RecordCollector, RecordOrigin } from '../src/runtime/task/record-collector.ts'
import { OutgoingScratch } from '../src/runtime/task/task-scope.ts'
import { Task } from '../src/runtime/task/task.ts'
import { serdes } from '../src/serdes/serdes.ts'
import type { PhysicalTopology, SubTopology } from '../src/topology/physical-topology.ts'

/** What a processing benchmark has done. */
export interface ProcessingResult {
  /** Records read. */
  readonly records: number
  readonly outputRecords: number
  readonly outputBytes: number
}

/** Batches of this size are what a producer with the default linger sends under load. */
const BATCH_BYTES = 64 * 1024
const RECORDS_PER_CALL = 64

/** Seals batches as a producer does, without sending them. */
class SealingCollector implements RecordCollector {
  readonly #partitions: number
  readonly #builders: BatchBuilder[]
  records = 0
  bytes = 0

  constructor(partitions: number) {
    this.#partitions = partitions
    this.#builders = Array.from({ length: partitions }, () => new BatchBuilder(BATCH_BYTES))
  }

  topic(name: string): OutgoingTopic {
    return { name, partitionCount: this.#partitions }
  }

  send(_topic: OutgoingTopic, partition: number, record: OutgoingRecord): void {
    const builder = this.#builders[partition]!
    if (!builder.append(record, BATCH_BYTES)) {
      this.#seal(builder)
      builder.append(record)
    }
    this.records++
  }

  sealAll(): void {
    for (const builder of this.#builders) if (builder.count > 0) this.#seal(builder)
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

  #seal(builder: BatchBuilder): void {
    this.bytes += builder.seal({ producerId: 1, producerEpoch: 0, baseSequence: 0 }).length
  }
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789'

/** Text of `length` characters that depends on `seed`. */
function textOf(length: number, seed: number): string {
  let text = ''
  let state = seed + 1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    text += ALPHABET[(state >>> 8) % ALPHABET.length]!
  }
  return text
}

/** The record data of fetch responses: string keys of 12 characters and 256-byte string values, in batches as producers send them. */
function fetchedBytes(chunkCount: number, batchesPerChunk: number): Buffer[] {
  const builder = new BatchBuilder(BATCH_BYTES)
  let record = 0
  return Array.from({ length: chunkCount }, () => {
    const batches: Buffer[] = []
    while (batches.length < batchesPerChunk) {
      const bytes = Buffer.from(`key-${String(record % 100_000).padStart(8, '0')}${textOf(256, record)}`)
      const outgoing = {
        timestamp: 1_700_000_000_000 + record,
        bytes,
        keyStart: 0,
        keyEnd: 12,
        valueStart: 12,
        valueEnd: bytes.length,
        headers: null,
      }
      if (builder.append(outgoing, BATCH_BYTES)) {
        record++
      } else {
        batches.push(builder.seal({ baseOffset: record - builder.count }))
      }
    }
    builder.reset()
    return Buffer.concat(batches)
  })
}

/** What the fetcher does with a response: finds the batches and checks them. */
function fetched(bytes: Buffer): FetchedChunk {
  const batches = readBatches(bytes, 0, bytes.length)
  for (const batch of batches) verifyCrc(batch)
  const last = batches.at(-1)!
  return { topic: 'input', partition: 0, batches, from: 0, nextOffset: last.lastOffset + 1, byteLength: bytes.length, release: () => {} }
}

function filterMapValuesTopology(): SubTopology {
  const base = { site: null, partitioner: null, timestampExtractor: null, offsetReset: null, pattern: null }
  const physical: Pick<PhysicalTopology['subtopologies'][number], 'sources' | 'processors' | 'sinks'> = {
    sources: [
      {
        ...base,
        kind: 'source',
        name: 'source',
        topics: [{ name: 'input', internal: false }],
        key: serdes.string,
        value: serdes.string,
        absent: 'fail',
        children: ['filter'],
      },
    ],
    processors: [
      {
        kind: 'processor',
        site: null,
        name: 'filter',
        parents: ['source'],
        children: ['map'],
        stores: [],
        // The last character is one of 36: half of the records stay.
        factory: filterOperator((_key, value) => (value as string).charCodeAt(255) >= 105),
      },
      {
        kind: 'processor',
        site: null,
        name: 'map',
        parents: ['filter'],
        children: ['sink'],
        stores: [],
        factory: mapValuesOperator((value) => `${value as string}!`),
      },
    ],
    sinks: [
      {
        kind: 'sink',
        site: null,
        name: 'sink',
        parents: ['map'],
        topic: { name: 'output', internal: false },
        key: serdes.string as never,
        value: serdes.string as never,
        partitioner: null,
      },
    ],
  }
  return {
    id: 0,
    nodes: [...physical.sources, ...physical.processors, ...physical.sinks],
    ...physical,
    stores: [],
    copartitionGroups: [],
    sharedStoreTopics: [],
    repartitionTopics: [],
    sinkTopics: [{ name: 'output', internal: false }],
    changelogs: [],
  }
}

/**
 * The processing path alone, for filter and mapValues: fetched batches in, checksum checked, sealed batches out. `records`: at least so
 * many are read. The memory of the responses is reused, so that making them is not measured.
 */
export function createFilterMapValues(): (records: number) => ProcessingResult {
  const collector = new SealingCollector(4)
  const { clock, logger, output, files } = new VirtualWorld().environment('bench')
  const task = new Task({
    id: { subtopology: 0, partition: 0 },
    applicationId: 'bench',
    subtopology: filterMapValuesTopology(),
    inputs: [{ topic: 'input', partition: 0 }],
    openStores: () => ({
      store: () => undefined,
      flushCaches: () => {},
      uncommittedBytes: 0,
      apply: () => {},
      drop: () => {},
      close: () => {},
    }),
    globalStore: () => undefined,
    collector,
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
  task.begin(new TopicPartitionMap())
  const responses = fetchedBytes(16, 16)
  let next = 0
  return (records) => {
    const before = task.metrics.processedRecords
    const recordsBefore = collector.records
    const bytesBefore = collector.bytes
    while (task.metrics.processedRecords - before < records) {
      task.add(fetched(responses[next++ % responses.length]!))
      while (task.process(RECORDS_PER_CALL) > 0);
    }
    collector.sealAll()
    return {
      records: task.metrics.processedRecords - before,
      outputRecords: collector.records - recordsBefore,
      outputBytes: collector.bytes - bytesBefore,
    }
  }
}
