import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder, type StreamsBuilderOptions } from '../dsl/streams-builder.ts'
import { joinWindows } from '../model/join-windows.ts'
import { sessionWindows } from '../model/session-windows.ts'
import { timeWindows, unlimitedWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { DslStoreSuppliers } from '../state/dsl-store-suppliers.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { keyValueStore } from '../state/store-spec.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const others = topic('others', { key: serdes.string, value: serdes.string })
const text = { key: serdes.string, value: serdes.string }

/** Says what it is asked, and answers with words. */
function asking(asked: unknown[]): DslStoreSuppliers {
  return {
    keyValueStore: (params) => (asked.push(['key-value', params]), 'in-memory'),
    windowStore: (params) => (asked.push(['window', params]), 'in-memory'),
    sessionStore: (params) => (asked.push(['session', params]), 'in-memory'),
  }
}

function storesOf(make: (builder: StreamsBuilder) => unknown, options: StreamsBuilderOptions = {}): readonly StoreDefinition[] {
  const builder = new StreamsBuilder(options)
  make(builder)
  return builder
    .build()
    .physical()
    .subtopologies.flatMap(({ stores }) => stores)
}

const decided: DslStoreSuppliers = {
  keyValueStore: ({ name }) => (name === 'few' ? { lru: 3 } : { supplier: 'persistent', format: 'plain' }),
  windowStore: ({ retentionMs }) => ({ supplier: 'persistent', retention: 2 * retentionMs, order: 'time', format: 'plain' }),
  sessionStore: () => ({ supplier: 'in-memory', retention: '1h' }),
}

test('DslStoreSuppliers are told what each store of the operators is for', () => {
  const asked: unknown[] = []
  const stores = storesOf(
    (builder) => {
      const stream = builder.stream(words)
      builder.table(others, { store: 'rows' })
      const grouped = stream.groupByKey()
      grouped
        .windowedBy(timeWindows({ size: 10, grace: 5 }))
        .emitStrategy('on-window-close')
        .count({ store: 'windows' })
      grouped.windowedBy(sessionWindows({ inactivityGap: 7, grace: 1 })).count({ store: 'sessions' })
      stream.leftJoin(builder.stream('right', text), (left, right) => `${left}${right}`, joinWindows({ timeDifference: 4, grace: 2 }), {
        store: 'j',
        key: serdes.string,
      })
    },
    { dslStoreSuppliers: asking(asked), dslStoreFormat: 'HEADERS' },
  )
  assert.ok(stores.every(({ supplier }) => supplier === 'in-memory'))
  const join = {
    retentionMs: 10,
    windowSizeMs: 8,
    retainDuplicates: true,
    emitStrategy: 'on-window-update',
    isSlidingWindow: false,
    format: 'headers',
  }
  assert.deepEqual(asked, [
    ['key-value', { name: 'rows', format: 'headers' }],
    [
      'window',
      {
        name: 'windows',
        retentionMs: 15,
        windowSizeMs: 10,
        retainDuplicates: false,
        emitStrategy: 'on-window-close',
        isSlidingWindow: false,
        format: 'headers',
      },
    ],
    ['session', { name: 'sessions', retentionMs: 8, emitStrategy: 'on-window-update', format: 'headers' }],
    ['window', { name: 'j-this-join-store', ...join }],
    ['window', { name: 'j-outer-other-join-store', ...join }],
    ['key-value', { name: 'j-left-shared-join-store', format: 'plain' }],
  ])
})

test('DslStoreSuppliers of an operator decide how its store is kept, those of the application how the others are', () => {
  const [few, rows] = storesOf(
    (builder) => {
      builder.table(words, { store: 'few', supplier: decided })
      builder.table(others, { store: 'rows' })
    },
    { dslStoreSuppliers: asking([]) },
  )
  assert.deepEqual([few!.supplier, few!.format], [{ lru: 3 }, 'timestamped'])
  assert.deepEqual([rows!.supplier, rows!.format], ['in-memory', 'timestamped'])
  const [windows, sessions] = storesOf((builder) => {
    const grouped = builder.stream(words).groupByKey()
    grouped.windowedBy(timeWindows({ size: 10, grace: 5 })).count({ store: 'w', supplier: decided })
    grouped.windowedBy(sessionWindows({ inactivityGap: 7, grace: 1 })).count({ store: 's', supplier: decided })
  })
  assert.deepEqual([windows!.window?.retentionMs, windows!.window?.timeOrdered, windows!.format], [30, 'rows', 'plain'])
  assert.equal(windows!.changelog?.retentionMs, 15, 'the changelog keeps what the windows need, as in Java')
  assert.deepEqual([sessions!.session?.retentionMs, sessions!.session?.isExact], [3_600_000, true])
})

test('DslStoreSuppliers are refused where the store is described or versioned, and for answers that are none', () => {
  const refused = (make: (builder: StreamsBuilder) => unknown, message: RegExp): void =>
    assert.throws(
      () => storesOf(make),
      (error: { code?: string; message: string }) => error.code === 'STORE_OPTION' && message.test(error.message),
    )
  refused((builder) => builder.table(words, { store: keyValueStore('s', text), supplier: decided }), /it is described/)
  refused((builder) => builder.table(words, { store: 's', historyRetention: 5, supplier: decided }), /it is versioned/)
  const answering = (answer: unknown): DslStoreSuppliers => ({
    ...decided,
    windowStore: () => answer as never,
    keyValueStore: () => answer as never,
  })
  const table = (answer: unknown) => (builder: StreamsBuilder) => builder.table(words, { store: 's', supplier: answering(answer) })
  refused(table('rocksdb'), /gave the supplier "rocksdb"/)
  refused(table(undefined), /gave the supplier undefined/)
  refused(table({ supplier: 'in-memory', retention: 5 }), /the unknown option "retention"/)
  const windows = (answer: unknown) => (builder: StreamsBuilder) =>
    builder
      .stream(words)
      .groupByKey()
      .windowedBy(timeWindows({ size: 10, grace: 5 }))
      .count({ store: 's', supplier: answering(answer) })
  refused(windows({ lru: 4 }), /gave the supplier/)
  refused(windows({ supplier: 'persistent', retention: 9 }), /a retention of 9 ms, required is the size of the windows, 10 ms/)
  refused((builder) => builder.table(words, { store: 's', supplier: { keyValueStore: () => 'in-memory' } as never }), /supplier is/)
})

test('DslStoreSuppliers may give back the retention of unlimited windows, which is Infinity', () => {
  const suppliers: DslStoreSuppliers = { ...decided, windowStore: ({ retentionMs }) => ({ supplier: 'in-memory', retention: retentionMs }) }
  const [store] = storesOf((builder) =>
    builder.stream(words).groupByKey().windowedBy(unlimitedWindows()).count({ store: 's', supplier: suppliers }),
  )
  assert.equal(store!.window?.retentionMs, Infinity)
})
