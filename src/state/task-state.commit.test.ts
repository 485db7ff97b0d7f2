import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { StoreError } from '../base/errors.ts'
import { openState, type OpenedState, textStore } from './contract.ts'
import type { EngineFactory, TaskEngine } from './engines/engine.ts'
import { survivingMemoryEngines } from './engines/memory/memory-engine.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { isDamaged, storeFailure } from './store-failure.ts'

interface Watched {
  readonly engines: EngineFactory
  /** Of each batch: its stores, and whether it was durable. */
  readonly applied: string[]
}

/** Engines that say what is applied; `fail` may throw before an action. */
function watched(fail: (action: 'open' | 'apply' | 'maintain' | 'wipe') => void = () => undefined): Watched {
  const inner = survivingMemoryEngines()
  const applied: string[] = []
  const open = (taskId: string): TaskEngine => {
    fail('open')
    const engine = inner.open(taskId)
    const [apply, maintain, wipe] = [engine.apply.bind(engine), engine.maintain.bind(engine), engine.wipe.bind(engine)]
    engine.apply = (batches, isDurable) => {
      fail('apply')
      applied.push(`${batches.map(({ store }) => store).join()}${isDurable === true ? ' durably' : ''}`)
      apply(batches, isDurable)
    }
    engine.maintain = (nowMs) => {
      fail('maintain')
      maintain(nowMs)
    }
    engine.wipe = (store) => {
      fail('wipe')
      wipe(store)
    }
    return engine
  }
  return { engines: { ...inner, open }, applied }
}

function put({ state }: OpenedState, store: string, value: string): void {
  const typed = state.store(store) as KeyValueStore<string, string>
  typed.put('k', value)
}

const stores = [textStore('logged'), textStore('unlogged', { changelog: null })]

describe('TaskState commit', () => {
  test('applyUnlogged() applies the stores without a changelog alone, durably', () => {
    const { engines, applied } = watched()
    const opened = openState(stores, { engines })
    put(opened, 'logged', '1')
    put(opened, 'unlogged', '1')
    opened.state.applyUnlogged()
    assert.deepEqual(applied, ['unlogged durably'])
    opened.state.drop()
    assert.deepEqual([...(opened.state.store('unlogged') as KeyValueStore<string, string>).all()], [['k', '1']])
    assert.deepEqual([...(opened.state.store('logged') as KeyValueStore<string, string>).all()], [])
    opened.state.applyUnlogged()
    assert.equal(applied.length, 1, 'there is nothing to apply')
  })

  test('apply() is durable where a store without a changelog has changed, and only there', () => {
    const { engines, applied } = watched()
    const opened = openState(stores, { engines })
    opened.state.apply(new Map())
    put(opened, 'logged', '1')
    opened.state.apply(new Map([['logged', 1]]))
    put(opened, 'unlogged', '1')
    opened.state.apply(new Map())
    assert.deepEqual(applied, ['logged,unlogged', 'logged', 'unlogged durably'])
  })

  test('apply() writes nothing where nothing has changed, but says once a minute that the rows are still right', () => {
    const { engines, applied } = watched()
    const opened = openState(stores, { engines })
    opened.state.apply(new Map([['logged', 1]]))
    opened.state.apply(new Map([['logged', 1]]))
    assert.equal(applied.length, 1)
    opened.time.now += 59_000
    opened.state.apply(new Map())
    assert.equal(applied.length, 1)
    opened.time.now += 1_000
    opened.state.apply(new Map())
    assert.deepEqual(applied, ['logged,unlogged', 'logged,unlogged'])
    assert.equal(opened.state.storedOffset('logged'), 1)
  })

  test('rows are as young as the last time that the cluster confirmed them', () => {
    const engines = survivingMemoryEngines()
    const HOUR = 3_600_000
    const aged = (commit: (opened: OpenedState) => void): number | null => {
      const first = openState([textStore('s')], { engines })
      first.state.wipe('s')
      first.state.restore('s', [{ key: Buffer.from('k'), value: Buffer.from('1'), timestamp: 1 }], 4)
      first.time.now += HOUR / 2
      commit(first)
      first.state.close()
      const later = openState([textStore('s')], { engines, now: 1000 + HOUR, expectation: { deleteRetentionMs: HOUR } })
      const offset = later.state.storedOffset('s')
      later.state.close()
      return offset
    }
    assert.equal(
      aged(() => undefined),
      null,
    )
    assert.equal(
      aged(({ state }) => state.apply(new Map(), false)),
      null,
    )
    assert.equal(
      aged(({ state }) => state.apply(new Map())),
      4,
    )
    assert.equal(
      aged(({ state }) => state.restore('s', [], 5)),
      null,
    )
    assert.equal(
      aged(({ state }) => state.restore('s', [], 5, true)),
      5,
    )
  })

  test('what an engine throws is STORE_CORRUPTED of the task, whatever it was doing', () => {
    let failing = ''
    const cause = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
    const { engines } = watched((action) => {
      if (action === failing) throw cause
    })
    const isFailure = (error: unknown): boolean =>
      error instanceof StoreError &&
      error.code === 'STORE_CORRUPTED' &&
      error.taskId === '0_0' &&
      error.cause === cause &&
      !isDamaged(error)
    const opened = openState(stores, { engines })
    put(opened, 'logged', '1')
    failing = 'apply'
    assert.throws(() => opened.state.apply(new Map()), isFailure)
    opened.state.drop()
    assert.throws(() => opened.state.restore('logged', [], 3), isFailure)
    failing = 'maintain'
    assert.throws(() => opened.state.maintain(1), isFailure)
    failing = 'wipe'
    assert.throws(() => opened.state.wipe('logged'), isFailure)
    failing = 'open'
    assert.throws(() => openState(stores, { engines }), isFailure)
  })

  test('restore() throws what reading a record throws', () => {
    const opened = openState(stores)
    const poison = new RangeError('not a record')
    const records = (function* () {
      yield* []
      throw poison
    })()
    assert.throws(() => opened.state.restore('logged', records, 3), poison)
  })

  test('storeFailure() tells damage from what could not be written, and names a task once', () => {
    const damage = new StoreError('STORE_CORRUPTED', 'Cannot read "x": a checksum is wrong', { store: 's' })
    const failure = storeFailure('0_1', 'read the stores of', damage)
    assert.equal(isDamaged(failure), true)
    assert.deepEqual([failure.store, failure.taskId], ['s', '0_1'])
    assert.equal(storeFailure('0_1', 'close the stores of', failure), failure)
  })
})
