import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { timeWindows, unlimitedWindows, windowSteps } from '../../model/time-windows.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { windowLayout } from '../../state/windows/window-layout.ts'
import { type OpenedOperator, openOperator } from '../contract.ts'
import { type WindowAggregateParameters, windowAggregateOperator } from './window-aggregate-operator.ts'

const counting = { initializer: (): unknown => 0, aggregator: (_key: unknown, _value: unknown, n: unknown): unknown => (n as number) + 1 }

function open(
  parameters: Partial<WindowAggregateParameters>,
  cacheBytes?: number,
  processorTimes: ReadonlyMap<string, number> = new Map(),
): OpenedOperator {
  const { windows = windowSteps(timeWindows({ size: 10, grace: 5 })) } = parameters
  const window = windowLayout({
    sizeMs: windows.sizeMs,
    retentionMs: windows.sizeMs + windows.graceMs,
    isExact: false,
    retainsDuplicates: false,
  })
  const store: Partial<StoreDefinition> = { kind: 'window', window, value: serdes.int64 as Serde<unknown> }
  const factory = windowAggregateOperator({ ...counting, windows, store: 's', sendOldValues: false, ...parameters })
  return openOperator(factory, cacheBytes === undefined ? { store, processorTimes } : { store, cacheBytes, processorTimes })
}

const key = (start: number, end: number | null): string => JSON.stringify({ key: 'k', window: { start, end } })

describe('windowAggregateOperator', () => {
  test('aggregates each window by itself, with the greatest timestamp and the headers of the record', () => {
    const operator = open({ sendOldValues: true })
    operator.process('k', 'a', { timestamp: 3, headers: recordHeaders([['h', '1']]) })
    operator.process('k', 'b', { timestamp: 1 })
    operator.process('k', 'c', { timestamp: 12 })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- 0 @3/1 #h`, `${key(0, 10)}: 2 <- 1 @3/2`, `${key(10, 20)}: 1 <- 0 @12/3`])
  })

  test('counts a record in every window that holds it, the earliest first', () => {
    const operator = open({ windows: windowSteps(timeWindows({ size: 10, advance: 5, grace: 0 })) })
    operator.process('k', 'a', { timestamp: 7 })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- null @7/1`, `${key(5, 15)}: 1 <- null @7/1`])
  })

  test('drops a record without a key, which does not move stream time, and takes one without a value', () => {
    const operator = open({})
    operator.process(null, 'v', { timestamp: 1000 })
    operator.process('k', null, { timestamp: 1 })
    assert.deepEqual(operator.dropped, ['null key'])
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- null @1/2`])
  })

  test('takes late records until stream time is at the end of the window and its grace', () => {
    const operator = open({})
    operator.process('other', 'v', { timestamp: 14 })
    operator.process('k', 'in time', { timestamp: 9 })
    operator.process('other', 'v', { timestamp: 15 })
    operator.forwarded()
    operator.process('k', 'late', { timestamp: 9 })
    assert.deepEqual(operator.forwarded(), [])
    assert.deepEqual(operator.dropped, ['its window [0, 10) is closed: timestamp 9, windows that end by 10 are, stream time is 15'])
  })

  test('counts each window for which a record comes too late', () => {
    const operator = open({ windows: windowSteps(timeWindows({ size: 10, advance: 5, grace: 0 })) })
    operator.process('k', 'v', { timestamp: 13 })
    operator.process('k', 'late for one of two', { timestamp: 8 })
    assert.equal(operator.dropped.length, 1)
    operator.process('k', 'v', { timestamp: 100 })
    operator.process('k', 'late for both', { timestamp: 8 })
    assert.equal(operator.dropped.length, 3)
  })

  test('an aggregator that returns null deletes the window, with the timestamp of the record', () => {
    const operator = open({ aggregator: (_key, value, n) => (value === 'end' ? null : (n as number) + 1), sendOldValues: true })
    operator.process('k', 'a', { timestamp: 5 })
    operator.process('k', 'end', { timestamp: 3 })
    operator.process('k', 'b', { timestamp: 4 })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- 0 @5/1`, `${key(0, 10)}: null <- 1 @5/2`, `${key(0, 10)}: 1 <- 0 @4/3`])
    assert.deepEqual(
      operator.opened.changelog.map(({ timestamp }) => timestamp),
      [5, 3, 4],
    )
  })

  test('an unlimited window takes every record from its start on', () => {
    const operator = open({ windows: windowSteps(unlimitedWindows({ start: 10 })) })
    operator.process('k', 'before', { timestamp: 9 })
    operator.process('k', 'a', { timestamp: 1_000_000 })
    operator.process('k', 'b', { timestamp: 10 })
    // Infinity is null in this notation.
    assert.deepEqual(operator.forwarded(), [`${key(10, null)}: 1 <- null @1000000/2`, `${key(10, null)}: 2 <- null @1000000/3`])
    assert.deepEqual(operator.dropped, [])
  })

  test('on close: emits each window once, when stream time has passed its end and the grace, with the headers of the record that closes it', () => {
    const operator = open({ emitsOnClose: true })
    operator.process('k', 'a', { timestamp: 3, headers: recordHeaders([['h', '1']]) })
    operator.process('k', 'b', { timestamp: 1 })
    operator.advanceWallClock(1000)
    operator.process('k', 'c', { timestamp: 14 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1000)
    operator.process('k', 'd', { timestamp: 15, headers: recordHeaders([['closing', '1']]) })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 2 <- null @3/4 #closing`])
    operator.advanceWallClock(1000)
    operator.process('k', 'e', { timestamp: 16 })
    assert.deepEqual(operator.forwarded(), [])
    assert.deepEqual([...operator.processorTimes], [['s', 10]])
    assert.equal(operator.metric('window-aggregate-final-emit-total'), 1)
  })

  test('on close: looks for closed windows once an interval, by the wall clock', () => {
    const operator = open({ emitsOnClose: true })
    operator.process('k', 'a', { timestamp: 3 })
    operator.process('k', 'b', { timestamp: 16 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(999)
    operator.process('k', 'c', { timestamp: 16 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1)
    operator.process('k', 'd', { timestamp: 16 })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- null @3/4`])
  })

  test('on close: goes on behind what the last owner has emitted, whose windows stay closed', () => {
    const operator = open({ emitsOnClose: true }, undefined, new Map([['s', 50]]))
    operator.process('k', 'late', { timestamp: 41 })
    operator.process('k', 'in time', { timestamp: 51 })
    assert.deepEqual(operator.dropped, ['its window [40, 50) is closed: timestamp 41, windows that end by 50 are, stream time is 55'])
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 65 })
    assert.deepEqual(operator.forwarded(), [`${key(50, 60)}: 1 <- null @51/3`])
  })

  test('on close: a cache forwards nothing by itself', () => {
    const operator = open({ emitsOnClose: true }, 10_000)
    operator.process('k', 'a', { timestamp: 1 })
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1000)
    operator.process('k', 'b', { timestamp: 16 })
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 1 <- null @1/2`])
  })

  test('an operator that shares its store keeps a stream time of its own with the committed offsets', () => {
    const operator = open({ sharesStore: true }, undefined, new Map([['n', 30]]))
    operator.process('k', 'late', { timestamp: 9 })
    operator.process('k', 'in time', { timestamp: 21 })
    assert.equal(operator.dropped.length, 1)
    assert.deepEqual(operator.forwarded(), [`${key(20, 30)}: 1 <- null @21/2`])
    operator.process('k', 'later', { timestamp: 40 })
    assert.deepEqual([...operator.processorTimes], [['n', 40]])
  })

  test('a cache holds updates back and forwards one for each window', () => {
    const operator = open({}, 10_000)
    operator.process('k', 'a', { timestamp: 1 })
    operator.process('k', 'b', { timestamp: 2 })
    operator.process('k', 'c', { timestamp: 11 })
    assert.deepEqual(operator.forwarded(), [])
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), [`${key(0, 10)}: 2 <- null @2/2`, `${key(10, 20)}: 1 <- null @11/3`])
  })
})
