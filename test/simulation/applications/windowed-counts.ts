import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import { untilWindowCloses } from '../../../src/dsl/options/suppressed.ts'
import { timeWindows } from '../../../src/model/time-windows.ts'
import type { Windowed } from '../../../src/model/windowed.ts'
import { recordHeaders } from '../../../src/record/record-headers.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import type { ReadOnlyWindowStore } from '../../../src/state/windows/window-store.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import type { TestConfig } from '../../../src/testing/test-instance.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import { checkWindowedCounts, type CountedWindows, modelOfWindows, type WindowedWord } from '../checks/check-windowed-counts.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const SIZE_MS = 300
const words = topic('windowed-words', { key: serdes.string, value: serdes.string })
const counts = topic('windowed-counts', { key: serdes.timeWindowed(serdes.string, SIZE_MS), value: serdes.int64 })
const keyInChangelog = serdes.timeWindowed(serdes.string, SIZE_MS, { changelog: true })
const keyContext = { topic: 'windows', isKey: true, role: 'changelog', headers: recordHeaders() } as const
const KEYS = ['a', 'b', 'c']

/** What is left to chance about windowed counts. */
export interface WindowedCountsOptions extends ApplicationOptions {
  readonly emitsOnClose: boolean
  /** Whether a `suppress` lets only final results through, instead of an aggregation that gives nothing else. Only with `emitsOnClose`. */
  readonly isSuppressed: boolean
}

/** Counts words in tumbling windows, some too late for them, with a result for each update or one when a window closes. */
export class WindowedCounts implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[] = [words.name]
  /** Each record looks for closed windows, so that the last one closes all. */
  readonly config: Partial<TestConfig> = { emitIntervalMsKstreamsWindowedAggregation: 0 }
  readonly stores: readonly SimulatedStore[] = [
    {
      name: 'windows',
      changelog: `${APPLICATION_ID}-windows-changelog`,
      rowsOf: (store) =>
        Array.from((store as ReadOnlyWindowStore<string, number>).fetchAll(0, Infinity), ([key, count]) => [showKey(key), count]),
      showRow: String,
      showKey: (key) => showKey(keyInChangelog.deserialize(key, keyContext)),
      showRecord: (value) => String(value.readBigInt64BE(0)),
    },
  ]
  readonly #options: WindowedCountsOptions
  readonly #windows: CountedWindows
  readonly #words: WindowedWord[] = []

  constructor(options: WindowedCountsOptions) {
    this.#options = options
    this.#windows = { sizeMs: SIZE_MS, graceMs: 100 + options.random.below(300), emitsOnClose: options.emitsOnClose }
    this.topics = { [words.name]: options.partitions, [counts.name]: 2 }
  }

  topology(): StreamsBuilder {
    const { emitsOnClose, isSuppressed } = this.#options
    const builder = new StreamsBuilder()
    const table = builder
      .stream(words)
      .groupByKey()
      .windowedBy(timeWindows({ size: SIZE_MS, grace: this.#windows.graceMs }))
      .emitStrategy(emitsOnClose && !isSuppressed ? 'on-window-close' : 'on-window-update')
      .count({ store: 'windows', retention: '1h' })
    const stream = isSuppressed ? table.suppress(untilWindowCloses({ name: 'final' })).toStream() : table.toStream()
    stream.to(counts)
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random, partitions } = this.#options
    const partition = random.below(partitions)
    const produced = Array.from({ length: 1 + random.below(4) }, () => {
      const timestamp = cluster.world.nowMs - random.below(random.chance(0.2) ? 1_500 : 300)
      return { key: `${random.pick(KEYS)}${partition}`, value: 'v', timestamp, partition }
    })
    this.#words.push(...produced)
    cluster.produce(words, produced)
  }

  checkOutputs(cluster: TestCluster): Problems {
    const outputs = cluster.read(counts).map((record) => ({ ...record, key: showKey(record.key!), value: record.value! }))
    return checkWindowedCounts(this.#words, outputs, { ...this.#windows, isCached: this.#options.guarantee.isCached })
  }

  modelOf(): StoreRows['model'] {
    return new Map(Array.from(modelOfWindows(this.#words, this.#windows), ([window, { count }]) => [window, String(count)]))
  }
}

function showKey({ key, window }: Windowed<string>): string {
  return `${key}@${window.start}`
}
