import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopologyError } from '../base/errors.ts'
import type { ProcessorSupplier } from '../processor/processor.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, timestampedKeyValueStore } from '../state/store-spec.ts'
import { Topology } from './topology.ts'

const text = { key: serdes.string, value: serdes.string }
const lines = topic('lines', text)
const forwarding: ProcessorSupplier<string, string, string, string> = ({ forward }) => forward

function thrown(run: () => unknown, code: string, message: RegExp): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof TopologyError)
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
}

test('Topology.addSource() refuses a taken name, and says where it was taken', () => {
  const topology = new Topology()
  topology.addSource('a', lines)
  thrown(
    () => topology.addSource('a', 'other'),
    'NODE_NAME_TAKEN',
    /^Cannot add source "a": the name is taken by the source added at .*topology\.test\.ts:\d+$/,
  )
})

test('Topology.addSource() refuses a topic that another source reads, by name or by pattern', () => {
  const topology = new Topology()
  topology.addSource('a', ['x', 'y'])
  thrown(() => topology.addSource('b', 'y'), 'TOPIC_TAKEN', /topic "y" is already read by source "a"$/)
  thrown(() => topology.addSource('b', ['z', 'z']), 'TOPIC_TAKEN', /topic "z" is already read by source "b" itself$/)
  thrown(() => topology.addSource('b', /[a-x]/), 'TOPIC_TAKEN', /topic "x" is already read by source "a"$/)
  topology.addSource('p', /log-.+/)
  thrown(() => topology.addSource('b', 'log-1'), 'TOPIC_TAKEN', /topic "log-1" is already read by source "p"$/)
  topology.addSource('b', 'log-')
  thrown(() => topology.addSource('c', []), 'TOPIC_TAKEN', /it names no topic$/)
})

test('Topology refuses names that cannot be part of a topic name', () => {
  const topology = new Topology()
  thrown(() => topology.addSource('', lines), 'NAME_INVALID', /^Cannot use "" as the name of a source: it is empty$/)
  thrown(() => topology.addSource('..', lines), 'NAME_INVALID', /not allowed$/)
  thrown(() => topology.addSource('a b', lines), 'NAME_INVALID', /only letters, digits/)
  thrown(() => topology.addSource('a'.repeat(250), lines), 'NAME_INVALID', /it has 250 characters, 249 are allowed$/)
  thrown(() => topology.addSource('a', 'no topic'), 'TOPIC_NAME', /no topic/)
})

test('Topology.addProcessor() refuses parents that are not there', () => {
  const topology = new Topology()
  const stranger = new Topology().addSource('stranger', lines)
  thrown(
    () => topology.addProcessor<string, string>('p', forwarding, { parents: [] }),
    'PARENT_UNKNOWN',
    /it has no parents, at least one is required$/,
  )
  thrown(
    () => topology.addProcessor('p', forwarding, { parents: [stranger] }),
    'PARENT_UNKNOWN',
    /its parent "stranger" is not in this topology$/,
  )
})

test('Topology.addProcessor() adds its stores once, whoever shares their descriptions', () => {
  const topology = new Topology()
  const a = topology.addSource('a', lines)
  const b = topology.addSource('b', 'other', text)
  const store = keyValueStore('shared', text)
  topology.addProcessor('p', forwarding, { parents: [a], stores: { mine: store } })
  topology.addProcessor('q', forwarding, { parents: [b], stores: { yours: store } })
  const { subtopologies } = topology.physical()
  assert.equal(subtopologies.length, 1)
  assert.deepEqual(
    subtopologies[0]?.stores.map(({ name, kind, format, caching }) => ({ name, kind, format, caching })),
    [{ name: 'shared', kind: 'key-value', format: 'plain', caching: false }],
  )
  assert.deepEqual(subtopologies[0]?.sharedStoreTopics, [
    [
      { name: 'lines', internal: false },
      { name: 'other', internal: false },
    ],
  ])
})

test('Topology.addStateStore() refuses another store of the same name', () => {
  const topology = new Topology()
  topology.addStateStore(keyValueStore('s', text))
  thrown(() => topology.addStateStore(keyValueStore('s', text)), 'STORE_NAME_TAKEN', /another store has this name/)
})

test('Topology keeps the format of a store that processors own', () => {
  const topology = new Topology()
  const source = topology.addSource('source', lines)
  const stores = { plain: keyValueStore('a', { ...text, logging: false }), timed: timestampedKeyValueStore('b', text) }
  topology.addProcessor('p', forwarding, { parents: [source], stores })
  const [plain, timed] = topology.physical().subtopologies[0]?.stores ?? []
  assert.equal(plain?.changelog, null)
  assert.equal(timed?.kind, 'timestamped')
  assert.equal(timed?.format, 'timestamped')
  assert.deepEqual(timed?.changelog, { kind: 'own', topic: 'b-changelog', settings: undefined })
})

test('Topology.connectProcessorAndStateStores() refuses stores and processors that are not there', () => {
  const topology = new Topology()
  const source = topology.addSource('source', lines)
  const processor = topology.addProcessor('p', forwarding, { parents: [source] })
  const store = keyValueStore('s', text)
  thrown(() => topology.connectProcessorAndStateStores(processor), 'STORE_UNKNOWN', /no store is given$/)
  thrown(() => topology.connectProcessorAndStateStores(processor, store), 'STORE_UNKNOWN', /the store is not in this topology$/)
  topology.addStateStore(store)
  thrown(() => topology.connectProcessorAndStateStores(source, store), 'STORE_UNKNOWN', /it is a source, only processors use stores$/)
  const stranger = new Topology().addSource('stranger', lines)
  thrown(() => topology.connectProcessorAndStateStores(stranger, store), 'STORE_UNKNOWN', /it is not in this topology$/)
})

test('Topology.addSink() uses the serdes that travel with the records, and asks for those that are lost', () => {
  const topology = new Topology()
  const source = topology.addSource('source', lines)
  const bytes = topology.addSource('bytes', 'raw')
  const lost = topology.addProcessor('p', forwarding, { parents: [source], key: serdes.string })
  topology.addSink('a', 'out', { parents: [source] })
  topology.addSink('b', 'copy', { parents: [bytes] })
  thrown(
    () => topology.addSink('c', 'lengths', { parents: [lost] }),
    'SERDE_MISSING',
    /^Cannot write to topic "lengths" \(.*topology\.test\.ts:\d+\): the value serde is not known since "p" made new values/,
  )
  thrown(() => topology.addSink<unknown, unknown>('c', 'both', { parents: [source, bytes] }), 'SERDE_MISSING', /since "bytes"/)
  const sink = topology.physical().subtopologies[0]?.sinks[0]
  assert.equal(sink?.key, serdes.string)
  assert.equal(sink?.value, serdes.string)
})

test('Topology.describe() with sites names the calls', () => {
  const topology = new Topology()
  topology.addSource('source', lines)
  assert.match(topology.describe({ sites: true }).toString(), /Source: source \(topics: \[lines\]\) at .*topology\.test\.ts:\d+\n/)
  assert.doesNotMatch(topology.describe().toString(), /topology\.test/)
})

test('Topology reads several topics with their own serdes', () => {
  const topology = new Topology()
  topology.addSource<string, string | number>('source', [lines, topic('numbers', { key: serdes.string, value: serdes.int32 })])
  const [source] = topology.physical().subtopologies[0]?.sources ?? []
  const context = { isKey: false, headers: [] as never, role: 'source' } as const
  assert.equal(source?.key, serdes.string)
  assert.equal(source?.value?.deserialize(Buffer.from('abcd'), { ...context, topic: 'lines' }), 'abcd')
  assert.equal(source?.value?.deserialize(Buffer.from([0, 0, 1, 0]), { ...context, topic: 'numbers' }), 256)
})

test('Topology refuses options that its calls do not know, in plain JavaScript too', () => {
  const topology = new Topology()
  const source = topology.addSource('a', lines)
  const global = { stores: { kept: keyValueStore('kept', text) } }
  const odd = (options: object): never => ({ ...options, extractor: 1 }) as never
  const calls: readonly [string, () => unknown][] = [
    ['new Topology()', () => new Topology(odd({}))],
    ['addSource()', () => topology.addSource('b', 'other', odd({}))],
    ['addProcessor()', () => topology.addProcessor('c', () => () => {}, odd({ parents: [source] }))],
    ['addSink()', () => topology.addSink('d', 'out', odd({ parents: [source] }))],
    ['addGlobalStore()', () => topology.addGlobalStore('e', 'rates', () => () => {}, odd(global))],
    ['addReadOnlyStateStore()', () => topology.addReadOnlyStateStore('f', 'rates', () => () => {}, odd(global))],
    ['describe()', () => topology.describe(odd({}))],
  ]
  for (const [call, run] of calls) {
    assert.throws(
      run,
      (error) => error instanceof TypeError && error.message.startsWith(`Cannot call ${call}: the option "extractor" is unknown`),
    )
  }
  // Nothing of what was refused is there.
  assert.equal(String(topology.describe()), 'Topologies:\n   Sub-topology: 0\n    Source: a (topics: [lines])\n      --> none\n\n')
})
