import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joinWindows } from '../model/join-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { windowStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'
import { internalTopicConfigs } from '../topology/internal-topics.ts'
import type { InternalTopic } from '../topology/physical-topology.ts'
import type { KStream } from './kstream.ts'
import type { StreamJoined } from './options/stream-joined.ts'
import { StreamsBuilder, type StreamsBuilderOptions } from './streams-builder.ts'

const orders = topic('orders', { key: serdes.string, value: serdes.string })
const payments = topic('payments', { key: serdes.string, value: serdes.int64 })
const windows = joinWindows({ before: '5s', after: '10s', grace: '1s' })

type Options = StreamJoined<string, string, number>

interface Sides {
  readonly left: KStream<string, string>
  readonly right: KStream<string, number>
}

interface Built {
  readonly nodes: readonly string[]
  readonly stores: readonly StoreDefinition[]
  readonly changelogs: readonly InternalTopic[]
  readonly topics: readonly string[]
  readonly copartitioned: readonly (readonly string[])[]
}

function build(join: (sides: Sides) => unknown, config: StreamsBuilderOptions = {}): Built {
  const builder = new StreamsBuilder(config)
  join({ left: builder.stream(orders), right: builder.stream(payments) })
  const { subtopologies } = builder.build().physical()
  return {
    nodes: subtopologies.flatMap(({ processors }) => processors.map(({ name }) => name)),
    stores: subtopologies.flatMap(({ stores }) => stores),
    changelogs: subtopologies.flatMap(({ changelogs }) => changelogs),
    topics: subtopologies.flatMap(({ repartitionTopics }) => repartitionTopics.map(({ topic: { name } }) => name)),
    copartitioned: subtopologies.flatMap(({ copartitionGroups }) =>
      copartitionGroups.map((group) => group.map(({ name }) => name).toSorted()),
    ),
  }
}

const inner = (options?: Options) => build(({ left, right }) => left.join(right, (a, b) => `${a}${b}`, windows, options))
const leftJoin = (options?: Options) => build(({ left, right }) => left.leftJoin(right, (a, b) => `${a}${b ?? ''}`, windows, options))
const outer = (options?: Options) => build(({ left, right }) => left.outerJoin(right, (a, b) => `${a ?? ''}${b ?? ''}`, windows, options))
const storeNames = ({ stores }: Built): string[] => stores.map(({ name }) => name)

describe('names of a join of streams', () => {
  test('are numbered in the order: what keeps records, what joins, what merges', () => {
    assert.deepEqual(inner().nodes, [
      'KSTREAM-WINDOWED-0000000002',
      'KSTREAM-WINDOWED-0000000003',
      'KSTREAM-JOINTHIS-0000000004',
      'KSTREAM-JOINOTHER-0000000005',
      'KSTREAM-MERGE-0000000006',
    ])
    assert.deepEqual(leftJoin().nodes.slice(2, 4), ['KSTREAM-JOINTHIS-0000000004', 'KSTREAM-OUTEROTHER-0000000005'])
    assert.deepEqual(outer().nodes.slice(2, 4), ['KSTREAM-OUTERTHIS-0000000004', 'KSTREAM-OUTEROTHER-0000000005'])
  })

  test('come from the option name, the stores keep their numbers', () => {
    const named = leftJoin({ name: 'paid' })
    assert.deepEqual(named.nodes, ['paid-this-windowed', 'paid-other-windowed', 'paid-this-join', 'paid-outer-other-join', 'paid-merge'])
    assert.deepEqual(storeNames(named).toSorted(), [
      'KSTREAM-JOINTHIS-0000000004-store',
      'KSTREAM-OUTEROTHER-0000000005-store',
      'KSTREAM-OUTERSHARED-0000000004-store',
    ])
  })

  test('of stores begin with the option store', () => {
    assert.deepEqual(storeNames(inner({ store: 'paid' })).toSorted(), ['paid-other-join-store', 'paid-this-join-store'])
    assert.deepEqual(storeNames(leftJoin({ store: 'paid' })).toSorted(), [
      'paid-left-shared-join-store',
      'paid-outer-other-join-store',
      'paid-this-join-store',
    ])
    assert.deepEqual(storeNames(outer({ store: 'paid' })).toSorted(), [
      'paid-outer-other-join-store',
      'paid-outer-shared-join-store',
      'paid-outer-this-join-store',
    ])
  })

  test('must be there where generated ones are refused', () => {
    const config = { ensureExplicitInternalResourceNaming: true }
    const joined = (store?: string) => () =>
      build(({ left, right }) => left.join(right, (a) => a, windows, store === undefined ? {} : { store }), config)
    assert.throws(joined(), { code: 'INTERNAL_NAMES_MISSING' })
    assert.doesNotThrow(joined('paid'))
  })
})

describe('stores of a join of streams', () => {
  test('keep duplicates for the size of the windows and their grace, and are never cached', () => {
    for (const { window, caching, kind } of inner().stores) {
      assert.equal(kind, 'window')
      assert.equal(caching, false)
      assert.deepEqual([window?.sizeMs, window?.retentionMs, window?.retainsDuplicates], [15_000, 16_000, true])
    }
  })

  test('have changelogs that are deleted by age, the shared one is compacted', () => {
    const configs = Object.fromEntries(leftJoin().changelogs.map((changelog) => [changelog.store, internalTopicConfigs(changelog, {}, 0)]))
    assert.deepEqual(configs['KSTREAM-JOINTHIS-0000000004-store'], {
      'cleanup.policy': 'delete',
      'message.timestamp.type': 'CreateTime',
      'retention.ms': '16000',
    })
    assert.equal(configs['KSTREAM-OUTERSHARED-0000000004-store']?.['cleanup.policy'], 'compact')
  })

  test('take settings of their changelogs, but not another clean-up, and none at all', () => {
    const [changelog] = inner({ logging: { segmentBytes: 7, cleanupPolicy: 'compact' } }).changelogs
    assert.deepEqual(
      [internalTopicConfigs(changelog!, {})].map((c) => [c['segment.bytes'], c['cleanup.policy']]),
      [['7', 'delete']],
    )
    assert.deepEqual(outer({ logging: false }).changelogs, [])
  })

  test('may be described', () => {
    const layout = { windowSize: '15s', retention: '16s', retainDuplicates: true, supplier: 'in-memory' } as const
    const left = windowStore('ordered', { key: serdes.string, value: serdes.string, ...layout })
    const right = windowStore('paid', { key: serdes.string, value: serdes.int64, ...layout })
    const { stores } = leftJoin({ store: { left, right } })
    assert.deepEqual(stores.map(({ name, supplier }) => `${name}: ${JSON.stringify(supplier)}`).toSorted(), [
      'ordered-left-shared-join-store: "in-memory"',
      'ordered: "in-memory"',
      'paid: "in-memory"',
    ])
  })

  test('that do not fit the windows are refused', () => {
    const stores = (layout: { windowSize?: number; retention?: number; retainDuplicates?: boolean; name?: string }) => {
      const { name = 'ordered', ...rest } = layout
      const options = { windowSize: 15_000, retention: 16_000, retainDuplicates: true, ...rest }
      const left = windowStore(name, { key: serdes.string, value: serdes.string, ...options })
      return { store: { left, right: windowStore('paid', { key: serdes.string, value: serdes.int64, ...options }) } }
    }
    assert.throws(() => inner(stores({ retainDuplicates: false })), { code: 'STORE_OPTION', message: /required is retainDuplicates: true/ })
    assert.throws(() => inner(stores({ windowSize: 14_000 })), {
      code: 'STORE_OPTION',
      message: /required are those of the windows, 15000 ms/,
    })
    assert.throws(() => inner(stores({ retention: 17_000 })), { code: 'STORE_OPTION' })
    assert.throws(() => inner(stores({ name: 'paid' })), { code: 'STORE_NAME_TAKEN' })
  })
})

describe('a join of streams', () => {
  test('repartitions the sides whose key was changed, named after the join or the node', () => {
    const byValue = ({ left, right }: Sides, options: Options = {}) =>
      left.selectKey((_key, value) => value, { key: serdes.string }).join(right, (a) => a, windows, options)
    assert.deepEqual(build((sides) => byValue(sides)).topics, ['KSTREAM-KEY-SELECT-0000000002-repartition'])
    const named = build((sides) => byValue(sides, { name: 'paid' }))
    assert.deepEqual(named.topics, ['paid-left-repartition'])
    assert.deepEqual(named.copartitioned, [['paid-left-repartition', 'payments']])
  })

  test('the topics of both sides must have equally many partitions', () => {
    assert.deepEqual(inner().copartitioned, [['orders', 'payments']])
    const mismatch = ({ left, right }: Sides) =>
      left.repartition({ partitions: 2 }).join(right.repartition({ partitions: 3 }), (a) => a, windows)
    assert.throws(() => build(mismatch), { code: 'COPARTITION_MISMATCH' })
  })

  test('merged repartition topics stay copartitioned', () => {
    const { topics, copartitioned } = build(
      ({ left, right }) => {
        const byValue = left.selectKey((_key, value) => value, { key: serdes.string })
        byValue.groupByKey().count()
        byValue.join(right, (a) => a, windows, { name: 'paid' })
      },
      { topologyOptimization: ['merge.repartition.topics'] },
    )
    assert.equal(topics.length, 1)
    assert.deepEqual(copartitioned, [[topics[0]!, 'payments'].toSorted()])
  })

  test('left and outer joins get records without a key through their repartition topics, others do not', () => {
    const nullable = topic('nullable', { key: serdes.string, value: serdes.string })
    const results = topic('results', { key: serdes.nullable(serdes.string), value: serdes.string })
    const throughTopic = (method: 'leftJoin' | 'join') => {
      const builder = new StreamsBuilder()
      const left = builder.stream(nullable).selectKey((): string | null => null, { key: serdes.nullable(serdes.string) })
      const right = builder.stream(payments)
      const joined =
        method === 'join'
          ? left.join(right, (a) => a, windows, { key: serdes.string, name: 'j' })
          : left.leftJoin(right, (a) => a, windows, { key: serdes.string, name: 'j' })
      joined.to(results)
      using driver = testDriver(builder)
      driver.input(nullable).pipe('k', 'v')
      return driver.output(results).readKeyValues()
    }
    assert.deepEqual(throughTopic('leftJoin'), [[null, 'v']])
    assert.deepEqual(throughTopic('join'), [])
  })

  test('of a stream with itself needs one store where that is asked for', () => {
    const itself = (topologyOptimization: StreamsBuilderOptions['topologyOptimization'] = 'none') =>
      build(({ left }) => left.join(left, (a, b) => a + b, windows), { topologyOptimization })
    assert.equal(itself().stores.length, 2)
    for (const optimization of ['all', ['single.store.self.join']] as const) {
      const { nodes, stores } = itself(optimization)
      assert.deepEqual(nodes, ['KSTREAM-WINDOWED-0000000002', 'KSTREAM-MERGE-0000000006'])
      assert.deepEqual(
        stores.map(({ name }) => name),
        ['KSTREAM-JOINTHIS-0000000004-store'],
      )
    }
  })

  test('takes streams of one builder, functions, and windows of a join', () => {
    const builder = new StreamsBuilder()
    const [left, right] = [builder.stream(orders), builder.stream(payments)]
    const other = new StreamsBuilder().stream(payments)
    assert.throws(() => left.join(other, (a) => a, windows), /different StreamsBuilders/)
    assert.throws(() => left.join(right, (a) => a, { timeDifference: 5 } as never), /third argument are windows/)
    assert.throws(() => left.leftJoin(right, 'joiner' as never, windows), /leftJoin\(\)/)
    assert.throws(() => left.outerJoin('payments' as never, (a, b) => a ?? String(b), windows), /no stream/)
  })

  test('needs the serdes of what it keeps', () => {
    const builder = new StreamsBuilder()
    const mapped = builder.stream(orders).mapValues((value) => value.length)
    assert.throws(() => mapped.join(builder.stream(payments), (a) => a, windows), { code: 'SERDE_MISSING' })
    assert.doesNotThrow(() => mapped.join(builder.stream(payments), (a) => a, windows, { value: serdes.int32 }))
  })
})
