// The engine contract: what is found when a task is opened again. No tests here.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { metaAt, type TextRow } from '../contract.ts'
import {
  type EngineCase,
  allRows,
  batchOf,
  type Change,
  checkContent,
  type EnginePlace,
  History,
  mark,
  put,
  storeNames,
  TASK,
  valueOf,
} from './contract-scene.test.ts'

/** Few keys, so that rows are often written again; some long values, so that files have several blocks. */
export const contractKey: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(199).map((index) => `key-${index}`) },
  { weight: 1, arbitrary: fc.constantFrom('', '\0', 'k', 'key-1\0', '\u00ff', '\u00ff\u00ff') },
)

const contractValue: fc.Arbitrary<string | null> = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1_000_000).map((number) => `value ${number}`) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.tuple(fc.nat(9), fc.nat(1_000)).map(([digit, size]) => String(digit).repeat(size)) },
)

const changedRows = fc.array(fc.tuple(contractKey, contractValue), { maxLength: 40 }).map((rows): TextRow[] => [...new Map(rows)])

/** A batch for some of the stores, or now and then a wipe. */
export const someChange: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      batches: fc.uniqueArray(
        fc
          .record({
            store: fc.constantFrom(...storeNames),
            rows: changedRows,
            below: fc.option(contractKey, { freq: 12 }),
            hasMeta: fc.boolean(),
          })
          // A mark shows in no content: the offset tells whether it was found again.
          .map((changed) => ({ ...changed, hasMeta: changed.hasMeta || changed.below !== null })),
        { selector: ({ store }) => store, maxLength: 3 },
      ),
      isDurable: fc.nat(9).map((draw) => draw === 0),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wipe' as const), store: fc.constantFrom(...storeNames) }) },
)

async function reopenCase(place: EnginePlace): Promise<void> {
  const engines = await place.start()
  const engine = engines.open(TASK)
  engine.apply([
    batchOf('a', [['k', '1']], { meta: metaAt(7, engine) }),
    batchOf(
      'b',
      [
        ['k', '2'],
        ['x', '3'],
      ],
      { expiredBelow: mark('l') },
    ),
  ])
  engine.close()
  const again = engines.open(TASK)
  assert.deepEqual(allRows(again), [['k', '1']])
  assert.deepEqual(again.readMeta('a'), metaAt(7, again))
  assert.deepEqual(allRows(again, 'b'), [['x', '3']])
  assert.equal(again.readMeta('b'), null)
  // The mark is kept as well.
  again.apply([batchOf('b', [['k', '4']])])
  assert.deepEqual(allRows(again, 'b'), [['x', '3']])
  assert.equal(engines.open('0_1').readMeta('a'), null)
  again.close()
  again.close()
}

async function factoryCase(place: EnginePlace): Promise<void> {
  const engines = await place.start()
  assert.deepEqual(engines.taskIds(), [])
  for (const taskId of ['0_0', '0_1', '1_0']) {
    const engine = engines.open(taskId)
    put(engine, [['k', taskId]])
    engine.flush()
  }
  assert.deepEqual([...engines.taskIds()].toSorted(), ['0_0', '0_1', '1_0'])
  engines.close()
  const next = await place.start()
  assert.deepEqual([...next.taskIds()].toSorted(), ['0_0', '0_1', '1_0'])
  next.remove('0_1')
  next.remove('never')
  assert.deepEqual([...next.taskIds()].toSorted(), ['0_0', '1_0'])
  assert.equal(valueOf(next.open('0_0'), 'k'), '0_0')
  assert.deepEqual(allRows(next.open('0_1')), [])
  next.close()
  const last = await place.start()
  assert.equal(valueOf(last.open('1_0'), 'k'), '1_0')
  assert.deepEqual(place.warnings, [])
  last.close()
}

async function wipedCase(place: EnginePlace): Promise<void> {
  let engines = await place.start()
  let engine = engines.open(TASK)
  engine.apply([
    batchOf('a', [['k', '1']], { meta: metaAt(7, engine), expiredBelow: mark('j') }),
    batchOf('ab', [['k', '2']], { meta: metaAt(8, engine) }),
  ])
  engine.flush()
  engine.wipe('a')
  engines.close()
  engines = await place.start()
  engine = engines.open(TASK)
  assert.deepEqual(allRows(engine), [])
  assert.equal(engine.readMeta('a'), null)
  assert.deepEqual(allRows(engine, 'ab'), [['k', '2']])
  put(engine, [['a', '3']])
  engine.close()
  assert.deepEqual(allRows(engines.open(TASK)), [['a', '3']])
  engines.close()
}

async function retainedCase(place: EnginePlace): Promise<void> {
  let engines = await place.start()
  let engine = engines.open(TASK)
  const stores = ['a', 'ab', 'b']
  engine.apply(stores.map((store) => batchOf(store, [['k', store]], { meta: metaAt(7, engine) })))
  engine.flush()
  engine.apply([batchOf('b', [['l', '2']])])
  if (engine.retain === undefined) {
    engines.close()
    return
  }
  assert.deepEqual([...engine.retain(new Set(['ab', 'other']))].toSorted(), ['a', 'b'])
  assert.deepEqual(
    stores.map((store) => allRows(engine, store)),
    [[], [['k', 'ab']], []],
  )
  engines.close()
  engines = await place.start()
  engine = engines.open(TASK)
  assert.deepEqual(
    stores.map((store) => [allRows(engine, store).length, engine.readMeta(store) === null]),
    [
      [0, true],
      [1, false],
      [0, true],
    ],
  )
  assert.deepEqual(engine.retain?.(new Set(['ab'])), [], 'nothing of them is left')
  engines.close()
}

async function roundsCase(place: EnginePlace): Promise<void> {
  let engines = await place.start()
  let runs = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(someChange, { maxLength: 12 }), { maxLength: 8, size: 'max' }), async (rounds) => {
      const taskId = `0_${runs++}`
      const history = new History()
      for (const [index, round] of rounds.entries()) {
        const engine = engines.open(taskId)
        checkContent(engine, history)
        for (const change of round) history.make(engine, change)
        if (index % 3 === 1) engine.flush()
        engine.maintain(index * 20_000)
        if (index % 2 === 0) engine.close()
        else {
          engines.close()
          engines = await place.start()
        }
      }
      const last = engines.open(taskId)
      checkContent(last, history)
      last.close()
    }),
    { numRuns: 20 },
  )
  assert.deepEqual(place.warnings, [])
}

/** What engines must do that keep what was applied. */
export const restartCases: readonly EngineCase[] = [
  { title: 'a task that is opened again has its rows, marks and meta rows', needs: ['keeps'], run: reopenCase },
  { title: 'a factory knows the tasks that are kept, and removes them for good', needs: ['keeps'], run: factoryCase },
  { title: 'a store that was wiped stays empty', needs: ['keeps'], run: wipedCase },
  { title: 'stores that a task has no more are wiped', needs: ['keeps'], run: retainedCase },
  { title: 'after any changes, flushes and restarts all is there', needs: ['keeps'], run: roundsCase },
]
