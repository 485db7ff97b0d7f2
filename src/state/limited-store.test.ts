import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { openState, type OpenedState, restoreRecords, textStore } from './contract.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { ThreadCache } from './thread-cache.ts'
import { describeOnEngines } from './engines/tested-engines.test.ts'

type Texts = KeyValueStore<string, string>

const ROOM = 3
const definition = textStore('l', { supplier: { lru: ROOM } })

function storeOf({ state }: OpenedState): Texts {
  return state.store('l') as Texts
}

/** A naive one: a map in the order of use. */
class ModelLru {
  readonly rows = new Map<string, string>()

  get(key: string): string | null {
    const value = this.rows.get(key)
    if (value === undefined) return null
    this.rows.delete(key)
    this.rows.set(key, value)
    return value
  }

  put(key: string, value: string | null): void {
    this.rows.delete(key)
    if (value === null) return
    this.rows.set(key, value)
    if (this.rows.size > ROOM) this.rows.delete(this.rows.keys().next().value!)
  }

  sorted(): [string, string][] {
    return [...this.rows].toSorted(([left], [right]) => (left < right ? -1 : 1))
  }
}

const keys = ['a', 'b', 'c', 'd', 'e', 'f']
const someStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      key: fc.constantFrom(...keys),
      value: fc.option(fc.constantFrom('x', 'y'), { freq: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('get' as const), key: fc.constantFrom(...keys) }) },
)

describeOnEngines('store with limited room', () => {
  test('keeps the rows that were used last, and restores them from its changelog', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 40 }), (steps) => {
        const opened = openState([definition])
        const model = new ModelLru()
        for (const step of steps) {
          if (step.kind === 'get') assert.equal(storeOf(opened).get(step.key), model.get(step.key))
          else {
            storeOf(opened).put(step.key, step.value)
            model.put(step.key, step.value)
          }
          assert.deepEqual([...storeOf(opened).all()], model.sorted())
          assert.equal(storeOf(opened).approximateNumEntries, model.rows.size)
        }
        const restored = openState([definition])
        const half = Math.floor(opened.changelog.length / 2)
        restored.state.restore('l', restoreRecords(opened.changelog.slice(0, half), 'l', 0), half - 1)
        restored.state.restore('l', restoreRecords(opened.changelog, 'l', half), opened.changelog.length - 1)
        assert.deepEqual([...storeOf(restored).all()], model.sorted())
      }),
    )
  })

  test('logs a tombstone for the row that gives way, before the one that takes its room', () => {
    const opened = openState([definition])
    for (const key of ['a', 'b', 'c']) storeOf(opened).put(key, 'v')
    storeOf(opened).get('a')
    storeOf(opened).put('d', 'v')
    assert.deepEqual(
      opened.changelog.slice(3).map(({ key, value }) => [key, value]),
      [
        ['b', null],
        ['d', 'v'],
      ],
    )
  })

  test('with timestamps logs no tombstones, as in Java, and gives way when it is restored', () => {
    const opened = openState([textStore('l', { supplier: { lru: ROOM }, format: 'timestamped' })])
    for (const key of ['d', 'c', 'b', 'a']) storeOf(opened).put(key, 'v')
    assert.equal(opened.changelog.length, 4)
    const restored = openState([textStore('l', { supplier: { lru: ROOM }, format: 'timestamped' })])
    restored.state.restore('l', restoreRecords(opened.changelog, 'l', 0).slice(0, 3), 2)
    restored.state.restore('l', restoreRecords(opened.changelog, 'l', 3), 3)
    assert.deepEqual([...storeOf(restored).all()], [...storeOf(opened).all()])
  })

  test('a scan sees what was there and is no use of a row; without room nothing is kept', () => {
    const opened = openState([definition])
    for (const key of ['a', 'b', 'c']) storeOf(opened).put(key, 'v')
    const rows = storeOf(opened).all()
    storeOf(opened).put('d', 'v')
    assert.deepEqual(
      Array.from(rows, ([key]) => key),
      ['a', 'b', 'c'],
    )
    assert.equal(storeOf(opened).get('a'), null)
    const none = openState([textStore('l', { supplier: { lru: 0 } })])
    storeOf(none).put('a', 'v')
    assert.equal(storeOf(none).get('a'), null)
  })

  test('a view looks at rows without using them', () => {
    const opened = openState([definition])
    for (const key of ['a', 'b', 'c']) storeOf(opened).put(key, 'v')
    const view = opened.state.view<Texts>('l')
    assert.equal(view.get('a'), 'v')
    assert.deepEqual([[...view.range('b', 'c')].length, [...view.prefixScan('a')].length, view.approximateNumEntries], [2, 1, 3])
    storeOf(opened).put('d', 'v')
    assert.deepEqual(
      Array.from(view.all(), ([key]) => key),
      ['b', 'c', 'd'],
    )
  })

  test('a cache above holds back what would give way', () => {
    const opened = openState([{ ...definition, caching: true }], { cache: new ThreadCache(10_000) })
    for (const key of 'abcde') storeOf(opened).put(key, 'v')
    assert.equal(storeOf(opened).get('a'), 'v')
    opened.state.flushCaches()
    assert.equal(storeOf(opened).approximateNumEntries, ROOM)
  })
})
