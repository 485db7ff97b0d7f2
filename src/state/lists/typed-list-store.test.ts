import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JoinSideKey, JoinSideValue } from '../../model/join-side.ts'
import { joinSideKeySerde, joinSideValueSerde } from '../../serdes/join-sides.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { openState, type OpenedState, restoreRecords, textStore } from '../contract.ts'
import type { StoreDefinition } from '../store-definition.ts'
import type { ListStoreView } from './list-store-view.ts'
import type { TypedListStore } from './typed-list-store.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const text = serdes.string as Serde<unknown>
const definition: StoreDefinition = {
  ...textStore('s', { kind: 'list', format: 'plain', caching: false }),
  key: joinSideKeySerde(text) as Serde<unknown>,
  value: joinSideValueSerde(text, serdes.int64 as Serde<unknown>) as Serde<unknown>,
}

function open(opened: OpenedState = openState([definition])) {
  const store = opened.state.store('s') as TypedListStore<JoinSideKey, JoinSideValue>
  const view = opened.state.view<ListStoreView<JoinSideKey, JoinSideValue>>('s')
  const rows = (): string[] =>
    Array.from(
      view.all(),
      ([{ timestamp, isLeft, key }, { value }]) => `${timestamp} ${isLeft ? 'left' : 'right'} ${String(key)}: ${String(value)}`,
    )
  return { opened, store, view, rows }
}

const left = (timestamp: number, key: string): JoinSideKey => ({ timestamp, isLeft: true, key })
const right = (timestamp: number, key: string): JoinSideKey => ({ timestamp, isLeft: false, key })

describeOnEngines('TypedListStore', () => {
  test('keeps lists of values in order of time, side and key', () => {
    const { store, rows, view } = open()
    store.append(left(20, 'a'), { isLeft: true, value: 'x' })
    store.append(left(10, 'b'), { isLeft: true, value: 'y' })
    store.append(right(10, 'c'), { isLeft: false, value: 7 })
    store.append(left(10, 'b'), { isLeft: true, value: 'z' })
    assert.deepEqual(rows(), ['10 right c: 7', '10 left b: y', '10 left b: z', '20 left a: x'])
    assert.equal(view.approximateNumEntries, 3)
  })

  test('writes the whole list to the changelog, in the bytes of Java', () => {
    const { opened, store } = open()
    opened.record.timestamp = 10
    store.append(left(10, 'b'), { isLeft: true, value: 'y' })
    opened.record.timestamp = 12
    store.append(left(10, 'b'), { isLeft: true, value: 'zz' })
    const key = '\0\0\0\0\0\0\0\n\x01b'
    assert.deepEqual(
      opened.changelog.map(({ key: logged, value, timestamp }) => ({ key: logged, value, timestamp })),
      [
        { key, value: '\x01\0\0\0\x01\0\0\0\x02\x01y', timestamp: 10 },
        { key, value: '\x01\0\0\0\x02\0\0\0\x02\x01y\0\0\0\x03\x01zz', timestamp: 12 },
      ],
    )
  })

  test('deletes a list, blindly or only where there is one', () => {
    const { opened, store, rows } = open()
    store.append(left(1, 'a'), { isLeft: true, value: 'x' })
    store.deleteIfPresent(left(2, 'a'))
    assert.equal(opened.changelog.length, 1)
    store.deleteIfPresent(left(1, 'a'))
    store.delete(left(2, 'a'))
    assert.deepEqual(
      opened.changelog.slice(1).map(({ value }) => value),
      [null, null],
    )
    assert.deepEqual(rows(), [])
  })

  test('a walk sees the lists as they were when it began', () => {
    const { store, opened } = open()
    store.append(left(1, 'a'), { isLeft: true, value: 'x' })
    store.append(left(2, 'a'), { isLeft: true, value: 'y' })
    const lists = store.lists()
    const seen: unknown[] = []
    while (lists.next()) {
      store.delete(lists.key)
      store.append(left(3, 'a'), { isLeft: true, value: 'new' })
      for (let value = lists.nextValue(); value !== null; value = lists.nextValue()) seen.push(value.value)
    }
    lists.close()
    assert.deepEqual(seen, ['x', 'y'])
    assert.equal(opened.state.statistics('s').openScans, 0)
  })

  test('a roll-back brings back what was committed, the time of its operator included', () => {
    const { opened, store, rows } = open()
    store.append(left(1, 'a'), { isLeft: true, value: 'x' })
    store.times.operatorTime = 5
    opened.state.apply(new Map([['s', 0]]))
    store.append(left(1, 'a'), { isLeft: true, value: 'y' })
    store.times.operatorTime = 9
    opened.state.drop()
    assert.deepEqual(rows(), ['1 left a: x'])
    assert.equal(store.times.operatorTime, 5)
  })

  test('is restored from its changelog, whose timestamps tell the time of its operator', () => {
    const first = open()
    first.opened.record.timestamp = 30
    first.store.append(left(1, 'a'), { isLeft: true, value: 'x' })
    first.store.append(left(1, 'a'), { isLeft: true, value: 'y' })
    first.store.append(left(2, 'a'), { isLeft: true, value: 'gone' })
    first.store.delete(left(2, 'a'))
    const second = open()
    second.opened.state.restore('s', restoreRecords(first.opened.changelog, 's', 0), 3)
    assert.deepEqual(second.rows(), ['1 left a: x', '1 left a: y'])
    assert.equal(second.store.times.operatorTime, 30)
  })

  test('refuses work when its task is closed', () => {
    const { opened, store } = open()
    opened.state.close()
    assert.throws(() => store.append(left(1, 'a'), { isLeft: true, value: 'x' }), { code: 'STORE_CLOSED' })
  })
})
