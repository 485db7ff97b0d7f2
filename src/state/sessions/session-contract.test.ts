import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Windowed } from '../../model/windowed.ts'
import { type LoggedRecord, openState, type OpenedState, restoreRecords, textStore, freshEngines } from '../contract.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { ThreadCache } from '../thread-cache.ts'
import { sessionLayout } from './session-layout.ts'
import type { SessionStore } from './session-store.ts'
import { sessionRowsOf } from './typed-session-store.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const RETENTION = 130_000

interface Row {
  readonly key: string
  readonly start: number
  readonly end: number
  readonly value: string
}

/** A naive session store: a list, sorted and cut when looked at. */
class ModelSessions {
  rows: Row[] = []
  time = -1
  readonly #isExact: boolean

  constructor(isExact: boolean) {
    this.#isExact = isExact
  }

  put({ key, start, end }: Omit<Row, 'value'>, value: string | null): void {
    this.time = Math.max(this.time, end)
    if (this.#isGone(end)) return
    this.rows = this.rows.filter((row) => row.key !== key || row.start !== start || row.end !== end)
    if (value !== null) this.rows.push({ key, start, end, value })
  }

  /** In the order of range scans. */
  visible(): Row[] {
    const order = this.#isExact ? exactOrder : segmentOrder
    return this.rows.filter(({ end }) => end >= this.time - RETENTION + 1).toSorted(order)
  }

  /** What a store that knows ends gives as ended. */
  ended(earliest: number, latest: number): Row[] {
    return this.rows
      .filter(({ end }) => !this.#isGone(end) && end >= earliest && end <= latest)
      .toSorted((left, right) => {
        if (this.#isExact) return exactOrder(left, right)
        return left.end - right.end || left.start - right.start || compare(left.key, right.key)
      })
  }

  copy(): ModelSessions {
    const copy = new ModelSessions(this.#isExact)
    copy.rows = [...this.rows]
    copy.time = this.time
    return copy
  }

  #isGone(end: number): boolean {
    return this.#isExact ? end <= this.time - RETENTION : segmentOf(end) < segmentOf(this.time - RETENTION)
  }
}

function segmentOf(time: number): number {
  return Math.trunc(time / 65_000)
}

function exactOrder(left: Row, right: Row): number {
  return left.end - right.end || compare(left.key, right.key) || right.start - left.start
}

function segmentOrder(left: Row, right: Row): number {
  return segmentOf(left.end) - segmentOf(right.end) || keyBytes(left).compare(keyBytes(right))
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** The key of Java's store. */
function keyBytes({ key, start, end }: Row): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(BigInt(end))
  bytes.writeBigInt64BE(BigInt(start), 8)
  return Buffer.concat([Buffer.from(key), bytes])
}

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly value: string | null; readonly end: number; readonly length: number }
  | { readonly kind: 'commit' | 'lose' | 'drop' | 'reopen' }

const someKey = fc.constantFrom('a', 'aa', 'a\u0000', 'b')
const somePut = fc.record({
  kind: fc.constant('put' as const),
  key: someKey,
  value: fc.option(fc.constantFrom('x', 'y', 'zz'), { freq: 5 }),
  end: fc.nat(40).map((n) => n * 10_000 + (n % 3)),
  length: fc.constantFrom(0, 1, 15_000, 100_000),
})
const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: somePut },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'lose' as const, 'drop' as const, 'reopen' as const) }) },
)

function definitionOf(isExact: boolean, options: { readonly caching?: boolean; readonly hasEndIndex?: boolean } = {}): StoreDefinition {
  const { caching = false, hasEndIndex = false } = options
  const session = sessionLayout({ retentionMs: RETENTION, isExact, hasEndIndex })
  return textStore('s', { kind: 'session', session, caching, supplier: isExact ? 'in-memory' : 'persistent' })
}

function storeOf({ state }: OpenedState): SessionStore<string, string> {
  return state.store('s') as SessionStore<string, string>
}

function session(key: string, start: number, end: number): Windowed<string> {
  return { key, window: { start, end } }
}

function shown(rows: readonly Row[]): (readonly [Windowed<string>, string])[] {
  return rows.map(({ key, start, end, value }) => [session(key, start, end), value])
}

function checkReads(store: SessionStore<string, string>, model: ModelSessions): void {
  const rows = model.visible()
  const reverse = { reverse: true }
  assert.deepEqual([...store.fetchRange(null, null)], shown(rows))
  assert.deepEqual([...store.fetchRange(null, null, reverse)], shown(rows).toReversed())
  const between = rows.filter(({ start, end }) => end >= 60_000 && start <= 200_002)
  const ofKeys = between.filter(({ key }) => key === 'aa' || key === 'a\u0000')
  assert.deepEqual([...store.findSessionsInRange('a\u0000', 'aa', 60_000, 200_002)], shown(ofKeys))
  assert.deepEqual([...store.findSessionsInRange(null, 'a', 60_000, 200_002)], shown(between.filter(({ key }) => key === 'a')))
  assert.equal([...store.findSessionsInRange('aa', null, 60_000, 200_002)].length, between.filter(({ key }) => key >= 'aa').length)
  for (const key of ['a', 'aa', 'a\u0000', 'b', 'none']) {
    const sessions = rows.filter((row) => row.key === key)
    assert.deepEqual([...store.fetch(key)], shown(sessions))
    const some = sessions.filter(({ start, end }) => end >= 60_000 && start <= 200_002)
    assert.deepEqual([...store.findSessions(key, 60_000, 200_002)], shown(some))
    assert.deepEqual([...store.findSessions(key, 60_000, 200_002, reverse)], shown(some).toReversed())
    for (const { start, end, value } of sessions) assert.equal(store.fetchSession(key, start, end), value)
    assert.equal(store.fetchSession(key, 7_777, 8_888), null)
  }
}

function checkEnded(opened: OpenedState, model: ModelSessions): void {
  const sessions = sessionRowsOf<string, string>(opened.state.store('s'))!
  const ended = (from: number, to: number): unknown[] =>
    sessions.ended(from, to).map(({ key, value }) => [sessions.sessionIn(key), sessions.valueIn(value)])
  assert.deepEqual(ended(0, Infinity), shown(model.ended(0, Infinity)))
  assert.deepEqual(ended(70_000, 210_002), shown(model.ended(70_000, 210_002)))
  assert.deepEqual(ended(5, 4), [])
}

function replay(opened: OpenedState, topic: readonly LoggedRecord[]): void {
  const from = (opened.state.storedOffset('s') ?? -1) + 1
  opened.state.restore('s', restoreRecords(topic, 's', from), topic.length - 1)
}

function runSteps(definition: StoreDefinition, steps: readonly Step[]): void {
  const engines = freshEngines()
  const open = (changelog: LoggedRecord[]): OpenedState => openState([definition], { engines, changelog })
  let topic: LoggedRecord[] = []
  let opened = open([])
  let model = new ModelSessions(definition.supplier === 'in-memory')
  let committed = model.copy()
  for (const step of steps) {
    if (step.kind === 'put') {
      const { key, end, length, value } = step
      const row = { key, start: Math.max(0, end - length), end }
      opened.record.timestamp++
      if (value === null && opened.record.timestamp % 2 === 0 && model.time >= end) storeOf(opened).remove(session(key, row.start, end))
      else storeOf(opened).put(session(key, row.start, end), value)
      model.put(row, value)
    } else if (step.kind === 'drop') {
      opened.state.drop()
      opened.changelog.length = topic.length
      model = committed.copy()
    } else if (step.kind === 'reopen') {
      opened.state.close()
      opened = open([...topic])
      replay(opened, topic)
      model = committed.copy()
    } else {
      topic = [...opened.changelog]
      committed = model.copy()
      if (step.kind === 'commit') opened.state.apply(new Map(topic.length === 0 ? [] : [['s', topic.length - 1]]))
      else {
        opened.state.drop()
        replay(opened, topic)
      }
    }
    checkReads(storeOf(opened), model)
    if (definition.session?.hasEndIndex === true) checkEnded(opened, model)
  }
  opened.state.close()
}

describeOnEngines('session store', () => {
  for (const isExact of [false, true]) {
    for (const hasEndIndex of [false, true]) {
      const how = `${isExact ? 'exact' : 'by segment'}${hasEndIndex ? ', with an index by end' : ''}`
      test(`is a sorted list that expires, through commits, aborts and restores (${how})`, () => {
        const definition = definitionOf(isExact, { hasEndIndex })
        fc.assert(
          fc.property(fc.array(someStep, { maxLength: 40, size: 'max' }), (steps) => runSteps(definition, steps)),
          { numRuns: 80 },
        )
      })
    }
  }

  test('a cache gives the same as none while nothing expires', () => {
    const someUpdate = fc.record({ key: someKey, value: fc.option(fc.constantFrom('x', 'y')), end: fc.nat(9) })
    fc.assert(
      fc.property(fc.array(someUpdate), fc.nat(400), fc.boolean(), (puts, bytes, isExact) => {
        const opened = openState([definitionOf(isExact, { caching: true })], { cache: new ThreadCache(bytes) })
        const model = new ModelSessions(isExact)
        for (const { key, value, end } of puts) {
          storeOf(opened).put(session(key, 0, end), value)
          model.put({ key, start: 0, end }, value)
          checkReads(storeOf(opened), model)
        }
        opened.state.flushCaches()
        checkReads(storeOf(opened), model)
        opened.state.close()
      }),
    )
  })

  test("writes Java's bytes to the changelog: key, int64 end, int64 start; the plain value", () => {
    const opened = openState([definitionOf(false)])
    opened.record.timestamp = 7
    storeOf(opened).put(session('k', 1, 258), 'v')
    storeOf(opened).remove(session('k', 1, 258))
    const key = 'k\u0000\u0000\u0000\u0000\u0000\u0000\u0001\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0001'
    assert.deepEqual(opened.changelog, [
      { store: 's', key, value: 'v', timestamp: 7 },
      { store: 's', key, value: null, timestamp: 7 },
    ])
  })

  test('tells of a session that is put too late, but not of one that is removed', () => {
    const opened = openState([definitionOf(true)])
    storeOf(opened).put(session('k', 0, 200_000), 'v')
    storeOf(opened).put(session('k', 0, 70_000), 'late')
    storeOf(opened).remove(session('k', 0, 60_000))
    assert.deepEqual(opened.warnings, ['s: its session that ended at 70000 is older than the retention'])
    assert.equal(opened.changelog.length, 3)
    assert.equal(storeOf(opened).fetchSession('k', 0, 70_000), null)
  })

  test('removes what has expired from the engine, index rows included', () => {
    for (const isExact of [true, false]) {
      const opened = openState([definitionOf(isExact, { hasEndIndex: true })])
      for (let end = 0; end < 1_000_000; end += 10_000) storeOf(opened).put(session('k', end, end), 'v')
      opened.state.apply(new Map([['s', 99]]))
      assert.ok(opened.state.statistics('s').rowCount < 45)
    }
  })

  test('finds a session after many empty segments', () => {
    const opened = openState([definitionOf(false)])
    storeOf(opened).put(session('k', 0, 1_700_000_000_000), 'v')
    assert.equal([...storeOf(opened).fetch('k')].length, 1)
  })

  test('shows the sessions of its opening to a scan, whatever is put since', () => {
    const opened = openState([definitionOf(false)])
    storeOf(opened).put(session('k', 0, 5), 'old')
    const all = storeOf(opened).fetchRange(null, null)
    const ofKey = storeOf(opened).fetch('k')
    storeOf(opened).put(session('k', 0, 5), 'new')
    storeOf(opened).put(session('k', 0, 6), 'new')
    assert.deepEqual([[...all].map(([, value]) => value), [...ofKey].map(([, value]) => value)], [['old'], ['old']])
    assert.equal(opened.state.statistics('s').openScans, 0)
  })

  test('a view reads what the store reads, and refuses what is no key, session or time', () => {
    const opened = openState([definitionOf(false)])
    const store = storeOf(opened)
    store.put(session('k', 0, 5), 'v')
    const view = opened.state.view<SessionStore<string, string>>('s')
    assert.equal(view.fetchSession('k', 0, 5), 'v')
    const lengths = [view.fetch('k'), view.findSessions('k', 0, 9), view.fetchRange('j', 'l'), view.findSessionsInRange('j', 'l', 0, 9)]
    assert.deepEqual(
      lengths.map((entries) => [...entries].length),
      [1, 1, 1, 1],
    )
    assert.equal(store.fetchSession('k', 6, 5), null)
    assert.deepEqual([...store.findSessions('k', 0, -1)], [])
    assert.deepEqual([...store.fetchRange('l', 'j')], [])
    assert.throws(() => store.put(session('k', -1, 5), 'v'), RangeError)
    assert.throws(() => store.put(session('k', 6, 5), 'v'), RangeError)
    assert.throws(() => store.remove(session('k', 0, 1.5)), RangeError)
    assert.throws(() => store.put(session(null as unknown as string, 0, 1), 'v'), TypeError)
    assert.throws(() => store.put('k' as unknown as Windowed<string>, 'v'), TypeError)
    assert.throws(() => store.put(session('k', 0, 1), undefined as unknown as string), TypeError)
    assert.throws(() => store.findSessions('k', Number.NaN, 1), TypeError)
    opened.state.close()
    assert.throws(() => store.fetch('k'), { code: 'STORE_CLOSED' })
  })

  test('a changelog key without a session is refused', () => {
    const opened = openState([definitionOf(false)])
    const records = [{ key: Buffer.from('short'), value: Buffer.from('v'), timestamp: 1 }]
    assert.throws(() => opened.state.restore('s', records, 0), { code: 'BYTES_INVALID' })
  })
})
