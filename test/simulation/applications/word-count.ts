import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import type { ValueAndTimestamp } from '../../../src/model/value-and-timestamp.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import { timestampedKeyValueStore } from '../../../src/state/store-spec.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import { checkWordCounts, modelOfWordCounts, type Occurrence } from '../checks/check-word-counts.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const lines = topic('lines', { value: serdes.string })
const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })
/** Its rows have timestamps for whoever looks. */
const countStore = timestampedKeyValueStore('counts', { key: serdes.string, value: serdes.int64 })
// Words that occur in several input partitions; `only-<partition>` occurs in one, so that the times of its counts are known.
const VOCABULARY = ['be', 'not', 'or', 'to', 'question']

/** Counts words through a repartition topic into a change-logged store. */
export class WordCount implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[] = [lines.name]
  readonly stores: readonly SimulatedStore[] = [
    {
      name: 'counts',
      changelog: `${APPLICATION_ID}-counts-changelog`,
      showRow: (row) => showCount(row as ValueAndTimestamp<number>),
      showRecord: (value, timestamp) => showCount({ value: Number(value.readBigInt64BE(0)), timestamp }),
    },
  ]
  readonly #options: ApplicationOptions
  readonly #occurrences: Occurrence[] = []

  constructor(options: ApplicationOptions) {
    this.#options = options
    this.topics = { [lines.name]: options.partitions, [wordCounts.name]: 2 }
  }

  topology(): StreamsBuilder {
    const builder = new StreamsBuilder()
    builder
      .stream(lines)
      .flatMapValues((line) => (line ?? '').split(' '), { value: serdes.string })
      .groupBy((_key, word) => word, { key: serdes.string })
      .count({ store: countStore })
      .toStream()
      .to(wordCounts)
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random, partitions } = this.#options
    const partition = random.below(partitions)
    const produced = Array.from({ length: 1 + random.below(4) }, () => {
      const words = Array.from({ length: 1 + random.below(3) }, () => this.#drawWord(partition))
      const timestamp = cluster.world.nowMs - random.below(500)
      for (const word of words) this.#occurrences.push({ word, timestamp, partition })
      return { key: null, value: words.join(' '), timestamp, partition }
    })
    cluster.produce(lines, produced)
  }

  checkOutputs(cluster: TestCluster): Problems {
    return checkWordCounts(this.#occurrences, cluster.read(wordCounts), this.#options.guarantee)
  }

  modelOf(): StoreRows['model'] {
    if (!this.#options.guarantee.isExactlyOnce) return null
    const model = modelOfWordCounts(this.#occurrences)
    return new Map([...model].map(([word, { count, timestamp }]) => [word, showCount({ value: count, timestamp })]))
  }

  #drawWord(partition: number): string {
    const { random } = this.#options
    return random.chance(0.3) ? `only-${partition}` : random.pick(VOCABULARY)
  }
}

function showCount({ value, timestamp }: ValueAndTimestamp<number>): string {
  return `${value}@${timestamp}`
}
