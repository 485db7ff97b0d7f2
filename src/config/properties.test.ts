import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configFromProperties } from './properties.ts'
import { resolveConfig } from './resolve-config.ts'

const minimal = { applicationId: 'orders', bootstrapServers: 'localhost:9092' }

test('resolveConfig() lets at-least-once read committed records only, and exactly-once nothing else', () => {
  assert.equal(resolveConfig(minimal).fetch.isolation, 'read_uncommitted')
  const careful = resolveConfig(configFromProperties('application.id=a\nbootstrap.servers=b:1\nconsumer.isolation.level=read_committed'))
  assert.equal(careful.fetch.isolation, 'read_committed')
  assert.equal(careful.globalFetch.isolation, 'read_committed')
  const mixed = resolveConfig({ ...minimal, mainConsumer: { isolationLevel: 'read_committed' } })
  assert.equal(mixed.fetch.isolation, 'read_committed')
  assert.equal(mixed.globalFetch.isolation, 'read_uncommitted')
  const exact = { ...minimal, processingGuarantee: 'exactly_once_v2' } as const
  assert.equal(resolveConfig({ ...exact, consumer: { isolationLevel: 'read_committed' } }).fetch.isolation, 'read_committed')
  assert.equal(resolveConfig(exact).globalFetch.isolation, 'read_committed')
  assert.throws(() => resolveConfig({ ...exact, globalConsumer: { isolationLevel: 'read_uncommitted' } }), {
    code: 'CONFIG_UNSUPPORTED',
    message: /"globalConsumer.isolationLevel".*exactly_once_v2/,
  })
})

test('resolveConfig() takes tags of an instance within the limits of Kafka Streams', () => {
  const tags = (clientTags: Readonly<Record<string, string>>): unknown => resolveConfig({ ...minimal, clientTags }).group.clientTags
  const most = { a: '1', b: '2', c: '3', d: 'x'.repeat(30), ['e'.repeat(20)]: '5' }
  assert.deepEqual(tags(most), most)
  for (const wrong of [{ ...most, f: '6' }, { ' ': 'x' }, { a: ' ' }, { ['a'.repeat(21)]: 'x' }, { a: 'x'.repeat(31) }]) {
    assert.throws(() => tags(wrong), { code: 'CONFIG_INVALID' })
  }
})

test('configFromProperties() reads the keys of the global consumer', () => {
  const config = configFromProperties('application.id=a\nbootstrap.servers=b:1\nglobal.consumer.fetch.min.bytes=7')
  assert.equal(resolveConfig(config).globalFetch.minBytes, 7)
})

test('configFromProperties() takes words in any case where Java does', () => {
  const config = configFromProperties(`
application.id=orders
bootstrap.servers=localhost:9092
security.protocol=ssl
group.protocol=Streams
dsl.store.format=default
`)
  assert.equal(config.securityProtocol, 'SSL')
  assert.equal(config.groupProtocol, 'streams')
  assert.notEqual(resolveConfig(config).security.tls, null)
  // Here Java wants the word as it is.
  assert.throws(() => resolveConfig(configFromProperties('application.id=a\nprocessing.guarantee=AT_LEAST_ONCE')), {
    code: 'CONFIG_INVALID',
  })
  assert.throws(() => resolveConfig(configFromProperties('application.id=a\ndsl.store.format=headers')), { code: 'CONFIG_UNSUPPORTED' })
  assert.throws(() => resolveConfig(configFromProperties('application.id=a\nsecurity.protocol=abc')), { code: 'CONFIG_INVALID' })
})
