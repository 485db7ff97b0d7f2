import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseOffsetReset } from './offset-reset.ts'
import { configFromProperties } from './properties.ts'
import { resolveConfig } from './resolve-config.ts'

test('parseOffsetReset() reads the words and durations of Kafka', () => {
  for (const word of ['earliest', 'latest', 'none'] as const) assert.equal(parseOffsetReset(word), word)
  for (const [text, byDuration] of [
    ['PT1H', 3_600_000],
    ['P1D', 86_400_000],
    ['P2DT3H4M5.678S', ((2 * 24 + 3) * 3_600 + 4 * 60 + 5) * 1_000 + 678],
    ['PT0.5S', 500],
    ['PT0S', 0],
    ['pt10m', 600_000],
    ['PT90M', 5_400_000],
    ['PT1.9999S', 1_999],
  ] as const) {
    assert.deepEqual(parseOffsetReset(`by_duration:${text}`), { byDuration }, text)
  }
})

test('parseOffsetReset() refuses what Kafka refuses', () => {
  for (const text of [
    '',
    'EARLIEST',
    'by_duration',
    'by_duration:',
    'by_duration:P',
    'by_duration:PT',
    'by_duration:P1DT',
    'by_duration:1h',
  ]) {
    assert.equal(parseOffsetReset(text), null, text)
  }
  for (const text of ['by_duration:-PT1H', 'by_duration:PT-1H', 'by_duration:P1Y', 'by_duration:PT1H ', 'by_duration:P99999999999999D']) {
    assert.equal(parseOffsetReset(text), null, text)
  }
})

test('resolveConfig() takes a reset by duration, from properties too, and says what there is', () => {
  const config = { applicationId: 'app', bootstrapServers: 'localhost:9092' }
  const resolved = resolveConfig({ ...config, consumer: { autoOffsetReset: 'by_duration:PT10M' } })
  assert.deepEqual(resolved.autoOffsetReset, { byDuration: 600_000 })
  const text = 'application.id=app\nbootstrap.servers=localhost:9092\nmain.consumer.auto.offset.reset=by_duration:P1D\n'
  assert.deepEqual(resolveConfig(configFromProperties(text)).autoOffsetReset, { byDuration: 86_400_000 })
  assert.throws(() => resolveConfig({ ...config, consumer: { autoOffsetReset: 'by_duration:1h' } }), {
    code: 'CONFIG_INVALID',
    message:
      'Cannot set configuration key "consumer.autoOffsetReset" to "by_duration:1h": it must be one of "earliest", "latest", "none", or ' +
      '"by_duration:" and an ISO 8601 duration, as "by_duration:PT1H"',
  })
})
