import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { isNullable } from './fast-serde.ts'
import { serdes } from './serdes.ts'
import { topic } from './topic.ts'

test('topic() keeps name and serdes; without serdes it has bytes or null', () => {
  const orders = topic('orders', { key: serdes.string })
  assert.equal(orders.name, 'orders')
  assert.equal(orders.key, serdes.string)
  assert.equal(isNullable(orders.value), true)
})

test('topic() refuses what Kafka refuses', () => {
  for (const name of ['', '.', '..', 'a b', 'a/b', 'x'.repeat(250)]) {
    assert.throws(
      () => topic(name),
      (error: unknown) => isMillraceError(error) && error.code === 'TOPIC_NAME',
      name,
    )
  }
  // @ts-expect-error a name is required
  assert.throws(() => topic(undefined), { code: 'TOPIC_NAME', message: /name undefined/ })
  assert.equal(topic('A-z_0.9').name, 'A-z_0.9')
})
