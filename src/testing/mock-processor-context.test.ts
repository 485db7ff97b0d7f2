import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { StreamRecord } from '../model/stream-record.ts'
import type { FixedKeyProcessorSupplier, ProcessorSupplier } from '../processor/processor.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, timestampedKeyValueStore, windowStore } from '../state/store-spec.ts'
import { mockProcessorContext } from './mock-processor-context.ts'

const totals = keyValueStore('totals', { key: serdes.string, value: serdes.int32 })

/** Adds up, and puts the totals out now and then. */
const addUp: ProcessorSupplier<string, number, string, number, { totals: typeof totals }> = ({ stores, forward, schedule, commit }) => {
  const timer = schedule('1m', 'wall-clock', (timestamp) => {
    for (const [key, total] of stores.totals.all()) forward(new StreamRecord(key, total, timestamp), 'reports')
  })
  return {
    process(record) {
      const total = (stores.totals.get(record.key) ?? 0) + record.value
      stores.totals.put(record.key, total)
      forward(record.withValue(total))
      if (total > 10) commit()
    },
    close: () => timer.cancel(),
  }
}

test('mockProcessorContext() gives a processor real stores, and remembers what it forwards', () => {
  const context = mockProcessorContext({ stores: { totals } })
  const processor = addUp(context)
  assert.ok(typeof processor !== 'function')
  processor.process(new StreamRecord('a', 5, 1))
  assert.equal(context.committed, false)
  processor.process(new StreamRecord('a', 6, 2))
  assert.equal(context.stores.totals.get('a'), 11)
  assert.deepEqual(
    context.forwarded.map(({ record, child }) => [record.key, record.value, record.timestamp, child]),
    [
      ['a', 5, 1, null],
      ['a', 11, 2, null],
    ],
  )
  assert.equal(context.committed, true)
  context.resetForwards()
  context.resetCommit()
  assert.deepEqual([context.forwarded, context.committed], [[], false])
})

test('mockProcessorContext() remembers punctuators, which run when the test calls them', () => {
  const context = mockProcessorContext({ stores: { totals } })
  const processor = addUp(context)
  assert.ok(typeof processor !== 'function')
  const [punctuator] = context.punctuators
  assert.deepEqual([punctuator!.intervalMs, punctuator!.type, punctuator!.startTimeMs], [60_000, 'wall-clock', null])
  context.stores.totals.put('b', 3)
  punctuator!.punctuator(99)
  assert.deepEqual(
    context.forwarded.map(({ record, child }) => [record.key, record.value, record.timestamp, child]),
    [['b', 3, 99, 'reports']],
  )
  assert.equal(punctuator!.isCancelled, false)
  processor.close?.()
  assert.equal(punctuator!.isCancelled, true)
})

test('mockProcessorContext() shows what the test sets', () => {
  const seen: unknown[] = []
  const supplier: FixedKeyProcessorSupplier<string, string, string> = (context) => (record) => {
    seen.push([context.recordMetadata?.offset ?? null, context.streamTime, context.systemTime, context.taskId])
    context.forward(record.withValue('new'))
  }
  const context = mockProcessorContext({ taskId: '1_2' })
  const process = supplier(context)
  assert.ok(typeof process === 'function')
  process(new StreamRecord('k', 'v', 0))
  context.recordMetadata = { topic: 't', partition: 2, offset: 7 }
  context.streamTime = 5
  context.systemTime = 6
  process(new StreamRecord('k', 'v', 0))
  assert.deepEqual(seen, [
    [null, -1, 0, '1_2'],
    [7, 5, 6, '1_2'],
  ])
  assert.deepEqual(context.forwarded[0]!.record.value, 'new')
})

test('mockProcessorContext() opens stores of every kind, and refuses tables and wrong schedules', () => {
  const seen = windowStore('seen', { key: serdes.string, value: serdes.string, windowSize: 10, retention: 100 })
  const context = mockProcessorContext({ stores: { seen } })
  context.stores.seen.put('k', 'v', 5)
  assert.equal(context.stores.seen.fetch('k', 5), 'v')
  const table = new StreamsBuilder().table(topic('t', { key: serdes.string, value: serdes.string }), { store: 's' })
  assert.throws(
    () => mockProcessorContext({ stores: { table } }),
    (error) => isMillraceError(error) && error.code === 'STORE_MISSING',
  )
  assert.throws(() => context.schedule(0, 'stream-time', () => undefined), RangeError)
  assert.equal(context.punctuators.length, 0)
  context.schedule('1s', 'stream-time', () => undefined, { startTime: new Date(5) })
  assert.equal(context.punctuators[0]!.startTimeMs, 5)
})

test('mockProcessorContext().forwardedTo() gives what a child gets', () => {
  const context = mockProcessorContext<{}, string, number>()
  context.forward(new StreamRecord('a', 1, 0))
  context.forward(new StreamRecord('b', 2, 0), 'left')
  context.forward(new StreamRecord('c', 3, 0), 'right')
  const keys = (child: string): string[] => context.forwardedTo(child).map(({ record }) => record.key)
  assert.deepEqual([keys('left'), keys('right'), keys('other')], [['a', 'b'], ['a', 'c'], ['a']])
})

test('mockProcessorContext() captures what stores log, with the time and headers of the record in hand', () => {
  const text = { key: serdes.string, value: serdes.string }
  const logged = keyValueStore('logged', text)
  const silent = keyValueStore('silent', { ...text, logging: false })
  const headed = timestampedKeyValueStore('headed', { ...text, format: 'headers' })
  const context = mockProcessorContext({ stores: { logged, silent, headed } })
  context.streamTime = 7
  context.stores.logged.put('k', 'v')
  context.stores.silent.put('k', 'v')
  context.record = new StreamRecord('k', 'v', 40, recordHeaders([['trace', '1']]))
  context.stores.logged.delete('k')
  context.stores.headed.put('h', { value: 'x', timestamp: 3, headers: recordHeaders([['own', '2']]) })
  assert.deepEqual(
    context.changes.map(({ store, key, value, timestamp, headers }) => [
      store,
      key.toString(),
      value?.toString() ?? null,
      timestamp,
      [...headers].map((header) => header.key),
    ]),
    [
      ['logged', 'k', 'v', 7, []],
      ['logged', 'k', null, 40, []],
      ['headed', 'h', 'x', 3, ['own']],
    ],
  )
  context.resetChanges()
  assert.deepEqual(context.changes, [])
})

test('mockProcessorContext() says what stores did not take', () => {
  const seen = windowStore('seen', { key: serdes.string, value: serdes.string, windowSize: 10, retention: 100, supplier: 'in-memory' })
  const context = mockProcessorContext({ stores: { seen } })
  context.stores.seen.put('k', 'v', 500)
  context.stores.seen.put('k', 'late', 5)
  assert.deepEqual(
    context.dropped.map(({ store }) => store),
    ['seen'],
  )
  assert.match(context.dropped[0]!.reason, /older than the retention/)
  assert.equal(context.stores.seen.fetch('k', 5), null)
})
