import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamRecord } from '../model/stream-record.ts'
import { fixedKeySupplier } from './fixed-key-supplier.ts'
import type { FixedKeyProcessorContext, ProcessorContext } from './processor.ts'

interface Opened {
  readonly process: (record: StreamRecord<unknown, unknown>) => unknown
  readonly close: (() => void) | undefined
  readonly forwarded: StreamRecord<unknown, unknown>[]
}

type Context = FixedKeyProcessorContext<unknown>

function open(supplier: Parameters<typeof fixedKeySupplier>[0]): Opened {
  const forwarded: StreamRecord<unknown, unknown>[] = []
  const context: Partial<ProcessorContext<unknown, unknown>> = {
    taskId: '0_1',
    streamTime: 7,
    forward: (record) => void forwarded.push(record),
  }
  const processor = fixedKeySupplier(supplier)(context as ProcessorContext<unknown, unknown>)
  if (typeof processor === 'function') return { process: processor, close: undefined, forwarded }
  return { process: (record) => processor.process(record), close: () => processor.close?.(), forwarded }
}

test('fixedKeySupplier forwards what stems from a record, under its key, later too', () => {
  const kept: Parameters<Context['forward']>[0][] = []
  const { process, forwarded } = open(({ forward }: Context) => (record: Parameters<Context['forward']>[0]) => {
    kept.push(record)
    forward(record.withValue(`${String(record.value)}!`).withTimestamp(9))
    forward(kept[0]!)
  })
  const first = new StreamRecord('a', 'x', 1)
  first.headers.add('h', '1')
  process(first)
  process(new StreamRecord('b', 'y', 2))
  assert.deepEqual(
    forwarded.map(({ key, value, timestamp }) => [key, value, timestamp]),
    [
      ['a', 'x!', 9],
      ['a', 'x', 1],
      ['b', 'y!', 9],
      ['a', 'x', 1],
    ],
  )
  assert.equal(forwarded[0]?.headers.last('h')?.toString(), '1')
  assert.equal(forwarded[1]?.headers.last('h')?.toString(), '1')
})

test('fixedKeySupplier copies headers: neither the siblings of the processor nor its children share them', () => {
  const { process, forwarded } = open(({ forward }: Context) => (record: Parameters<Context['forward']>[0]) => {
    record.headers.add('p', '1')
    forward(record)
    forwarded[0]!.headers.add('child', '2')
    forward(record)
  })
  const given = new StreamRecord('a', 'x', 1)
  process(given)
  const names = (record: StreamRecord<unknown, unknown>): string[] => Array.from(record.headers, ({ key }) => key)
  assert.deepEqual([given, ...forwarded].map(names), [[], ['p', 'child'], ['p']])
})

test('fixedKeySupplier gives no way to another key', () => {
  const { process, forwarded } = open(({ forward }: Context) => (record: Parameters<Context['forward']>[0]) => {
    assert.equal('withKey' in record, false)
    forward(new StreamRecord('other', record.value, record.timestamp))
  })
  assert.throws(() => process(new StreamRecord('a', 'x', 1)), TypeError)
  assert.deepEqual(forwarded, [])
})

test('fixedKeySupplier keeps the context, an object with close, and what is no processor', () => {
  const seen: unknown[] = []
  const { process, close } = open(({ taskId, streamTime }: Context) => ({
    process: (record: { readonly key: unknown }) => void seen.push(taskId, streamTime, record.key),
    close: () => void seen.push('closed'),
  }))
  process(new StreamRecord('a', 'x', 1))
  close?.()
  assert.deepEqual(seen, ['0_1', 7, 'a', 'closed'])
  const nothing = fixedKeySupplier((() => undefined) as unknown as Parameters<typeof fixedKeySupplier>[0])
  assert.equal(nothing({} as ProcessorContext<unknown, unknown>) as unknown, undefined)
})
