import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { murmur3 } from '../../base/murmur3.ts'
import type { Subscription, SubscriptionInstruction, SubscriptionResponse } from '../../model/subscription.ts'
import { builtInSerde } from '../../serdes/fast-serde.ts'
import { subscriptionKeySerdes } from '../../serdes/foreign-key/subscription-key-serde.ts'
import { subscriptionSerde } from '../../serdes/foreign-key/subscription-serde.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { stringSerde } from '../../serdes/string-serde.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { change, type OpenedOperator, openOperator } from '../contract.ts'
import type { TableViewSource } from '../table-view.ts'
import { foreignTableOperator } from './foreign-table-operator.ts'
import { responseJoinOperator } from './response-join-operator.ts'
import { subscriptionJoinOperator } from './subscription-join-operator.ts'
import { subscriptionReceiveOperator } from './subscription-receive-operator.ts'
import { subscriptionSendOperator } from './subscription-send-operator.ts'

const text = serdes.string as Serde<unknown>
const keys = subscriptionKeySerdes({
  foreignKey: stringSerde,
  foreignKeyTopicOf: (topic) => topic,
  primaryKey: stringSerde,
  primaryKeyTopicOf: (topic) => topic,
})
const subscriptions: Partial<StoreDefinition> = {
  key: builtInSerde(keys.whole) as Serde<unknown>,
  value: builtInSerde(subscriptionSerde(stringSerde, { topicOf: (topic) => topic, writesVersion0: false })) as Serde<unknown>,
}

function hash(value: string): Buffer {
  const bytes = Buffer.from(value)
  const out = Buffer.alloc(16)
  murmur3({ bytes, start: 0, end: bytes.length }, out, 0)
  return out
}

/** A table of one row, at time 50. */
function tableOf(key: string, value: unknown): TableViewSource {
  const view = { isVersioned: false, foundTimestamp: 50, get: (asked: unknown) => (asked === key ? value : null), getAsOf: () => null }
  return { stores: () => [], open: () => view }
}

function subscription(instruction: SubscriptionInstruction, primaryKey = 'left'): Subscription {
  return { version: 1, instruction, hash: null, primaryKey, primaryPartition: 0 }
}

describe('subscriptionSendOperator', () => {
  // A row is `<foreign key>:<rest>`; "-" has no foreign key.
  const open = (isLeft: boolean, dropsOutdated = false): OpenedOperator =>
    openOperator(
      subscriptionSendOperator({
        foreignKey: (value) => (String(value).startsWith('-') ? null : String(value).split(':')[0]),
        isLeft,
        dropsOutdated: () => dropsOutdated,
        foreignKeySerde: text,
        foreignKeyTopic: 'r-fk',
        valueSerde: text,
        valueHashTopic: 'r-vh',
      }),
      { store: null },
    )
  const sent = (operator: OpenedOperator): string[] =>
    operator.forwarded().map((text) => {
      const [, key, instruction] = /^(\S+): .*"instruction":(\d)/.exec(text)!
      return `${key} ${instruction}`
    })

  test('of an inner join asks for no more answers than can change the result', () => {
    const operator = open(false)
    operator.process('k', change('a:1', null))
    assert.deepEqual(sent(operator), ['a 3'], 'a new row')
    operator.process('k', change('a:2', 'a:1'))
    assert.deepEqual(sent(operator), ['a 3'], 'the same foreign key')
    operator.process('k', change('b:2', 'a:2'))
    assert.deepEqual(sent(operator), ['a 0', 'b 2'], 'another foreign key')
    operator.process('k', change('-', 'b:2'))
    assert.deepEqual(sent(operator), ['b 1'], 'no foreign key any more')
    operator.process('k', change('c:3', '-'))
    assert.deepEqual(sent(operator), ['c 3'], 'a foreign key again')
    operator.process('k', change(null, 'c:3'))
    assert.deepEqual(sent(operator), ['c 1'], 'a deletion')
    operator.process('k', change(null, null))
    operator.process('k', change('-', null))
    assert.deepEqual(sent(operator), [])
    assert.deepEqual(operator.dropped, ['null foreign key', 'null foreign key'])
  })

  test('of a left join always asks for an answer', () => {
    const operator = open(true)
    operator.process('k', change('-', null))
    operator.process('k', change('a:1', '-'))
    operator.process('k', change('a:2', 'a:1'))
    operator.process('k', change('b:2', 'a:2'))
    operator.process('k', change(null, 'b:2'))
    operator.process('k', change(null, null))
    assert.deepEqual(sent(operator), ['null 2', 'a 2', 'a 2', 'a 0', 'b 2', 'b 0', 'null 2'])
    assert.deepEqual(operator.dropped, [])
  })

  test('sends the hash of the new value, and the partition of its task', () => {
    const operator = open(false)
    operator.process('k', change('a:1', null), { timestamp: 7 })
    const [text] = operator.forwarded()
    const { hash: sentHash, ...rest } = JSON.parse(text!.slice(text!.indexOf('{'), text!.lastIndexOf('}') + 1)) as Record<string, unknown>
    assert.deepEqual(sentHash, hash('a:1').toJSON())
    assert.deepEqual(rest, { version: 1, instruction: 3, primaryKey: 'k', primaryPartition: 0 })
    assert.match(text!, /@7\/1$/)
  })

  test('drops what a later version outdates where the table keeps versions', () => {
    const operator = open(false, true)
    operator.process('k', change('a:1', null, false))
    assert.deepEqual(operator.forwarded(), [])
    assert.deepEqual(operator.dropped, ['a later version of its row is known'])
    const plain = open(false)
    plain.process('k', change('a:1', null, false))
    assert.deepEqual(sent(plain), ['a 3'])
  })
})

describe('subscriptionReceiveOperator', () => {
  test('keeps subscriptions until they are deleted, and passes all on', () => {
    const operator = openOperator(subscriptionReceiveOperator({ store: 's' }), { store: subscriptions })
    operator.process('f', subscription(3), { timestamp: 4 })
    assert.deepEqual(operator.store.get({ foreignKey: 'f', primaryKey: 'left' }), subscription(3))
    operator.process('f', subscription(0), { timestamp: 5 })
    assert.equal(operator.store.get({ foreignKey: 'f', primaryKey: 'left' }), null)
    operator.process('f', subscription(1))
    assert.equal(operator.forwarded().length, 3)
    assert.deepEqual(
      operator.opened.changelog.map(({ key, value, timestamp }) => [key, value === null, timestamp]),
      [
        ['\0\0\0\u0001fleft', false, 4],
        ['\0\0\0\u0001fleft', true, 5],
        ['\0\0\0\u0001fleft', true, 0],
      ],
    )
  })

  test('without a foreign key keeps nothing, and passes on what asks for an answer in any case', () => {
    const operator = openOperator(subscriptionReceiveOperator({ store: 's' }), { store: subscriptions })
    for (const instruction of [0, 1, 2, 3] as const) operator.process(null, subscription(instruction))
    assert.equal(operator.forwarded().length, 1)
    assert.deepEqual(operator.dropped, ['null foreign key', 'null foreign key', 'null foreign key'])
    assert.deepEqual(operator.opened.changelog, [])
  })
})

describe('subscriptionJoinOperator', () => {
  const answers = (foreignKey: string | null, instruction: SubscriptionInstruction): string[] => {
    const operator = openOperator(subscriptionJoinOperator({ foreignTable: tableOf('f', 'right') }), { store: null })
    operator.process({ foreignKey, primaryKey: 'left' }, subscription(instruction), { timestamp: 40 })
    return operator.forwarded()
  }

  test('answers as it is asked, at the greater of both times', () => {
    const answer = (value: string | null): string => JSON.stringify({ hash: null, foreignValue: value, primaryPartition: 0 })
    assert.deepEqual(answers('f', 0), [])
    assert.deepEqual(answers('f', 1), [`left: ${answer(null)} @50/1`])
    assert.deepEqual(answers('f', 2), [`left: ${answer('right')} @50/1`])
    assert.deepEqual(answers('f', 3), [`left: ${answer('right')} @50/1`])
    assert.deepEqual(answers('none', 2), [`left: ${answer(null)} @40/1`])
    assert.deepEqual(answers('none', 3), [])
    assert.deepEqual(answers(null, 2), [`left: ${answer(null)} @40/1`])
  })
})

describe('foreignTableOperator', () => {
  test('answers every subscriber of the row that changed, and no other', () => {
    const operator = openOperator(foreignTableOperator({ store: 's', prefix: keys.prefix as Serde<unknown>, dropsOutdated: () => true }), {
      store: subscriptions,
    })
    for (const [foreignKey, primaryKey] of [
      ['f', 'one'],
      ['f', 'two'],
      ['fo', 'three'],
      ['g', 'four'],
    ] as const)
      operator.store.put({ foreignKey, primaryKey }, subscription(2, primaryKey))
    operator.process('f', change('new', 'old'), { timestamp: 9 })
    operator.process('f', change('older', 'new', false), { timestamp: 8 })
    operator.process(null, change('new', 'old'))
    const answer = JSON.stringify({ hash: null, foreignValue: 'new', primaryPartition: 0 })
    assert.deepEqual(operator.forwarded(), [`one: ${answer} @9/1`, `two: ${answer} @9/1`])
    assert.deepEqual(operator.dropped, ['a later version of its row is known', 'null key'])
  })
})

describe('responseJoinOperator', () => {
  const open = (isLeft: boolean, left: string | null): OpenedOperator =>
    openOperator(
      responseJoinOperator({
        table: tableOf('k', left),
        joiner: (leftValue, right, key) => `${String(leftValue)}+${String(right)}/${String(key)}`,
        isLeft,
        valueSerde: text,
        valueHashTopic: 'r-vh',
      }),
      { store: null },
    )
  const response = (of: string | null, foreignValue: string | null): SubscriptionResponse => ({
    hash: of === null ? null : hash(of),
    foreignValue,
    primaryPartition: null,
  })

  test('joins an answer with the left row, or deletes where there is no other row', () => {
    const inner = open(false, 'v')
    inner.process('k', response('v', 'w'), { timestamp: 3 })
    inner.process('k', response('v', null), { timestamp: 4 })
    assert.deepEqual(inner.forwarded(), ['k: v+w/k @3/1', 'k: null @4/2'])
    const outer = open(true, 'v')
    outer.process('k', response('v', null))
    assert.deepEqual(outer.forwarded(), ['k: v+null/k @0/1'])
    const deleted = open(true, null)
    deleted.process('k', response(null, null))
    assert.deepEqual(deleted.forwarded(), ['k: null @0/1'])
  })

  test('drops an answer to a value that the row has no more', () => {
    const operator = open(false, 'newer')
    operator.process('k', response('v', 'w'))
    operator.process('k', response(null, null))
    const deleted = open(false, null)
    deleted.process('k', response('v', 'w'))
    assert.deepEqual([...operator.forwarded(), ...deleted.forwarded()], [])
    assert.equal(operator.dropped.length + deleted.dropped.length, 3)
  })
})
