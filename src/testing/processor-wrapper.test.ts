import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { ProcessorWrapper } from '../processor/processor-wrapper.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { Topology } from '../topology/topology.ts'
import { testDriver } from './test-driver.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })

/** Notes every record that a node gets, in a store of its own, and what is opened and closed. */
function auditing(): { readonly wrapper: ProcessorWrapper; readonly wrapped: string[]; readonly closed: string[] } {
  const wrapped: string[] = []
  const closed: string[] = []
  const wrapper: ProcessorWrapper = (name, supplier) => {
    wrapped.push(name)
    const seen = keyValueStore(`seen-by-${name}`, { key: serdes.string, value: serdes.int32 })
    return {
      stores: { seen },
      supplier: (context) => {
        const inner = supplier(context)
        const process = typeof inner === 'function' ? inner : inner.process
        const rows = context.stores['seen'] as KeyValueStore<string, number>
        return {
          process: (record) => {
            rows.put(name, (rows.get(name) ?? 0) + 1)
            process(record)
          },
          close: () => {
            closed.push(name)
            if (typeof inner !== 'function') inner.close?.()
          },
        }
      },
    }
  }
  return { wrapper, wrapped, closed }
}

test('processorWrapper is put around the processor of every node of the DSL, and brings stores', () => {
  const { wrapper, wrapped, closed } = auditing()
  const builder = new StreamsBuilder({ processorWrapper: wrapper })
  builder
    .stream(words)
    .filter((_key, word) => word !== 'no')
    .groupBy((_key, word) => word, { key: serdes.string })
    .count()
    .toStream()
    .to(counts)
  const topology = builder.build()
  const names = [
    'KSTREAM-FILTER-0000000001',
    'KSTREAM-KEY-SELECT-0000000002',
    'KSTREAM-FILTER-0000000006',
    'KSTREAM-AGGREGATE-0000000004',
    'KTABLE-TOSTREAM-0000000008',
  ]
  assert.deepEqual(wrapped, names)
  assert.match(topology.describe().toString(), /KSTREAM-FILTER-0000000001 \(stores: \[seen-by-KSTREAM-FILTER-0000000001\]\)/)
  {
    using driver = testDriver(topology)
    driver.input(words).pipeAll([
      ['k', 'yes'],
      ['k', 'no'],
      ['k', 'yes'],
    ])
    assert.deepEqual(driver.output(counts).readKeyValues(), [
      ['yes', 1],
      ['yes', 2],
    ])
    const seen = names.map((name) => {
      const store = keyValueStore(`seen-by-${name}`, { key: serdes.string, value: serdes.int32 })
      return driver.store(store).get(name)
    })
    assert.deepEqual(seen, [3, 2, 2, 2, 2])
  }
  assert.deepEqual(closed.toSorted(), names.toSorted())
})

test('processorWrapper is put around processors that were added by hand, not around those of global and read-only stores', () => {
  const { wrapper, wrapped } = auditing()
  const topology = new Topology({ processorWrapper: wrapper })
  const rates = keyValueStore('rates', { key: serdes.string, value: serdes.string })
  const stock = keyValueStore('stock', { key: serdes.string, value: serdes.string })
  topology.addGlobalStore(
    'rates-keeper',
    topic('rates', words),
    ({ stores }) =>
      ({ key, value }) =>
        stores.rates.put(key, value),
    {
      stores: { rates },
    },
  )
  topology.addReadOnlyStateStore(
    'stock-keeper',
    topic('stock', words),
    ({ stores }) =>
      ({ key, value }) =>
        stores.stock.put(key, value),
    {
      stores: { stock },
    },
  )
  const source = topology.addSource('source', words)
  const own = keyValueStore('own', { key: serdes.string, value: serdes.string })
  const upper = topology.addProcessor(
    'upper',
    ({ stores, forward }) =>
      (record) => {
        stores.own.put(record.key, record.value)
        forward(record.withValue(record.value.toUpperCase()))
      },
    { parents: [source], stores: { own } },
  )
  topology.addSink('sink', 'out', { parents: [upper], key: serdes.string, value: serdes.string })
  assert.deepEqual(wrapped, ['upper'])
  using driver = testDriver(topology)
  driver.input(words).pipe('k', 'v')
  assert.deepEqual(driver.output(topic('out', words)).readKeyValues(), [['k', 'V']])
  assert.equal(driver.store(own).get('k'), 'v')
})

test('processorWrapper may forward by itself, and drop records', () => {
  const wrapper: ProcessorWrapper = (_name, supplier) => (context) => {
    const inner = supplier(context)
    const process = typeof inner === 'function' ? inner : inner.process
    return (record) => {
      if (record.value === 'twice') context.forward(record.withValue('first'))
      if (record.value !== 'drop') process(record)
    }
  }
  const builder = new StreamsBuilder({ processorWrapper: wrapper })
  builder
    .stream(words)
    .mapValues((word) => `${word}!`, { value: serdes.string })
    .to('out')
  using driver = testDriver(builder)
  for (const word of ['twice', 'drop', 'once']) driver.input(words).pipe('k', word)
  assert.deepEqual(driver.output(topic('out', words)).readValues(), ['first', 'twice!', 'once!'])
})

test('processorWrapper that returns no supplier, or calls it with another context, is refused', () => {
  const wrong = new StreamsBuilder({ processorWrapper: (() => 5) as never })
  wrong.stream(words).filter(() => true)
  assert.throws(() => wrong.build(), { message: /Cannot wrap processor "KSTREAM-FILTER-0000000001": processorWrapper returned number/ })

  const copying = new StreamsBuilder({ processorWrapper: (_name, supplier) => (context) => supplier({ ...context }) })
  copying.stream(words).filter(() => true)
  assert.throws(
    () => testDriver(copying),
    (error: Error) =>
      /with another context than the one it was given/.test(`${error.message} ${(error.cause as Error | undefined)?.message}`),
  )
})

test('processorWrapper in the configuration of the application is refused: it says where it belongs', () => {
  const builder = new StreamsBuilder()
  assert.throws(
    () => testDriver(builder, { processorWrapperClass: 'Wrapper' } as never),
    (error) => isMillraceError(error) && /the option `processorWrapper` of StreamsBuilder and Topology/.test(error.message),
  )
})
