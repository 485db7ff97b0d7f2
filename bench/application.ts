import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedCluster } from '../src/broker/embedded-cluster.ts'
import type { StreamsConfig } from '../src/config/streams-config.ts'
import type { StreamsBuilder } from '../src/dsl/streams-builder.ts'
import { KafkaStreams } from '../src/entry/kafka-streams.ts'
import { filterMapTopology } from './filter-map.ts'
import { keyedValues, lines, type Pair } from './input.ts'
import type { BenchCase, Benchmark } from './measure.ts'
import { wordCountTopology } from './word-count-path.ts'

const APPLICATION_ID = 'bench'
const PARTITIONS = 4
const RECORDS_PER_BATCH = 200
const LOOK_MS = 5
const POOL_RECORDS = 4_000

/**
 * `application`: a whole application on the embedded cluster, both in this process: from `new KafkaStreams` to the end of `close`. The
 * figures contain the cluster's share and the start.
 */
export const application: Benchmark = {
  name: 'application',
  title: 'whole application on the embedded cluster, cluster and start included; 4 partitions, one instance',
  open(size) {
    const [records, lineCount] = size === 'smoke' ? [500, 100] : [600_000, 150_000]
    // The same input again and again: objects that live through a run would only keep the garbage collector busy.
    const pairs = keyedValues(Math.min(records, POOL_RECORDS))
    const pool = lines(Math.min(lineCount, POOL_RECORDS))
    return [
      applicationCase({
        name: 'filter + mapValues, at least once',
        unit: 'records',
        input: { topic: 'input', pool: pairs, count: records },
        outputs: ['output'],
        builder: filterMapTopology(),
        config: { applicationId: APPLICATION_ID, commitIntervalMs: 200 },
      }),
      applicationCase({
        name: 'word count, exactly once',
        unit: 'lines',
        input: { topic: 'lines', pool, count: lineCount },
        outputs: ['word-counts'],
        builder: wordCountTopology(),
        config: { applicationId: APPLICATION_ID, processingGuarantee: 'exactly_once_v2' },
      }),
    ]
  },
}

/** `count` records, those of `pool` over and over. */
interface Input {
  readonly topic: string
  readonly pool: readonly Pair[]
  readonly count: number
}

interface ApplicationCase extends Pick<BenchCase, 'name' | 'unit'> {
  readonly input: Input
  readonly outputs: readonly string[]
  readonly builder: StreamsBuilder
  readonly config: StreamsConfig
}

function applicationCase({ name, unit, input, outputs, builder, config }: ApplicationCase): BenchCase {
  let cluster: EmbeddedCluster
  return {
    name,
    unit,
    prepare: () => {
      cluster = new EmbeddedCluster({ initialRebalanceDelayMs: 0, heartbeatIntervalMs: 500 })
      for (const topic of [input.topic, ...outputs]) cluster.createTopic(topic, { partitions: PARTITIONS })
      fill(cluster, input)
      globalThis.gc?.()
    },
    run: async () => {
      const streams = new KafkaStreams(builder, { ...config, cluster, logger: false })
      await streams.start()
      while (!isDone(cluster, input)) await sleep(LOOK_MS)
      await streams.close()
      return input.count
    },
    finish: () => cluster.close(),
  }
}

/** Whether everything that was read, and everything that came of it and is read again, is committed. */
function isDone(cluster: EmbeddedCluster, { topic, count }: Input): boolean {
  let committed = 0
  for (let partition = 0; partition < PARTITIONS; partition++) committed += cluster.committedOffset(APPLICATION_ID, topic, partition) ?? 0
  return committed >= count && cluster.lag(APPLICATION_ID) === 0
}

function fill(cluster: EmbeddedCluster, { topic, pool, count }: Input): void {
  const records = pool.map(({ key, value }) => ({ key: key === null ? null : Buffer.from(key), value: Buffer.from(value) }))
  for (let start = 0; start < count; start += RECORDS_PER_BATCH) {
    const from = start % pool.length
    cluster.append(topic, (start / RECORDS_PER_BATCH) % PARTITIONS, records.slice(from, from + Math.min(RECORDS_PER_BATCH, count - start)))
  }
}
