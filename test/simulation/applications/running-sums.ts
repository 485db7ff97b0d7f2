import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import { StreamRecord } from '../../../src/model/stream-record.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import { keyValueStore } from '../../../src/state/store-spec.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import { type Amount, checkSums, modelOfSums, type Running, type Total } from '../checks/check-sums.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const amounts = topic('amounts', { key: serdes.string, value: serdes.int32 })
const sums = topic('sums', { key: serdes.string, value: serdes.json<Total | Running>() })
const KEYS = ['a', 'b', 'c']
/** Key of the running sum in the store of a partition, and of its outputs. */
const RUNNING = '#'

interface SumRow {
  readonly count: number
  readonly sum: number
}

/** What is left to chance about the application. */
export interface RunningSumsOptions extends ApplicationOptions {
  readonly punctuationIntervalMs: number
}

/** A processor that sums up amounts per key and per partition; a wall-clock punctuator puts out the latter. */
export class RunningSums implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[] = [amounts.name]
  readonly stores: readonly SimulatedStore[] = [
    {
      name: 'sums-store',
      changelog: `${APPLICATION_ID}-sums-store-changelog`,
      showRow: (row) => JSON.stringify(row),
      showRecord: (value) => value.toString(),
    },
  ]
  readonly #options: RunningSumsOptions
  readonly #amounts: Amount[] = []

  constructor(options: RunningSumsOptions) {
    this.#options = options
    this.topics = { [amounts.name]: options.partitions, [sums.name]: options.partitions }
  }

  topology(): StreamsBuilder {
    const { guarantee, punctuationIntervalMs } = this.#options
    const store = keyValueStore('sums-store', { key: serdes.string, value: serdes.json<SumRow>(), caching: guarantee.isCached })
    const builder = new StreamsBuilder()
    builder
      .stream(amounts)
      .process<string, Total | Running, { rows: typeof store }>(
        ({ stores: { rows }, forward, schedule, commit, taskId }) => {
          const key = RUNNING + taskId.split('_')[1]
          const add = (name: string, amount: number): SumRow => {
            const known = rows.get(name)
            const row = { count: (known?.count ?? 0) + 1, sum: (known?.sum ?? 0) + amount }
            rows.put(name, row)
            return row
          }
          let lastSum = -1
          schedule(punctuationIntervalMs, 'wall-clock', (timestamp) => {
            const sum = rows.get(key)?.sum ?? 0
            // Else the application would never come to rest.
            if (sum !== lastSum) forward(new StreamRecord(key, { kind: 'running', sum } as const, timestamp))
            lastSum = sum
          })
          return (record) => {
            add(key, record.value)
            forward(record.withValue({ kind: 'total', amount: record.value, ...add(record.key, record.value) } as const))
            if (record.value % 7 === 0) commit()
          }
        },
        { stores: { rows: store }, key: serdes.string },
      )
      .to(sums, { partitioner: (key) => partitionOf(key) })
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random, partitions } = this.#options
    const produced = Array.from({ length: 1 + random.below(5) }, () => {
      const partition = random.below(partitions)
      const key = random.pick(KEYS) + partition
      const amount = 1 + this.#amounts.length
      const timestamp = cluster.world.nowMs - random.below(500)
      this.#amounts.push({ key, amount, timestamp, partition })
      return { key, value: amount, timestamp, partition }
    })
    cluster.produce(amounts, produced)
  }

  checkOutputs(cluster: TestCluster): Problems {
    return checkSums(this.#amounts, cluster.read(sums), this.#options.guarantee)
  }

  modelOf(): StoreRows['model'] {
    if (!this.#options.guarantee.isExactlyOnce) return null
    const running = this.#amounts.map((amount) => ({ ...amount, key: RUNNING + amount.partition }))
    const model = modelOfSums([...this.#amounts, ...running])
    return new Map([...model].map(([key, row]) => [key, JSON.stringify(row)]))
  }
}

/** The keys of this application end with the partition that they belong to. */
function partitionOf(key: string): number {
  return Number(key.slice(1))
}
