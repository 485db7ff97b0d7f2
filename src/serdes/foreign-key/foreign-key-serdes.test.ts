import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BytesWriter } from '../../base/bytes-writer.ts'
import { isMillraceError } from '../../base/errors.ts'
import type { Subscription, SubscriptionInstruction } from '../../model/subscription.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { type FastSerde, fastSerdeOf } from '../fast-serde.ts'
import type { SerdeContext } from '../serde.ts'
import { serdes } from '../serdes.ts'
import { stringSerde } from '../string-serde.ts'
import { subscriptionKeySerdes } from './subscription-key-serde.ts'
import { subscriptionResponseSerde } from './subscription-response-serde.ts'
import { subscriptionSerde } from './subscription-serde.ts'

const context: SerdeContext = { topic: 'app-join-topic', isKey: false, headers: recordHeaders(), role: 'repartition' }
const form = { topicOf: (topic: string) => `${topic}-pk`, writesVersion0: false }
const hash = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const subscriptions = subscriptionSerde(stringSerde, form)

function written<T>(serde: FastSerde<T>, value: T): string {
  const out = new BytesWriter()
  serde.write(value, out, context)
  return out.written().toString('hex')
}

function read<T>(serde: FastSerde<T>, hex: string): T {
  const bytes = Buffer.from(`ff${hex}ff`, 'hex')
  return serde.read(bytes, 1, bytes.length - 1, context)
}

function subscription(parts: Partial<Subscription> = {}): Subscription {
  return { version: 1, instruction: 2, hash, primaryKey: 'ab', primaryPartition: 3, ...parts }
}

test('subscriptionSerde has the bytes of Java: version and flag, instruction, hash, key, partition', () => {
  assert.equal(written(subscriptions, subscription()), `0102${hash.toString('hex')}616200000003`)
  assert.equal(written(subscriptions, subscription({ hash: null, instruction: 1 })), '8101616200000003')
})

test('subscriptionSerde keeps version 0, and writes it for older instances', () => {
  const old = read(subscriptions, '80016162')
  assert.deepEqual(old, subscription({ version: 0, instruction: 1, hash: null, primaryPartition: null }))
  assert.equal(written(subscriptions, old), '80016162')
  const upgrading = subscriptionSerde(stringSerde, { ...form, writesVersion0: true })
  assert.equal(written(upgrading, subscription({ hash: null })), '80026162')
})

test('subscriptionSerde reads what it writes', () => {
  const some = fc.record({
    version: fc.constant(1 as const),
    instruction: fc.nat(3) as fc.Arbitrary<SubscriptionInstruction>,
    hash: fc.option(fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))),
    primaryKey: fc.string(),
    primaryPartition: fc.nat(),
  })
  fc.assert(fc.property(some, (given) => assert.deepEqual(read(subscriptions, written(subscriptions, given)), { ...given })))
})

test('subscriptionSerde refuses versions, instructions and lengths that do not exist', () => {
  for (const hex of ['', '02026162', '0104616200000003', '0102616200000003', '81026162']) {
    assert.throws(
      () => read(subscriptions, hex),
      (error) => isMillraceError(error) && error.code === 'BYTES_INVALID',
      hex,
    )
  }
})

test('subscriptionResponseSerde has the bytes of Java; an answer of no bytes is none', () => {
  const responses = subscriptionResponseSerde(stringSerde)
  assert.equal(written(responses, { hash, foreignValue: 'ab', primaryPartition: 3 }), `00${hash.toString('hex')}6162`)
  assert.equal(written(responses, { hash: null, foreignValue: null, primaryPartition: 3 }), '80')
  assert.deepEqual(read(responses, '806162'), { hash: null, foreignValue: 'ab', primaryPartition: null })
  assert.deepEqual(read(responses, `00${hash.toString('hex')}`), { hash, foreignValue: null, primaryPartition: null })
  for (const hex of ['81', '00616263']) {
    assert.throws(
      () => read(responses, hex),
      (error) => isMillraceError(error) && error.code === 'BYTES_INVALID',
      hex,
    )
  }
})

test('subscriptionKeySerdes write the length of the foreign key first, so that its subscriptions stand together', () => {
  const { whole, prefix } = subscriptionKeySerdes({
    foreignKey: stringSerde,
    foreignKeyTopicOf: (topic) => `${topic}-fk`,
    primaryKey: fastSerdeOf(serdes.int32),
    primaryKeyTopicOf: (topic) => `${topic}-pk`,
  })
  assert.equal(written(whole, { foreignKey: 'ab', primaryKey: 5 }), '00000002616200000005')
  assert.equal(written(fastSerdeOf(prefix), 'ab'), '000000026162')
  assert.deepEqual(read(whole, '00000002616200000005'), { foreignKey: 'ab', primaryKey: 5 })
  for (const hex of ['0000', '000000096162', 'ffffffff']) {
    assert.throws(
      () => read(whole, hex),
      (error) => isMillraceError(error) && error.code === 'BYTES_INVALID',
      hex,
    )
  }
})

test('the parts of a message are told topic names and sides of their own, and the headers of the message', () => {
  const seen: string[] = []
  const spy = fastSerdeOf(
    serdes.of<string>({
      serialize: (value, { topic, isKey, headers, role }) => {
        seen.push(`${topic} ${isKey} ${role} ${[...headers].length}`)
        return Buffer.from(value)
      },
      deserialize: (bytes) => Buffer.from(bytes).toString(),
    }),
  )
  const headers = recordHeaders([['h', '1']])
  const serde = subscriptionSerde(spy, form)
  serde.write(subscription(), new BytesWriter(), { ...context, headers })
  serde.write(subscription(), new BytesWriter(), { ...context, topic: 'other', role: 'changelog' })
  assert.deepEqual(seen, ['app-join-topic-pk true repartition 1', 'other-pk true changelog 0'])
})
