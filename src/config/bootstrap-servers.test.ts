import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseBootstrapServers } from './bootstrap-servers.ts'

test('parseBootstrapServers() takes one address, several with commas, or a list', () => {
  const a = { host: 'a', port: 9092 }
  const b = { host: 'b.example', port: 1 }
  assert.deepEqual(parseBootstrapServers('a:9092'), [a])
  assert.deepEqual(parseBootstrapServers('a:9092, b.example:1'), [a, b])
  assert.deepEqual(parseBootstrapServers(['a:9092', 'b.example:1']), [a, b])
  assert.deepEqual(parseBootstrapServers('[::1]:9092'), [{ host: '::1', port: 9092 }])
})

for (const wrong of ['', 'a', 'a:', ':9092', 'a:0', 'a:65536', 'a:9092,', 'PLAINTEXT://a:9092', '::1:9092', [], ['a:1', 7], 5, null]) {
  test(`parseBootstrapServers() refuses ${JSON.stringify(wrong)}`, () => {
    assert.throws(() => parseBootstrapServers(wrong as string), { code: 'CONFIG_INVALID', configKey: 'bootstrapServers' })
  })
}
