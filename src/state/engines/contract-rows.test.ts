// The engine contract: rows, marks of expiry and meta rows within one life of a task. No tests here.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type ByteSlice } from '../byte-slice.ts'
import { metaAt, ModelStore, rowsIn, slice, someKey, someRange, someValue, type TextRow, textOf, textRange } from '../contract.ts'
import { allKeys, type KeyRange, prefixRange } from '../key-range.ts'
import { type OverlayStore, withOverlay } from '../layers/overlay.ts'
import { RestoreBatch } from '../restore-batch.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import type { StoreMeta } from '../store-meta.ts'
import type { TaskEngine } from './engine.ts'
import { type EngineCase, allRows, batchOf, type EnginePlace, mark, put, TASK, valueOf } from './contract-scene.test.ts'

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly value: string | null }
  | { readonly kind: 'scan'; readonly range: KeyRange; readonly isReverse: boolean }
  | { readonly kind: 'expire'; readonly below: string }
  | { readonly kind: 'read' | 'apply' | 'drop' | 'wipe' | 'flush' }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('put' as const), key: someKey, value: someValue }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('scan' as const), range: someRange, isReverse: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('expire' as const), below: someKey }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('read' as const, 'apply' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'wipe' as const, 'flush' as const) }) },
)

interface PendingScan {
  readonly cursor: RowCursor
  readonly expected: TextRow[]
  readonly seen: TextRow[]
}

/** A store with an overlay, and what it should have. */
class SteppedStore {
  readonly #engine: TaskEngine
  readonly #overlay: OverlayStore
  #committed = new ModelStore()
  #current = new ModelStore()
  readonly #scans: PendingScan[] = []

  constructor(engine: TaskEngine) {
    this.#engine = engine
    this.#overlay = withOverlay(engine.store('s'))
  }

  run(step: Step): void {
    if (step.kind === 'put') this.#put(step.key, step.value)
    else if (step.kind === 'scan') this.#scan(step.range, step.isReverse)
    else if (step.kind === 'expire') this.#expire(step.below)
    else if (step.kind === 'read') {
      for (const { cursor, seen } of this.#scans) if (cursor.next()) seen.push([textOf(cursor.key), textOf(cursor.value)])
    } else if (step.kind === 'apply') this.#apply(null)
    else if (step.kind === 'flush') this.#engine.flush()
    else this.#drop(step.kind === 'wipe')
  }

  /** What every scan saw, however late it is read, and what there is now. */
  check(): void {
    for (const { cursor, expected, seen } of this.#scans) assert.deepEqual([...seen, ...rowsIn(cursor)], expected)
    assert.deepEqual(rowsIn(this.#overlay.scan(allKeys, false)), this.#current.scan(allKeys, false))
    assert.deepEqual(allRows(this.#engine, 's'), this.#committed.scan(allKeys, false))
    for (const key of new Set([...this.#current.rows.keys(), ...this.#committed.rows.keys()])) this.#checkRow(key)
  }

  #put(key: string, value: string | null): void {
    // Nobody puts a row below the mark of expiry but by mistake, and then it is not there.
    if (key < this.#current.below) return
    this.#overlay.put(slice(key), value === null ? null : slice(value))
    this.#current.put(key, value)
    this.#checkRow(key)
  }

  #scan(range: KeyRange, isReverse: boolean): void {
    this.#scans.push({ cursor: this.#overlay.scan(range, isReverse), expected: this.#current.scan(range, isReverse), seen: [] })
  }

  #expire(below: string): void {
    this.#current.expire(below)
    this.#apply(mark(below))
  }

  #apply(expiredBelow: Buffer | null): void {
    this.#engine.apply([{ store: 's', rows: this.#overlay.changes(), meta: null, expiredBelow }])
    this.#overlay.drop()
    this.#committed = this.#current.copy()
  }

  #drop(isWiped: boolean): void {
    this.#overlay.drop()
    if (isWiped) {
      this.#engine.wipe('s')
      this.#committed = new ModelStore()
    }
    this.#current = this.#committed.copy()
  }

  #checkRow(key: string): void {
    const { rows } = this.#current
    const found = valueOf(this.#engine, key, 's')
    assert.equal(found, this.#committed.rows.get(key) ?? null)
    const value: ByteSlice = slice('')
    assert.equal(this.#overlay.get(slice(key), value) ? textOf(value) : undefined, rows.get(key))
  }
}

async function mapCase(place: EnginePlace): Promise<void> {
  const engines = await place.start()
  let runs = 0
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 120, size: 'max' }), (steps) => {
      const taskId = `0_${runs++}`
      const engine = engines.open(taskId)
      const store = new SteppedStore(engine)
      for (const step of steps) store.run(step)
      store.check()
      engine.close()
      engines.remove(taskId)
    }),
    { numRuns: 300 },
  )
}

const sizes = [0, 1, 2, 127, 128, 255, 256, 4_095, 4_096, 4_097, 65_535, 65_536, 1_048_576]

async function sizesCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const model = new ModelStore()
  for (const [index, size] of sizes.entries()) {
    const long = String.fromCodePoint(97 + index).repeat(size)
    const rows: TextRow[] = [
      [long, `value of ${size}`],
      [`key of ${size}`, long],
    ]
    put(engine, rows)
    for (const [key, value] of rows) model.put(key, value)
    if (index % 4 === 3) engine.flush()
  }
  for (let round = 0; round < 2; round++) {
    for (const [key, value] of model.rows) assert.ok(valueOf(engine, key) === value, `the value of a key of ${key.length} bytes`)
    for (const isReverse of [false, true]) {
      const rows = rowsIn(engine.store('a').scan(allKeys, isReverse))
      const expected = model.scan(allKeys, isReverse)
      assert.equal(rows.length, expected.length)
      // Not deepEqual: what it prints of a difference would be megabytes.
      assert.ok(rows.every(([key, value], index) => key === expected[index]![0] && value === expected[index]![1]))
    }
    engine.flush()
  }
}

async function manyRowsCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const count = 20_000
  const keyOf = (index: number): string => index.toString(16).padStart(8, '0')
  // 7919 is prime to the count: each index once, scattered.
  put(
    engine,
    Array.from({ length: count }, (_, index): TextRow => [keyOf((index * 7919) % count), `v${index}`]),
  )
  put(
    engine,
    Array.from({ length: count }, (_, index): TextRow => [keyOf(count + index), 'w']),
  )
  engine.flush()
  const rows = allRows(engine)
  assert.equal(rows.length, 2 * count)
  assert.ok(rows.every(([key], index) => key === keyOf(index)))
  put(
    engine,
    Array.from({ length: count }, (_, index): TextRow => [keyOf(index * 2), null]),
  )
  const kept = rowsIn(engine.store('a').scan(textRange(keyOf(10), keyOf(20)), true)).map(([key]) => key)
  assert.deepEqual(kept, [19, 17, 15, 13, 11].map(keyOf))
  engine.flush()
  assert.equal(allRows(engine).length, count)
  assert.equal(valueOf(engine, keyOf(10)), null)
  assert.equal(valueOf(engine, keyOf(count + 1)), 'w')
}

async function mergesCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const model = new ModelStore()
  for (let round = 0; round < 40; round++) {
    const rows = Array.from({ length: 300 }, (_, index): TextRow => {
      const key = `k${(index * 37 + round * 101) % 1_000}`
      return [key, (index + round) % 5 === 0 ? null : `${round}.${index}`]
    })
    put(engine, rows)
    for (const [key, value] of rows) model.put(key, value)
    engine.flush()
    engine.maintain(round * 1_000)
    if (round % 8 === 7) assert.deepEqual(allRows(engine), model.scan(allKeys, false))
  }
}

async function cursorsCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const expected: [RowCursor, TextRow[]][] = []
  const model = new ModelStore()
  const open = (): void => {
    for (const isReverse of [false, true]) {
      const cursor = engine.store('a').scan(allKeys, isReverse)
      const rows = model.scan(allKeys, isReverse)
      if (rows.length > 0) {
        assert.ok(cursor.next())
        assert.deepEqual([textOf(cursor.key), textOf(cursor.value)], rows.shift())
      }
      expected.push([cursor, rows])
    }
  }
  for (let round = 0; round < 12; round++) {
    const rows = Array.from({ length: 200 }, (_, index): TextRow => [`k${(index + round * 50) % 500}`, index % 3 === 0 ? null : `${round}`])
    put(engine, rows)
    for (const [key, value] of rows) model.put(key, value)
    open()
    if (round % 3 === 1) engine.flush()
    if (round === 6) {
      engine.wipe('a')
      model.rows.clear()
      open()
    }
    if (round === 9) {
      engine.apply([batchOf('a', [], { expiredBelow: mark('k3') })])
      model.expire('k3')
      open()
    }
    engine.maintain(round * 5_000)
  }
  const closed = expected.splice(3, 1)[0]![0]
  closed.close()
  closed.close()
  assert.equal(closed.next(), false)
  engine.close()
  for (const [cursor, rows] of expected) assert.deepEqual(rowsIn(cursor), rows)
}

async function expiryCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  put(engine, [
    ['a', '1'],
    ['b', '2'],
    ['c', '3'],
  ])
  engine.apply([batchOf('other', [['a', '1']])])
  const before = engine.store('a').scan(allKeys, false)
  const below = mark('c')
  engine.apply([
    batchOf(
      'a',
      [
        ['bb', '4'],
        ['c\0', '5'],
      ],
      { expiredBelow: below },
    ),
  ])
  const live: TextRow[] = [
    ['c', '3'],
    ['c\0', '5'],
  ]
  assert.deepEqual(allRows(engine), live)
  assert.deepEqual(
    ['a', 'b', 'bb', 'c'].map((key) => valueOf(engine, key)),
    [null, null, null, '3'],
  )
  assert.deepEqual(rowsIn(engine.store('a').scan(textRange('a', 'c'), true)), [['c', '3']])
  assert.deepEqual(rowsIn(engine.store('a').scan(textRange('a', 'b'), false)), [])
  assert.deepEqual(allRows(engine, 'other'), [['a', '1']])
  assert.deepEqual(rowsIn(before).length, 3)
  // Neither later rows nor lower marks bring anything back.
  put(engine, [['b', '6']])
  engine.apply([batchOf('a', [['a', '7']], { expiredBelow: mark('a') })])
  assert.deepEqual(allRows(engine), live)
  engine.flush()
  engine.maintain(60_000)
  assert.deepEqual(allRows(engine), live)
  engine.apply([batchOf('a', [['d', '8']], { expiredBelow: mark('c\0') })])
  assert.deepEqual(allRows(engine), [
    ['c\0', '5'],
    ['d', '8'],
  ])
  engine.wipe('a')
  put(engine, [['a', '9']])
  assert.deepEqual(allRows(engine), [['a', '9']])
}

async function rangesCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const keys = ['', '\0', 'a', 'a\0', 'a\u00ff', 'a\u00ff\u00ff', 'b', 'b\u0080', '\u00ff', '\u00ff\u00ff']
  const model = new ModelStore()
  for (const key of keys) model.put(key, `<${key}>`)
  const prefixes = ['', 'a', 'a\u00ff', 'b', 'c', '\u00ff', '\u00ff\u00ff\u00ff']
  const ends = [null, ...keys, 'aa', 'z']
  const ranges: KeyRange[] = [
    ...prefixes.map((prefix) => prefixRange(mark(prefix))),
    ...ends.flatMap((from) => ends.flatMap((to) => [textRange(from, to), { ...textRange(from, to), includesTo: false }])),
  ]
  // Rows in memory, then all written, then both.
  for (const rounds of [keys, [], ['a', '\u00ff']]) {
    put(
      engine,
      rounds.map((key): TextRow => [key, `<${key}>`]),
    )
    for (const range of ranges) {
      for (const isReverse of [false, true]) {
        assert.deepEqual(rowsIn(engine.store('a').scan(range, isReverse)), model.scan(range, isReverse))
      }
    }
    engine.flush()
  }
}

async function batchesCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  assert.equal(engine.readMeta('a'), null)
  const position: StoreMeta['position'] = [['in', 1, 5]]
  const full = { ...metaAt(7, engine), topicId: null, times: { storeTime: 1, operatorTime: -1, sequence: 3 }, position }
  engine.apply([batchOf('a', [['k', '1']], { meta: full }), batchOf('ab', [['k', '2']], { meta: metaAt(null, engine) })])
  engine.apply([batchOf('a', [['l', '3']])])
  engine.apply([])
  for (let round = 0; round < 2; round++) {
    assert.deepEqual(allRows(engine), [
      ['k', '1'],
      ['l', '3'],
    ])
    assert.deepEqual(allRows(engine, 'ab'), [['k', '2']])
    assert.deepEqual(allRows(engine, 'a-b'), [])
    assert.deepEqual(engine.readMeta('a'), full)
    assert.deepEqual(engine.readMeta('ab'), metaAt(null, engine))
    engine.flush()
  }
  engine.apply([batchOf('a', [], { meta: metaAt(9, engine) })])
  assert.deepEqual(engine.readMeta('a'), metaAt(9, engine))
}

async function wipeCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  for (const isFlushed of [false, true]) {
    engine.apply([
      batchOf('a', [['k', '1']], { meta: metaAt(7, engine), expiredBelow: mark('b') }),
      batchOf('ab', [['k', '2']], { meta: metaAt(8, engine) }),
    ])
    if (isFlushed) engine.flush()
    const store = engine.store('a')
    const cursor = store.scan(allKeys, false)
    engine.wipe('a')
    engine.wipe('never')
    assert.equal(engine.readMeta('a'), null)
    assert.deepEqual(rowsIn(store.scan(allKeys, false)), [])
    assert.equal(valueOf(engine, 'k'), null)
    assert.deepEqual(allRows(engine, 'ab'), [['k', '2']])
    assert.deepEqual(engine.readMeta('ab'), metaAt(8, engine))
    assert.deepEqual(rowsIn(cursor), [['k', '1']])
    put(engine, [['a', '3']])
    assert.deepEqual(rowsIn(store.scan(allKeys, false)), [['a', '3']])
    engine.wipe('a')
  }
}

async function ownershipCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const records = [{ key: Buffer.from('k'), value: Buffer.from('v'), timestamp: 0 }]
  const below = mark('a')
  engine.apply([{ ...batchOf('a', []), rows: new RestoreBatch(records, { prefixBytes: 0 }), expiredBelow: below }])
  records[0]!.key.fill('x')
  records[0]!.value.fill('x')
  assert.deepEqual(allRows(engine), [['k', 'v']])
  const wanted = slice('k')
  const into = slice('')
  engine.store('a').get(wanted, into)
  wanted.buffer.fill('x')
  assert.equal(textOf(into), 'v')
}

async function gettingCase(place: EnginePlace): Promise<void> {
  const engine = (await place.start()).open(TASK)
  const store = engine.store('a')
  const into = slice('kept')
  assert.equal(store.get(slice('key'), into), false)
  assert.equal(textOf(into), 'kept')
  assert.equal(store.rowCount, 0)
  put(engine, [
    ['key', 'one'],
    ['', ''],
  ])
  assert.equal(valueOf(engine, 'key'), 'one')
  assert.equal(valueOf(engine, ''), '')
  for (const missing of ['kex', 'kez', 'ke', 'keyy', '\0']) assert.equal(valueOf(engine, missing), null)
  put(engine, [['key', 'two']])
  assert.equal(valueOf(engine, 'key'), 'two')
  engine.flush()
  put(engine, [
    ['key', null],
    ['gone', null],
  ])
  assert.equal(valueOf(engine, 'key'), null)
  assert.deepEqual(allRows(engine), [['', '']])
  put(engine, [['key', '']])
  assert.equal(valueOf(engine, 'key'), '')
  assert.ok(store.rowCount >= 1)
}

async function tasksCase(place: EnginePlace): Promise<void> {
  const engines = await place.start()
  const [first, second] = [engines.open('0_0'), engines.open('0_1')]
  put(first, [['k', '1']])
  put(second, [['k', '2']])
  first.flush()
  assert.deepEqual([valueOf(first, 'k'), valueOf(second, 'k')], ['1', '2'])
  first.close()
  first.close()
  assert.equal(valueOf(second, 'k'), '2')
  engines.remove('0_0')
  engines.remove('never')
  assert.equal(valueOf(second, 'k'), '2')
  assert.deepEqual(allRows(engines.open('0_0')), [])
  engines.close()
  engines.close()
}

/** What every engine must do, whatever it keeps. */
export const rowCases: readonly EngineCase[] = [
  { title: 'a store with an overlay is a sorted map, whose scans see the rows of their opening', needs: [], run: mapCase },
  { title: 'get() finds what was put last, and leaves the slice alone where there is nothing', needs: [], run: gettingCase },
  { title: "rows that are given stay the caller's", needs: [], run: ownershipCase },
  { title: 'keys and values have 0 bytes to 1 MiB', needs: [], run: sizesCase },
  { title: 'ranges and prefixes, both ways, with every end', needs: [], run: rangesCase },
  { title: 'many rows stay in order under writes in every order', needs: [], run: manyRowsCase },
  { title: 'rows are the same however often they are written and merged', needs: [], run: mergesCase },
  { title: 'cursors see the rows of their opening across puts, deletions, wipes, expiry and close', needs: [], run: cursorsCase },
  { title: 'a mark of expiry hides rows below it for good, until the store is wiped', needs: [], run: expiryCase },
  {
    title: 'apply() changes several stores and their meta rows at once, and a null meta row keeps the old one',
    needs: [],
    run: batchesCase,
  },
  { title: 'wipe() removes rows, mark and meta row of one store', needs: [], run: wipeCase },
  { title: 'tasks are apart, and remove() takes one of them', needs: [], run: tasksCase },
]
