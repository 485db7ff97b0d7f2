import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type LoggedRecord, openState, type OpenedState, restoreRecords, textStore, freshEngines } from '../contract.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { ThreadCache } from '../thread-cache.ts'
import { windowLayout } from './window-layout.ts'
import type { WindowStore } from './window-store.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const SIZE = 1000
const RETENTION = 130_000

interface Row {
  readonly key: string
  readonly start: number
  readonly value: string
}

/** A naive window store: a list, sorted and cut when looked at. */
class ModelWindows {
  rows: Row[] = []
  time = -1
  readonly #isExact: boolean

  constructor(isExact: boolean) {
    this.#isExact = isExact
  }

  put(key: string, value: string | null, start: number): void {
    this.time = Math.max(this.time, start)
    const segment = (time: number): number => Math.trunc(time / 65_000)
    const isLate = this.#isExact ? start <= this.time - RETENTION : segment(start) < segment(this.time - RETENTION)
    if (isLate) return
    this.rows = this.rows.filter((row) => row.key !== key || row.start !== start)
    if (value !== null) this.rows.push({ key, start, value })
  }

  visible(): Row[] {
    const bucket = (start: number): number => (this.#isExact ? start : Math.trunc(start / 65_000))
    return this.rows
      .filter(({ start }) => start >= this.time - RETENTION + 1)
      .toSorted((left, right) => bucket(left.start) - bucket(right.start) || compare(keyBytes(left), keyBytes(right)))
  }

  copy(): ModelWindows {
    const copy = new ModelWindows(this.#isExact)
    copy.rows = [...this.rows]
    copy.time = this.time
    return copy
  }
}

function keyBytes({ key, start }: Row): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(BigInt(start))
  return Buffer.concat([Buffer.from(key), bytes])
}

function compare(left: Buffer, right: Buffer): number {
  return left.compare(right)
}

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly value: string | null; readonly start: number }
  | { readonly kind: 'commit' | 'lose' | 'drop' | 'reopen' }

const someKey = fc.constantFrom('a', 'aa', 'a\u0000', 'b')
const someStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: someKey,
      value: fc.option(fc.constantFrom('x', 'y', 'zz'), { freq: 5 }),
      start: fc.nat(40).map((n) => n * 10_000 + (n % 3)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'lose' as const, 'drop' as const, 'reopen' as const) }) },
)

function definitionOf(isExact: boolean, format: 'plain' | 'timestamped', caching = false): StoreDefinition {
  const window = windowLayout({ sizeMs: SIZE, retentionMs: RETENTION, isExact, retainsDuplicates: false })
  return textStore('w', { kind: 'window', window, format, caching, supplier: isExact ? 'in-memory' : 'persistent' })
}

function storeOf({ state }: OpenedState): WindowStore<string, string> {
  return state.store('w') as WindowStore<string, string>
}

function checkReads(store: WindowStore<string, string>, model: ModelWindows): void {
  const rows = model.visible()
  const shown = rows.map(({ key, start, value }) => [{ key, window: { start, end: start + SIZE } }, value])
  assert.deepEqual([...store.fetchAll(0, Infinity)], shown)
  assert.deepEqual([...store.fetchAll(0, Infinity, { reverse: true })], shown.toReversed())
  const between = rows.filter(({ start }) => start >= 60_000 && start <= 200_002)
  assert.deepEqual(
    Array.from(store.fetchAll(60_000, 200_002), ([{ key, window }]) => [key, window.start]),
    between.map(({ key, start }) => [key, start]),
  )
  const ofKeys = between.filter(({ key }) => key !== 'b' && key !== 'a')
  assert.deepEqual(
    Array.from(store.fetchRange('a\u0000', 'aa', 60_000, 200_002), ([{ key, window }]) => [key, window.start]),
    ofKeys.map(({ key, start }) => [key, start]),
  )
  assert.equal([...store.fetchRange('aa', null, 60_000, 200_002)].length, between.filter(({ key }) => key >= 'aa').length)
  for (const key of ['a', 'aa', 'a\u0000', 'b', 'none']) {
    const windows = rows.filter((row) => row.key === key).toSorted((left, right) => left.start - right.start)
    assert.deepEqual(
      [...store.fetch(key, 0, Infinity)],
      windows.map(({ start, value }) => [start, value]),
    )
    const some = windows.filter(({ start }) => start >= 60_000 && start <= 200_002).toReversed()
    assert.deepEqual(
      [...store.fetch(key, 60_000, 200_002, { reverse: true })],
      some.map(({ start, value }) => [start, value]),
    )
    for (const { start, value } of windows) assert.equal(store.fetch(key, start), value)
    assert.equal(store.fetch(key, 7_777), null)
  }
}

function replay(opened: OpenedState, topic: readonly LoggedRecord[]): void {
  const from = (opened.state.storedOffset('w') ?? -1) + 1
  opened.state.restore('w', restoreRecords(topic, 'w', from), topic.length - 1)
}

function runSteps(definition: StoreDefinition, steps: readonly Step[]): void {
  const engines = freshEngines()
  const open = (changelog: LoggedRecord[]): OpenedState => openState([definition], { engines, changelog })
  let topic: LoggedRecord[] = []
  let opened = open([])
  let model = new ModelWindows(definition.supplier === 'in-memory')
  let committed = model.copy()
  for (const step of steps) {
    if (step.kind === 'put') {
      opened.record.timestamp++
      storeOf(opened).put(step.key, step.value, step.start)
      model.put(step.key, step.value, step.start)
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
      if (step.kind === 'commit') opened.state.apply(new Map(topic.length === 0 ? [] : [['w', topic.length - 1]]))
      else {
        opened.state.drop()
        replay(opened, topic)
      }
    }
    checkReads(storeOf(opened), model)
  }
  opened.state.close()
}

describeOnEngines('window store', () => {
  for (const isExact of [false, true]) {
    for (const format of ['plain', 'timestamped'] as const) {
      test(`is a sorted list that expires, through commits, aborts and restores (${isExact ? 'exact' : 'by segment'}, ${format})`, () => {
        fc.assert(
          fc.property(fc.array(someStep, { maxLength: 40, size: 'max' }), (steps) => runSteps(definitionOf(isExact, format), steps)),
          { numRuns: 100 },
        )
      })
    }
  }

  test('a cache gives the same as none while nothing expires, and writes each window once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ key: someKey, value: fc.option(fc.constantFrom('x', 'y')), start: fc.nat(9) })),
        fc.nat(400),
        (puts, bytes) => {
          const opened = openState([definitionOf(false, 'timestamped', true)], { cache: new ThreadCache(bytes) })
          const model = new ModelWindows(false)
          for (const { key, value, start } of puts) {
            storeOf(opened).put(key, value, start)
            model.put(key, value, start)
            checkReads(storeOf(opened), model)
          }
          opened.state.flushCaches()
          checkReads(storeOf(opened), model)
          opened.state.close()
        },
      ),
    )
  })

  test("writes Java's bytes to the changelog: key, int64 start, int32 number; the plain value", () => {
    const opened = openState([definitionOf(false, 'timestamped')])
    opened.record.timestamp = 7
    storeOf(opened).put('k', 'v', 258)
    assert.deepEqual(opened.changelog, [
      { store: 'w', key: 'k\u0000\u0000\u0000\u0000\u0000\u0000\u0001\u0002\u0000\u0000\u0000\u0000', value: 'v', timestamp: 7 },
    ])
  })

  test('tells of a window that is put too late, and has it in the changelog all the same', () => {
    const opened = openState([definitionOf(true, 'plain')])
    storeOf(opened).put('k', 'v', 200_000)
    storeOf(opened).put('k', 'late', 70_000)
    assert.deepEqual(opened.warnings, ['w: its window at 70000 is older than the retention'])
    assert.equal(opened.changelog.length, 2)
    assert.equal(storeOf(opened).fetch('k', 70_000), null)
  })

  test('removes what has expired from the engine', () => {
    const opened = openState([definitionOf(false, 'plain')])
    for (let start = 0; start < 1_000_000; start += 10_000) storeOf(opened).put('k', 'v', start)
    opened.state.apply(new Map([['w', 99]]))
    assert.ok(opened.state.statistics('w').rowCount < 25)
  })

  test('that retains duplicates keeps every value, numbers them across restarts, and is not deleted from', () => {
    const layout = windowLayout({ sizeMs: SIZE, retentionMs: RETENTION, isExact: false, retainsDuplicates: true })
    const definition = textStore('w', { kind: 'window', window: layout })
    const engines = freshEngines()
    const opened = openState([definition], { engines })
    for (const value of ['x', null, 'x', 'y']) storeOf(opened).put('k', value, 5)
    assert.deepEqual(
      [...storeOf(opened).fetch('k', 0, 10)],
      [
        [5, 'x'],
        [5, 'x'],
        [5, 'y'],
      ],
    )
    assert.equal(storeOf(opened).fetch('k', 5), 'y')
    opened.state.apply(new Map([['w', 3]]))
    opened.state.close()
    const again = openState([definition], { engines })
    storeOf(again).put('k', 'z', 5)
    assert.equal([...storeOf(again).fetch('k', 0, 10)].length, 4)
    const restored = openState([definition])
    restored.state.restore('w', restoreRecords(opened.changelog, 'w', 0), 3)
    storeOf(restored).put('k', 'z', 5)
    assert.deepEqual(
      [...storeOf(restored).fetch('k', 0, 10)].map(([, value]) => value),
      ['x', 'x', 'y', 'z'],
    )
  })

  test('shows the windows of its opening to a scan, whatever is put since', () => {
    const opened = openState([definitionOf(false, 'plain')])
    storeOf(opened).put('k', 'old', 5)
    const all = storeOf(opened).fetchAll(0, Infinity)
    const ofKey = storeOf(opened).fetch('k', 0, Infinity)
    storeOf(opened).put('k', 'new', 5)
    storeOf(opened).put('k', 'new', 6)
    assert.deepEqual([[...all].map(([, value]) => value), [...ofKey]], [['old'], [[5, 'old']]])
    assert.equal(opened.state.statistics('w').openScans, 0)
  })

  test('a view reads what the store reads, and refuses what is no key or time', () => {
    const opened = openState([definitionOf(false, 'plain')])
    const store = storeOf(opened)
    store.put('k', 'v', 5)
    const view = opened.state.view<WindowStore<string, string>>('w')
    assert.equal(view.fetch('k', 5), 'v')
    assert.deepEqual(
      [[...view.fetch('k', 0, 9)].length, [...view.fetchAll(0, 9)].length, [...view.fetchRange('j', 'l', 0, 9)].length],
      [1, 1, 1],
    )
    assert.equal(store.fetch('k', -1), null)
    assert.deepEqual([...store.fetch('k', 9, 0)], [])
    assert.deepEqual([...store.fetchAll(9, 0)], [])
    assert.throws(() => store.put('k', 'v', -1), RangeError)
    assert.throws(() => store.put('k', 'v', 1.5), RangeError)
    assert.throws(() => store.put(null as unknown as string, 'v', 1), TypeError)
    assert.throws(() => store.put('k', undefined as unknown as string, 1), TypeError)
    assert.throws(() => store.fetch('k', Number.NaN), TypeError)
    opened.state.close()
    assert.throws(() => store.fetch('k', 5), { code: 'STORE_CLOSED' })
  })

  test('a changelog key without a window is refused', () => {
    const opened = openState([definitionOf(false, 'plain')])
    const records = [{ key: Buffer.from('short'), value: Buffer.from('v'), timestamp: 1 }]
    assert.throws(() => opened.state.restore('w', records, 0), { code: 'BYTES_INVALID' })
  })
})
