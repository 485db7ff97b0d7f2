import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, versionedKeyValueStore, windowStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const text = { key: serdes.string, value: serdes.string }

/** The definition of the only store of a topology. */
function onlyStore(builder: StreamsBuilder) {
  const [store] = builder
    .build()
    .physical()
    .subtopologies.flatMap(({ stores }) => stores)
  assert.ok(store !== undefined)
  return store
}

describe('stores of operators', () => {
  test('a history retention makes a versioned store, whose changelog is compacted late', () => {
    const builder = new StreamsBuilder()
    builder.table(words, { store: 'versions', historyRetention: '1h', caching: true })
    assert.equal(onlyStore(builder).caching, false)
    using driver = testDriver(builder, { applicationId: 'app' })
    driver.input(words).pipe('k', 'late', { timestamp: 20 })
    driver.input(words).pipe('k', 'early', { timestamp: 10 })
    const versions = driver.store(versionedHandle('versions'))
    assert.deepEqual(versions.get('k', 15), { value: 'early', timestamp: 10, validTo: 20 })
  })

  test('refuses histories of what is not versioned', () => {
    const refused = (options: object): void => {
      assert.throws(() => new StreamsBuilder().table(words, options), { code: 'STORE_OPTION' }, JSON.stringify(options))
    }
    refused({ store: 's', historyRetention: 10, supplier: 'in-memory' })
    refused({ store: 's', historyRetention: 10, format: 'plain' })
    refused({ store: keyValueStore('s', text), historyRetention: 10 })
    assert.throws(() => new StreamsBuilder().table(words, { historyRetention: 10 }), { code: 'STORE_MISSING' })
    assert.throws(() => new StreamsBuilder().globalTable(words, { store: versionedHandle('s') as never }), { code: 'STORE_OPTION' })
    assert.throws(() => versionedKeyValueStore('s', { ...text, historyRetention: 10, segmentInterval: 0 }), { code: 'STORE_OPTION' })
  })

  test('dslStoreFormat HEADERS is for persistent stores that nothing describes', () => {
    const formatOf = (config: object, options: object = {}): string => {
      const builder = new StreamsBuilder({ dslStoreFormat: 'HEADERS', ...config })
      builder.table(words, { store: 's', ...options })
      return onlyStore(builder).format
    }
    assert.equal(formatOf({}), 'headers')
    assert.equal(formatOf({}, { format: 'timestamped' }), 'timestamped')
    assert.equal(formatOf({}, { supplier: 'in-memory' }), 'timestamped')
    assert.equal(formatOf({}, { store: keyValueStore('s', text) }), 'timestamped')
    assert.equal(formatOf({ dslStoreSuppliers: 'in-memory' }), 'timestamped')
    assert.equal(formatOf({ dslStoreFormat: 'DEFAULT' }), 'timestamped')
  })

  test('only key-value stores have limited room', () => {
    const builder = new StreamsBuilder()
    const windows = windowStore('w', { ...text, windowSize: 10, retention: 10, supplier: { lru: 5 } })
    assert.throws(() => builder.addStateStore(windows), { code: 'STORE_OPTION' })
    builder.table(words, { store: 's', supplier: { lru: 5 } })
    assert.deepEqual(onlyStore(builder).supplier, { lru: 5 })
  })
})

test('the changelog of a plain store with duplicates is not compacted, as in Java no other one is spared', () => {
  for (const [format, settings] of [
    ['plain', { cleanupPolicy: 'delete' }],
    ['timestamped', undefined],
    ['headers', undefined],
  ] as const) {
    const builder = new StreamsBuilder()
    const store = windowStore('w', { ...text, windowSize: 10, retention: 10, retainDuplicates: true, format })
    builder.addStateStore(store)
    builder.stream(words).process(() => () => undefined, { stores: { store } })
    const { changelog } = onlyStore(builder)
    assert.deepEqual(changelog?.kind === 'own' ? changelog.settings : 'not its own', settings, format)
  }
})

function versionedHandle(name: string) {
  return versionedKeyValueStore(name, { ...text, historyRetention: '1h' })
}
