import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { EngineFactory } from './engines/engine.ts'
import { memoryEngines } from './engines/memory/memory-engine.ts'
import { openState, type OpenedState, type OpenStateOptions, restoreRecords, textStore, freshEngines } from './contract.ts'
import type { KeyValueStore } from './key-value-store.ts'
import type { StoreDefinition } from './store-definition.ts'
import { storeMetrics } from './store-metrics.ts'
import { describeOnEngines } from './engines/tested-engines.test.ts'

const HOUR_MS = 3_600_000

type TextStore = KeyValueStore<string, string>

function storeOf({ state }: OpenedState, name = 's'): TextStore {
  return state.store(name) as TextStore
}

/** A state that has committed `a = 1` at offset 4, closed, and opened again with `changed`. */
function reopened(changed: OpenStateOptions, engines: EngineFactory = freshEngines()): OpenedState {
  const first = openState([textStore('s')], { engines })
  storeOf(first).put('a', '1')
  first.state.apply(new Map([['s', 4]]))
  first.state.close()
  return openState([textStore('s')], { engines, ...changed })
}

describeOnEngines('TaskState', () => {
  test('apply() commits all stores with the offsets that were acknowledged; others keep theirs', () => {
    const opened = openState([textStore('s'), textStore('other')])
    assert.equal(opened.state.storedOffset('s'), null)
    storeOf(opened).put('a', '1')
    assert.ok(opened.state.uncommittedBytes >= 98)
    opened.state.apply(new Map([['s', 4]]))
    assert.equal(opened.state.uncommittedBytes, 0)
    opened.state.apply(new Map([['other', 9]]))
    assert.equal(opened.state.storedOffset('s'), 4)
    assert.equal(opened.state.storedOffset('other'), 9)
    opened.state.drop()
    assert.equal(storeOf(opened).get('a'), '1')
  })

  test('drop() goes back to what is committed', () => {
    const opened = openState([textStore('s')])
    storeOf(opened).put('a', '1')
    opened.state.apply(new Map())
    storeOf(opened).put('a', '2')
    storeOf(opened).put('b', '2')
    opened.state.drop()
    assert.deepEqual([...storeOf(opened).all()], [['a', '1']])
  })

  test('a store that is found again is kept when all of it can be trusted', () => {
    const opened = reopened({})
    assert.equal(opened.state.storedOffset('s'), 4)
    assert.equal(storeOf(opened).get('a'), '1')
    assert.deepEqual(opened.warnings, [])
  })

  const distrusted: readonly (readonly [name: string, changed: OpenStateOptions, reason: RegExp])[] = [
    ['another cluster', { expectation: { clusterId: 'd' } }, /belongs to cluster c, this is d/],
    ['a topic that was made anew', { expectation: { topicId: 'u' } }, /topic id t, the topic has u/],
    ['an old commit', { now: 1000 + HOUR_MS, expectation: { deleteRetentionMs: HOUR_MS } }, /committed 3600000 ms ago/],
  ]
  for (const [name, changed, reason] of distrusted) {
    test(`a store is wiped, and the log says why: ${name}`, () => {
      const opened = reopened(changed)
      assert.equal(opened.state.storedOffset('s'), null)
      assert.equal(storeOf(opened).get('a'), null)
      assert.match(opened.warnings.join(), /Store "s" of task 0_0 is wiped and restored from its changelog/)
      assert.match(opened.warnings.join(), reason)
    })
  }

  test('a commit within the retention of deletions is trusted, whatever the topic id where none is known', () => {
    const opened = reopened({ now: 999 + HOUR_MS, expectation: { deleteRetentionMs: HOUR_MS, topicId: null } })
    assert.equal(opened.state.storedOffset('s'), 4)
  })

  test('restore() of a tail does not make the rows younger: deletions before it may be gone', () => {
    const engines = freshEngines()
    const middle = reopened({ now: 1000 + HOUR_MS / 2 }, engines)
    middle.state.restore('s', [], 7)
    assert.equal(middle.state.storedOffset('s'), 7)
    middle.state.close()
    const late = openState([textStore('s')], { engines, now: 1000 + HOUR_MS, expectation: { deleteRetentionMs: HOUR_MS } })
    assert.equal(late.state.storedOffset('s'), null)
  })

  test('changelog records have the plain value and the time of the value, of a deletion that of the record', () => {
    const opened = openState([textStore('plain'), textStore('ts', { kind: 'timestamped', format: 'timestamped' })])
    opened.record.timestamp = 50
    storeOf(opened, 'plain').put('a', '1')
    storeOf(opened, 'plain').put('a', null)
    const timestamped = opened.state.store('ts') as KeyValueStore<string, ValueAndTimestamp<string>>
    timestamped.put('b', { value: '2', timestamp: 7 })
    timestamped.put('b', null)
    assert.deepEqual(opened.changelog, [
      { store: 'plain', key: 'a', value: '1', timestamp: 50 },
      { store: 'plain', key: 'a', value: null, timestamp: 50 },
      { store: 'ts', key: 'b', value: '2', timestamp: 7 },
      { store: 'ts', key: 'b', value: null, timestamp: 50 },
    ])
  })

  test('restore() gives values the timestamps of their records, and leaves out records without a key', () => {
    const opened = openState([textStore('ts', { kind: 'timestamped', format: 'timestamped' })])
    const changelog = [{ store: 'ts', key: 'a', value: '1', timestamp: 77 }]
    const withoutKey = { key: null, value: Buffer.from('x'), timestamp: 1 }
    opened.state.restore('ts', [withoutKey, ...restoreRecords(changelog, 'ts', 0)], 1)
    const store = opened.state.store('ts') as KeyValueStore<string, ValueAndTimestamp<string>>
    assert.deepEqual([...store.all()], [['a', { value: '1', timestamp: 77 }]])
    assert.equal(opened.changelog.length, 0)
  })

  test('caches are flushed in the order of the stores, again while a flush makes a cache dirty', () => {
    const source: StoreDefinition = textStore('up', { caching: true })
    const opened = openState([source, textStore('down')])
    assert.equal(opened.state.storeNames.join(), 'up,down')
    storeOf(opened, 'up').put('a', '1')
    opened.state.flushCaches()
    assert.equal(opened.changelog.length, 1)
  })

  test('storeMetrics() reads rows, open scans and uncommitted bytes of each store', () => {
    const opened = openState([textStore('s'), textStore('other')])
    const read = (): unknown[] =>
      storeMetrics(opened.state, { 'task-id': '0_0' }).map((metric) => [metric.labels['in-memory-state-id'], metric.name, metric.read()])
    storeOf(opened).put('a', '1')
    const scan = storeOf(opened).all()
    const values = (rows: number, scans: number, bytes: number): unknown[] => [
      ['s', 'num-keys', rows],
      ['s', 'num-open-iterators', scans],
      ['s', 'uncommitted-bytes', bytes],
      ['other', 'num-keys', 0],
      ['other', 'num-open-iterators', 0],
      ['other', 'uncommitted-bytes', 0],
    ]
    assert.deepEqual(read(), values(1, 1, 98))
    scan.close()
    scan.close()
    opened.state.apply(new Map())
    assert.deepEqual(read(), values(1, 0, 0))
  })

  test('wipe() removes committed rows, offsets and what is not committed', () => {
    const opened = reopened({})
    storeOf(opened).put('b', '2')
    opened.state.wipe('s')
    assert.equal(opened.state.storedOffset('s'), null)
    assert.deepEqual([...storeOf(opened).all()], [])
  })

  test('an engine that fails throws STORE_CORRUPTED, and the old offset stays', () => {
    let fails = false
    const engines: EngineFactory = {
      ...memoryEngines,
      open: (taskId) => {
        const engine = memoryEngines.open(taskId)
        return Object.assign(Object.create(engine) as typeof engine, {
          kind: engine.kind,
          store: engine.store.bind(engine),
          readMeta: engine.readMeta.bind(engine),
          apply: (batches: Parameters<typeof engine.apply>[0]) => {
            if (fails) throw new Error('disk full')
            engine.apply(batches)
          },
        })
      },
    }
    const opened = openState([textStore('s')], { engines })
    opened.state.apply(new Map([['s', 3]]))
    fails = true
    storeOf(opened).put('a', '1')
    assert.throws(
      () => opened.state.apply(new Map([['s', 4]])),
      (error: unknown) => isMillraceError(error) && error.code === 'STORE_CORRUPTED' && error.retriable && error.taskId === '0_0',
    )
    assert.equal(opened.state.storedOffset('s'), 3)
  })

  test('close() ends the stores, not the scans, and may be called again', () => {
    const opened = openState([textStore('s')])
    const store = storeOf(opened)
    store.put('a', '1')
    const scan = store.all()
    opened.state.close()
    opened.state.close()
    const isClosed = (error: unknown): boolean => isMillraceError(error) && error.code === 'STORE_CLOSED' && error.store === 's'
    assert.throws(() => store.put('a', '2'), isClosed)
    assert.throws(() => store.get('a'), isClosed)
    assert.throws(() => store.all(), isClosed)
    assert.throws(() => store.approximateNumEntries, isClosed)
    assert.deepEqual([...scan], [['a', '1']])
  })
})
