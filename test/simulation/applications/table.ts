import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import type { ValueAndTimestamp } from '../../../src/model/value-and-timestamp.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import { timestampedKeyValueStore } from '../../../src/state/store-spec.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import { checkTable, modelOfTable, type TableChange } from '../checks/check-table.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const rows = topic('rows', { key: serdes.string, value: serdes.string })
const changes = topic('changes', { key: serdes.string, value: serdes.nullable(serdes.string) })
const perLetter = topic('per-letter', { key: serdes.string, value: serdes.nullable(serdes.int64) })
const texts = { key: serdes.string, value: serdes.string }
const KEYS = ['anna', 'bert', 'carl', 'dora', 'emil', 'fred']

/** What is left to chance about a table. */
export interface TableOptions extends ApplicationOptions {
  /** The input topic is the changelog of the table. */
  readonly reusesSourceTopic: boolean
}

/**
 * A table, a table of its mapped values, each in a store, and the changes of the latter. Under exactly-once also the number of rows per
 * first letter of their values, through a repartition topic; at-least-once may count those wrong for good, as in Java.
 */
export class Table implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[] = [rows.name]
  readonly stores: readonly SimulatedStore[]
  readonly #options: TableOptions
  readonly #changes: TableChange[] = []

  constructor(options: TableOptions) {
    this.#options = options
    this.topics = { [rows.name]: options.partitions, [changes.name]: options.partitions, [perLetter.name]: 2 }
    const ofRows = options.reusesSourceTopic ? rows.name : `${APPLICATION_ID}-rows-store-changelog`
    const stores = [textStore('rows-store', ofRows), textStore('mapped-store', `${APPLICATION_ID}-mapped-store-changelog`)]
    this.stores = options.guarantee.isExactlyOnce ? [...stores, letterStore] : stores
  }

  topology(): StreamsBuilder {
    const builder = new StreamsBuilder()
    const table = builder.table(rows, { store: timestampedKeyValueStore('rows-store', texts) })
    const mapped = table.mapValues((value, key) => mapRow(key, value), { store: timestampedKeyValueStore('mapped-store', texts) })
    mapped.toStream().to(changes)
    if (this.#options.guarantee.isExactlyOnce) {
      table
        .groupBy((_key, value) => [value.slice(0, 1), value], { key: serdes.string, value: serdes.string })
        .count({ store: timestampedKeyValueStore('letters-store', { key: serdes.string, value: serdes.int64 }) })
        .toStream()
        .to(perLetter)
    }
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random } = this.#options
    const produced = Array.from({ length: 1 + random.below(4) }, () => {
      const key = random.pick(KEYS)
      const value = random.chance(0.15) ? null : `${random.pick(['x', 'y', 'z'])}${this.#changes.length}`
      const timestamp = cluster.world.nowMs - random.below(500)
      this.#changes.push({ key, value, timestamp })
      return { key, value: value as string, timestamp }
    })
    cluster.produce(rows, produced)
  }

  checkOutputs(cluster: TestCluster): Problems {
    const { guarantee } = this.#options
    const expected = this.#changes.map(({ key, value, timestamp }) => ({
      key,
      value: value === null ? null : mapRow(key, value),
      timestamp,
    }))
    const problems = [...checkTable(expected, cluster.read(changes), guarantee)]
    if (guarantee.isExactlyOnce) problems.push(...this.#checkLetters(cluster))
    return problems
  }

  modelOf(store: string): StoreRows['model'] {
    const { isExactlyOnce, isCached } = this.#options.guarantee
    // 1. An instance writes a row of the second store and dies before it commits. 2. The next one restores that row, and processes the
    // change that made it together with the deletion that followed: the cache of the first store forwards neither (as in Java).
    if (!isExactlyOnce && isCached && store === 'mapped-store') return null
    const model = modelOfTable(this.#changes)
    // The time of a count depends on which of two changes of different keys came first.
    if (store === letterStore.name) {
      return new Map([...this.#lettersModel()].flatMap(([letter, count]) => (count === 0 ? [] : [[letter, String(count)]])))
    }
    return new Map(
      [...model].map(([key, { value, timestamp }]) => [key, `${store === 'rows-store' ? value : mapRow(key, value)}@${timestamp}`]),
    )
  }

  #lettersModel(): ReadonlyMap<string, number> {
    const letters = new Map<string, number>()
    for (const { value } of this.#changes) if (value !== null) letters.set(value.slice(0, 1), 0)
    for (const { value } of modelOfTable(this.#changes).values()) letters.set(value.slice(0, 1), letters.get(value.slice(0, 1))! + 1)
    return letters
  }

  #checkLetters(cluster: TestCluster): Problems {
    const last = new Map(cluster.read(perLetter).map(({ key, value }) => [key, value]))
    return [...this.#lettersModel()].flatMap(([letter, count]) =>
      (last.get(letter) ?? 0) === count ? [] : [`the last count of letter "${letter}" is ${last.get(letter)}, not ${count}`],
    )
  }
}

function mapRow(key: string, value: string): string {
  return `${key}:${value}`
}

function textStore(name: string, changelog: string): SimulatedStore {
  return {
    name,
    changelog,
    showRow: (row) => `${(row as ValueAndTimestamp<string>).value}@${(row as ValueAndTimestamp<string>).timestamp}`,
    showRecord: (value, timestamp) => `${value.toString()}@${timestamp}`,
  }
}

const letterStore: SimulatedStore = {
  name: 'letters-store',
  changelog: `${APPLICATION_ID}-letters-store-changelog`,
  showRow: (row) => showLetters((row as ValueAndTimestamp<number>).value),
  showRecord: (value) => showLetters(Number(value.readBigInt64BE(0))),
}

/** A letter that came and went between two commits has a row without a cache, and none with one. */
function showLetters(count: number): string | null {
  return count === 0 ? null : String(count)
}
