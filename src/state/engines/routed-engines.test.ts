import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteSlice } from '../byte-slice.ts'
import { changes, metaAt, rowsIn, slice, textOf } from '../contract.ts'
import { allKeys } from '../key-range.ts'
import type { EngineFactory, StoreBatch, TaskEngine } from './engine.ts'
import { survivingMemoryEngines } from './memory/memory-engine.ts'
import { routedEngines } from './routed-engines.ts'

const logger = { debug: () => undefined, info: () => undefined, error: () => undefined }

/** Two engines; stores that begin with "b" are on the second, unless `kindOf` says otherwise. */
function engines(first: EngineFactory, second: EngineFactory, kindOf = (store: string) => (store.startsWith('b') ? 'second' : 'first')) {
  const warnings: string[] = []
  const factory = routedEngines({
    factories: new Map([
      ['first', first],
      ['second', second],
    ]),
    kindOf,
    logger: { ...logger, warn: (_fields, message) => void warnings.push(message) },
  })
  return { factory, warnings }
}

function batch(engine: TaskEngine, store: string, key: string): StoreBatch {
  return { store, rows: changes([[key, `of ${store}`]]), meta: metaAt(7, engine), expiredBelow: null }
}

function valueOf(engine: TaskEngine, store: string, key: string): string | null {
  const value = new ByteSlice()
  return engine.store(store).get(slice(key), value) ? textOf(value) : null
}

test('routedEngines() keeps each store of a task on its own engine', () => {
  const [first, second] = [survivingMemoryEngines(), survivingMemoryEngines()]
  const { factory } = engines(first, second)
  const engine = factory.open('0_0')
  engine.apply([batch(engine, 'a', 'k'), batch(engine, 'b', 'k'), batch(engine, 'a2', 'k')])
  assert.deepEqual([engine.kindOf?.('a'), engine.kindOf?.('b')], ['first', 'second'])
  assert.deepEqual(
    ['a', 'b', 'a2'].map((store) => valueOf(engine, store, 'k')),
    ['of a', 'of b', 'of a2'],
  )
  engine.close()
  const alone = second.open('0_0')
  assert.deepEqual(rowsIn(alone.store('b').scan(allKeys, false)), [['k', 'of b']])
  assert.equal(alone.readMeta('a'), null)
  alone.close()
  assert.deepEqual(factory.taskIds(), ['0_0'])
  factory.remove('0_0')
  assert.deepEqual([...first.taskIds(), ...second.taskIds()], [])
})

test('routedEngines() removes what an engine has of a store that is on another one by now, and says so', () => {
  const [first, second] = [survivingMemoryEngines(), survivingMemoryEngines()]
  const before = engines(first, second).factory.open('0_0')
  before.apply([batch(before, 'b', 'k')])
  before.close()
  const { factory, warnings } = engines(first, second, () => 'first')
  const after = factory.open('0_0')
  assert.equal(after.readMeta('b'), null)
  assert.match(warnings.join(), /"b" of task 0_0 was on engine "second" and is on "first" now/)
  after.close()
  assert.equal(engines(first, second).factory.open('0_0').readMeta('b'), null, 'it does not come back when the choice is changed back')
})

test('routedEngines() lets the other engines do their part when one fails', () => {
  const second = survivingMemoryEngines()
  const broken: EngineFactory = {
    ...survivingMemoryEngines(),
    open: (taskId) => {
      const engine = survivingMemoryEngines().open(taskId)
      engine.apply = () => {
        throw new Error('no room')
      }
      return engine
    },
  }
  const engine = engines(broken, second).factory.open('0_0')
  assert.throws(() => engine.apply([batch(engine, 'a', 'k'), batch(engine, 'b', 'k')]), /no room/)
  assert.equal(valueOf(engine, 'b', 'k'), 'of b')
})

test('routedEngines() maintains all engines, also when one of them fails', () => {
  const maintained: string[] = []
  const failing = (name: string, message: string | null): EngineFactory => ({
    ...survivingMemoryEngines(),
    open: (taskId) => {
      const engine = survivingMemoryEngines().open(taskId)
      engine.maintain = () => {
        maintained.push(name)
        if (message !== null) throw new Error(message)
      }
      return engine
    },
  })
  const engine = engines(failing('first', 'no room'), failing('second', null)).factory.open('0_0')
  engine.apply([batch(engine, 'a', 'k'), batch(engine, 'b', 'k')])
  assert.throws(() => engine.maintain(1), /no room/)
  assert.deepEqual(maintained, ['first', 'second'])
})
