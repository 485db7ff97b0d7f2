import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sessionWindows } from '../../model/session-windows.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { sessionLayout } from '../../state/sessions/session-layout.ts'
import type { SessionStore } from '../../state/sessions/session-store.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { type OpenedOperator, openOperator, type OperatorSurroundings } from '../contract.ts'
import { type SessionAggregateParameters, sessionAggregateOperator } from './session-aggregate-operator.ts'

/** Texts put one after the other; those of merged sessions with a plus between them. */
const joining = {
  initializer: (): unknown => '',
  aggregator: (_key: unknown, value: unknown, text: unknown): unknown => `${text as string}${(value as string | null) ?? '-'}`,
  merger: (_key: unknown, left: unknown, right: unknown): unknown => `${left as string}+${right as string}`,
}

interface Options extends Partial<SessionAggregateParameters> {
  readonly retentionMs?: number
  readonly surroundings?: OperatorSurroundings
}

function open({ retentionMs = 1000, surroundings = {}, ...parameters }: Options = {}): OpenedOperator {
  const { windows = sessionWindows({ inactivityGap: 10, grace: 5 }), emitsOnClose = false } = parameters
  const session = sessionLayout({ retentionMs, isExact: false, hasEndIndex: emitsOnClose })
  const store: Partial<StoreDefinition> = { kind: 'session', session, format: 'plain' }
  const factory = sessionAggregateOperator({ ...joining, windows, emitsOnClose, store: 's', sendOldValues: false, ...parameters })
  return openOperator(factory, { ...surroundings, store })
}

const key = (start: number, end: number): string => JSON.stringify({ key: 'k', window: { start, end } })

describe('sessionAggregateOperator', () => {
  test('a record that is not further than the gap from a session becomes part of it: the old session is deleted first', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 30 })
    operator.process('k', 'c', { timestamp: 10 })
    assert.deepEqual(operator.forwarded(), [
      `${key(20, 20)}: a <- null @20/1`,
      `${key(20, 20)}: null <- null @20/2`,
      `${key(20, 30)}: +ab <- null @30/2`,
      `${key(20, 30)}: null <- null @30/3`,
      `${key(10, 30)}: ++abc <- null @30/3`,
    ])
  })

  test('a record further than the gap begins another session', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 31 })
    assert.deepEqual(operator.forwarded(), [`${key(20, 20)}: a <- null @20/1`, `${key(31, 31)}: b <- null @31/2`])
  })

  test('a record between two sessions makes them one; they are deleted in the order of their ends', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 40 })
    operator.forwarded()
    operator.process('k', 'c', { timestamp: 30 })
    assert.deepEqual(operator.forwarded(), [
      `${key(20, 20)}: null <- null @20/3`,
      `${key(40, 40)}: null <- null @40/3`,
      `${key(20, 40)}: +a+bc <- null @40/3`,
    ])
  })

  test('a record of the same time as a session of one moment updates it without a deletion', () => {
    const operator = open({ sendOldValues: true })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 20 })
    // As in Java, the old value of the session is not sent then.
    assert.deepEqual(operator.forwarded(), [`${key(20, 20)}: a <- null @20/1`, `${key(20, 20)}: +ab <- null @20/2`])
  })

  test('sends old values with deletions when they are asked for', () => {
    const operator = open({ sendOldValues: true })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 21 })
    assert.deepEqual(operator.forwarded().slice(1), [`${key(20, 20)}: null <- a @20/2`, `${key(20, 21)}: +ab <- null @21/2`])
  })

  test('forwards without headers, whatever the record had', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 20, headers: recordHeaders([['h', '1']]) })
    assert.deepEqual(operator.forwarded(), [`${key(20, 20)}: a <- null @20/1`])
  })

  test('drops a record without a key, which does not move stream time, and takes one without a value', () => {
    const operator = open()
    operator.process(null, 'v', { timestamp: 1000 })
    operator.process('k', null, { timestamp: 1 })
    assert.deepEqual(operator.dropped, ['null key'])
    assert.deepEqual(operator.forwarded(), [`${key(1, 1)}: - <- null @1/2`])
  })

  test('a session that ended longer than gap and grace ago takes no records', () => {
    const operator = open()
    operator.process('other', 'v', { timestamp: 100 })
    operator.process('k', 'in time', { timestamp: 85 })
    operator.forwarded()
    operator.process('k', 'late', { timestamp: 84 - 10 })
    assert.deepEqual(operator.forwarded(), [])
    operator.process('k', 'late', { timestamp: 74 - 10 })
    assert.deepEqual(operator.dropped, [
      'its session [74, 74] is closed: timestamp 74, sessions that end before 85 are, stream time is 100',
      'its session [64, 64] is closed: timestamp 64, sessions that end before 85 are, stream time is 100',
    ])
  })

  test('a late record that belongs to a session which is open is kept', () => {
    const operator = open()
    operator.process('k', 'a', { timestamp: 90 })
    operator.process('other', 'v', { timestamp: 104 })
    operator.forwarded()
    operator.process('k', 'late', { timestamp: 80 })
    assert.deepEqual(operator.forwarded(), [`${key(90, 90)}: null <- null @90/3`, `${key(80, 90)}: +alate <- null @90/3`])
    assert.deepEqual(operator.dropped, [])
  })

  test('an aggregator that returns null deletes the session', () => {
    const operator = open({ aggregator: (_key, value, text) => (value === 'end' ? null : `${text as string}${value as string}`) })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'end', { timestamp: 20 })
    assert.deepEqual(operator.forwarded(), [`${key(20, 20)}: a <- null @20/1`, `${key(20, 20)}: null <- null @20/2`])
    assert.deepEqual([...(operator.opened.state.store('s') as SessionStore<unknown, unknown>).fetch('k')], [])
  })

  test('a cache holds updates back: sessions that were only passed through are never seen', () => {
    const operator = open({ surroundings: { cacheBytes: 10_000 } })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 30, headers: recordHeaders([['h', '1']]) })
    assert.deepEqual(operator.forwarded(), [])
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), [`${key(20, 30)}: +ab <- null @30/2 #h`])
  })

  test('on close, each session is given once, when gap and grace have passed, with the headers of the record that closed it', () => {
    const operator = open({ emitsOnClose: true })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('k', 'b', { timestamp: 22 })
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 37 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 38, headers: recordHeaders([['h', '1']]) })
    assert.deepEqual(operator.forwarded(), [`${key(20, 22)}: +ab <- null @22/4 #h`])
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 39 })
    assert.deepEqual(operator.forwarded(), [])
  })

  test('on close, it looks for sessions that have closed not more often than the interval', () => {
    const operator = open({ emitsOnClose: true })
    operator.process('k', 'a', { timestamp: 20 })
    operator.process('other', 'v', { timestamp: 100 })
    operator.advanceWallClock(999)
    operator.process('other', 'v', { timestamp: 101 })
    assert.deepEqual(operator.forwarded(), [])
    operator.advanceWallClock(1)
    operator.process('other', 'v', { timestamp: 102 })
    assert.deepEqual(operator.forwarded(), [`${key(20, 20)}: a <- null @20/4`])
  })

  test('on close, the next owner goes on where the offsets were committed', () => {
    const processorTimes = new Map([['s', 50]])
    const operator = open({ emitsOnClose: true, surroundings: { processorTimes } })
    operator.process('k', 'late', { timestamp: 49 })
    operator.process('k', 'a', { timestamp: 66 })
    operator.advanceWallClock(1000)
    operator.process('other', 'v', { timestamp: 100 })
    assert.deepEqual(operator.dropped.length, 1)
    assert.deepEqual(operator.forwarded(), [`${key(66, 66)}: a <- null @66/3`])
  })
})
