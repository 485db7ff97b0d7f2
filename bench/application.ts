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

/**
 * `application`: a whole application on the embedded cluster, both in this process: from `new KafkaStreams` to the end of `close`. The
 * figures contain the cluster's share and the start.
 */
export const application: Benchmark = {
  name: 'application',
  title: 'whole application on the embedded cluster, cluster and start included; 4 partitions, one instance',
  open(size) {
    const [records, lineCount] = size === 'smoke' ? [500, 100] : [400_000, 40_000]
    return [
      applicationCase({
        name: 'filter + mapValues, at least once',
        unit: 'records',
        input: { topic: 'input', pairs: keyedValues(records) },
        outputs: ['output'],
        builder: filterMapTopology(),
        config: { applicationId: APPLICATION_ID, commitIntervalMs: 1_000 },
      }),
      applicationCase({
        name: 'word count, exactly once',
        unit: 'lines',
        input: { topic: 'lines', pairs: lines(lineCount) },
        outputs: ['word-counts'],
        builder: wordCountTopology(),
        config: { applicationId: APPLICATION_ID, processingGuarantee: 'exactly_once_v2' },
      }),
    ]
  },
}

interface ApplicationCase extends Pick<BenchCase, 'name' | 'unit'> {
  readonly input: { readonly topic: string; readonly pairs: readonly Pair[] }
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
      fill(cluster, input.topic, input.pairs)
    },
    run: async () => {
      const streams = new KafkaStreams(builder, { ...config, cluster, logger: false })
      await streams.start()
      while (!isDone(cluster, input)) await sleep(LOOK_MS)
      await streams.close()
      return input.pairs.length
    },
    finish: () => cluster.close(),
  }
}

/** Whether everything that was read, and everything that came of it and is read again, is committed. */
function isDone(cluster: EmbeddedCluster, { topic, pairs }: ApplicationCase['input']): boolean {
  let committed = 0
  for (let partition = 0; partition < PARTITIONS; partition++) committed += cluster.committedOffset(APPLICATION_ID, topic, partition) ?? 0
  return committed >= pairs.length && cluster.lag(APPLICATION_ID) === 0
}

function fill(cluster: EmbeddedCluster, topic: string, pairs: readonly Pair[]): void {
  for (let start = 0; start < pairs.length; start += RECORDS_PER_BATCH) {
    const records = pairs.slice(start, start + RECORDS_PER_BATCH).map(({ key, value }) => ({
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
    }))
    cluster.append(topic, (start / RECORDS_PER_BATCH) % PARTITIONS, records)
  }
}
