import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatKafkaId, formatUuid, kafkaIdOf, uuidBytes } from './uuids.ts'

test('uuidBytes() reads back both forms of any id', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (raw) => {
      const bytes = Buffer.concat([Buffer.from('ab'), raw])
      assert.deepEqual(uuidBytes(formatUuid(bytes, 2)), Buffer.from(raw))
      assert.deepEqual(uuidBytes(formatUuid(bytes, 2).toUpperCase()), Buffer.from(raw))
      assert.deepEqual(uuidBytes(formatKafkaId(bytes, 2)), Buffer.from(raw))
    }),
  )
})

test('kafkaIdOf() gives the form of Kafka', () => {
  assert.equal(kafkaIdOf('00000000-0000-0000-0000-000000000000'), 'AAAAAAAAAAAAAAAAAAAAAA')
  assert.equal(kafkaIdOf('00000000-0000-0001-0000-000000000002'), 'AAAAAAAAAAEAAAAAAAAAAg')
  assert.equal(kafkaIdOf('AAAAAAAAAAEAAAAAAAAAAg'), 'AAAAAAAAAAEAAAAAAAAAAg')
})

test('uuidBytes() refuses anything else', () => {
  for (const text of ['', 'x', '00000000-0000-0000-0000-00000000000', '0000000000-000000-0000-0000-000000000', 'AAAAAAAAAAAAAAAAAAAA+A']) {
    assert.throws(() => uuidBytes(text), { name: 'RangeError', message: /^Cannot read the id / })
  }
})
