import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import type { KStream } from '../../../src/dsl/kstream.ts'
import type { JoinSideKey, JoinSideValue } from '../../../src/model/join-side.ts'
import { joinWindows } from '../../../src/model/join-windows.ts'
import type { Windowed } from '../../../src/model/windowed.ts'
import { recordHeaders } from '../../../src/record/record-headers.ts'
import { joinSideKeySerde, joinSideValueSerde } from '../../../src/serdes/join-sides.ts'
import type { Serde } from '../../../src/serdes/serde.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import { ByteSlice } from '../../../src/state/byte-slice.ts'
import { ListItems } from '../../../src/state/lists/list-row.ts'
import type { ListStoreView } from '../../../src/state/lists/list-store-view.ts'
import type { ReadOnlyWindowStore } from '../../../src/state/windows/window-store.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import type { TestConfig } from '../../../src/testing/test-instance.ts'
import { choosePartition } from '../../../src/testing/topic-bytes.ts'
import { checkJoinedStreams, type JoinedRecord, type StreamJoin } from '../checks/check-joined-streams.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const text = { key: serdes.string, value: serdes.string }
const lefts = topic('lefts', text)
const rights = topic('rights', text)
const results = topic('joined-streams', text)
const DIFFERENCE_MS = 200
/** Longer than a run. */
const LONG_GRACE_MS = 3_600_000
const KEYS = ['a', 'b', 'c', 'd', 'e']

const windowKey = serdes.timeWindowed(serdes.string, DIFFERENCE_MS, { changelog: true })
const sideKey = joinSideKeySerde(serdes.string as Serde<unknown>)
const sideValue = joinSideValueSerde(serdes.string as Serde<unknown>, serdes.string as Serde<unknown>)
const context = (isKey: boolean) => ({ topic: 'joins', isKey, role: 'changelog', headers: recordHeaders() }) as const

/** Where the two sides come from: two topics, one of them with other keys than the join, or one topic that has both. */
export type JoinInputs = 'two-topics' | 'repartitioned' | 'one-topic'

/** What is left to chance about a join of streams. */
export interface JoinedStreamsOptions extends ApplicationOptions {
  readonly type: StreamJoin['type']
  readonly inputs: JoinInputs
}

/**
 * Two streams joined in windows. With a long grace all pairs are there, and what has no partner waits to the end; with a short one records
 * are given up, and pairs of old records may be lost.
 */
export class JoinedStreams implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[]
  readonly stores: readonly SimulatedStore[]
  readonly config: Partial<TestConfig>
  readonly #options: JoinedStreamsOptions
  readonly #join: StreamJoin
  readonly #records: JoinedRecord[] = []

  constructor(options: JoinedStreamsOptions) {
    this.#options = options
    const { partitions, random, type, inputs } = options
    const graceMs = random.chance(0.5) ? LONG_GRACE_MS : random.pick([0, 100, 400])
    this.#join = { type, graceMs, differenceMs: DIFFERENCE_MS, isOneTopic: inputs === 'one-topic' }
    this.inputs = inputs === 'one-topic' ? [rights.name] : [lefts.name, rights.name]
    const ownPartitions = inputs === 'repartitioned' ? 1 + random.below(3) : partitions
    this.topics = { [lefts.name]: ownPartitions, [rights.name]: partitions, [results.name]: 2 }
    this.config = { emitIntervalMsKstreamsOuterJoinSpuriousResultsFix: random.pick([0, 0, 150]) }
    this.stores = [
      // Their rows expire with a short grace: the changelog does not tell when.
      ...(graceMs === LONG_GRACE_MS ? [sideStore(this.#storeName('this')), sideStore(this.#storeName('other'))] : []),
      ...(type === 'inner' ? [] : [waitingStore(this.#storeName('shared'))]),
    ]
  }

  topology(): StreamsBuilder {
    const { inputs, type } = this.#options
    const builder = new StreamsBuilder()
    const right = builder.stream(rights)
    const left = inputs === 'one-topic' ? right.filter((_key, id) => id.startsWith('l')) : this.#left(builder)
    const joiner = (a: string | null, b: string | null): string => `${a ?? '-'}+${b ?? '-'}`
    const windows = joinWindows({ timeDifference: DIFFERENCE_MS, grace: this.#join.graceMs })
    const other = inputs === 'one-topic' ? right.filter((_key, id) => id.startsWith('r')) : right
    const options = { name: 'sides', store: 'sides' }
    const joined =
      type === 'inner'
        ? left.join(other, joiner, windows, options)
        : type === 'left'
          ? left.leftJoin(other, joiner, windows, options)
          : left.outerJoin(other, joiner, windows, options)
    joined.to(results)
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random, partitions, inputs } = this.#options
    for (let count = 1 + random.below(4); count > 0; count--) {
      const isLeft = random.chance(0.5)
      const key = random.pick(KEYS)
      const id = `${isLeft ? 'l' : 'r'}${this.#records.length}`
      const time = cluster.world.nowMs - random.below(random.chance(0.2) ? 1_500 : 200)
      // Some are of the same time, and some exactly as far apart as may be.
      const timestamp = time - (time % 25)
      this.#records.push({ id, isLeft, key, timestamp, partition: choosePartition(Buffer.from(key), partitions) })
      if (isLeft && inputs === 'repartitioned') cluster.produce(lefts, [{ key: id, value: `${key}:${id}`, timestamp }])
      else cluster.produce(isLeft && inputs === 'two-topics' ? lefts : rights, [{ key, value: id, timestamp }])
    }
  }

  checkOutputs(cluster: TestCluster): Problems {
    const waiting = this.#options.type === 'inner' ? new Set<string>() : this.#waiting(cluster)
    return checkJoinedStreams(this.#records, { results: cluster.read(results), waiting }, this.#join)
  }

  modelOf(store: string): StoreRows['model'] {
    // What waits depends on the order of the sides; it is in the check of the outputs.
    if (store === this.#storeName('shared')) return null
    const isLeft = store === this.#storeName('this')
    const own = this.#records.filter((record) => record.isLeft === isLeft)
    return new Map(own.map(({ key, timestamp, id }) => [`${key}@${timestamp}=${id}`, '']))
  }

  #left(builder: StreamsBuilder): KStream<string, string> {
    const stream = builder.stream(lefts)
    if (this.#options.inputs !== 'repartitioned') return stream
    return stream.selectKey((_id, value) => value.slice(0, 1), text).mapValues((value) => value.slice(2), { value: serdes.string })
  }

  #waiting(cluster: TestCluster): ReadonlySet<string> {
    const lists = new Map<string, readonly string[]>()
    const changelog = `${APPLICATION_ID}-${this.#storeName('shared')}-changelog`
    for (let partition = 0; partition < cluster.cluster.topics.partitions(changelog); partition++) {
      for (const { key, value } of cluster.cluster.read(changelog, partition, { isolation: 'read_committed' })) {
        lists.set(key!.toString('latin1'), value === null ? [] : idsIn(value))
      }
    }
    return new Set([...lists.values()].flat())
  }

  #storeName(side: 'this' | 'other' | 'shared'): string {
    const { type } = this.#options
    if (side === 'shared') return `sides-${type}-shared-join-store`
    const isOuter = type === 'outer' || (type === 'left' && side === 'other')
    return `sides-${isOuter ? 'outer-' : ''}${side}-join-store`
  }
}

/** A store of one side, with a row for each record. */
function sideStore(name: string): SimulatedStore {
  const show = ({ key, window }: Windowed<string>, id: string): string => `${key}@${window.start}=${id}`
  return {
    name,
    changelog: `${APPLICATION_ID}-${name}-changelog`,
    rowsOf: (store) => Array.from((store as ReadOnlyWindowStore<string, string>).fetchAll(0, Infinity), ([key, id]) => [show(key, id), id]),
    showKey: (key, value) => show(windowKey.deserialize(key, context(true)), String(value)),
    showRow: () => '',
    showRecord: () => '',
  }
}

/** The store of the records that wait: lists by time, side and key. */
function waitingStore(name: string): SimulatedStore {
  const show = ({ timestamp, isLeft, key }: JoinSideKey): string => `${timestamp} ${isLeft} ${String(key)}`
  return {
    name,
    changelog: `${APPLICATION_ID}-${name}-changelog`,
    rowsOf: (store) => {
      const rows = new Map<string, string>()
      for (const [key, { value }] of (store as ListStoreView<JoinSideKey, JoinSideValue>).all()) {
        const known = rows.get(show(key))
        rows.set(show(key), known === undefined ? String(value) : `${known} ${String(value)}`)
      }
      return rows
    },
    showKey: (key) => show(sideKey.deserialize(key, context(true))),
    showRow: String,
    showRecord: (value) => idsIn(value).join(' '),
  }
}

/** The values of a list. */
function idsIn(list: Buffer): readonly string[] {
  const row = new ByteSlice()
  row.set(list, 0, list.length)
  const items = new ListItems(row)
  items.begin()
  const ids: string[] = []
  const item = new ByteSlice()
  while (items.next(item)) ids.push(String(sideValue.deserialize(item.buffer.subarray(item.start, item.end), context(false)).value))
  return ids
}
