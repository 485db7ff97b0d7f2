import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigError } from '../base/errors.ts'
import { consumerKeys, producerKeys, restoreConsumerKeys, sharedClientKeys } from './client-keys.ts'
import { camelCase } from './config-key.ts'
import { configFromProperties } from './properties.ts'
import { resolveConfig } from './resolve-config.ts'
import type { StreamsConfig } from './streams-config.ts'
import { streamsKeys } from './streams-keys.ts'

const minimal: StreamsConfig = { applicationId: 'app' }

/** The error of a configuration that must not be accepted. Keys are untyped: plain JavaScript can say anything. */
function refused(config: Record<string, unknown>): ConfigError {
  try {
    resolveConfig({ ...minimal, ...config })
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error
  }
  return assert.fail(`${JSON.stringify(config)} was accepted`)
}

test('resolveConfig() lets records leave at once when nothing is in flight, unless somebody has set how long they linger', () => {
  assert.equal(resolveConfig(minimal).producer.sendsWhenIdle, true)
  assert.equal(resolveConfig({ ...minimal, producer: { lingerMs: 100 } }).producer.sendsWhenIdle, false)
})

test('resolveConfig() fills in the defaults of Kafka Streams', () => {
  const config = resolveConfig(minimal)
  assert.equal(config.commitIntervalMs, 30_000)
  assert.equal(config.exactlyOnce, false)
  assert.equal(config.producer.lingerMs, 100)
  assert.equal(config.producer.deliveryTimeoutMs, 120_000)
  assert.equal(config.cacheBytesMax, 10 * 1024 * 1024)
  assert.equal(config.uncommittedBytesMax, 64 * 1024 * 1024)
  assert.equal(config.autoOffsetReset, 'earliest')
  assert.equal(config.group.maxPollIntervalMs, 300_000)
})

test('resolveConfig() overrides what exactly-once needs', () => {
  const config = resolveConfig({ ...minimal, processingGuarantee: 'exactly_once_v2' })
  assert.equal(config.commitIntervalMs, 100)
  assert.equal(config.producer.deliveryTimeoutMs, Infinity)
  assert.equal(config.producer.transactionTimeoutMs, 10_000)
})

test('resolveConfig() lets a consumer prefix win over the common one', () => {
  const config = resolveConfig({ ...minimal, consumer: { fetchMinBytes: 7, checkCrcs: false }, mainConsumer: { fetchMinBytes: 9 } })
  assert.equal(config.fetch.minBytes, 9)
  assert.equal(config.fetch.checkCrcs, false)
  assert.equal(config.restoreFetch.minBytes, 7)
})

test('resolveConfig() names the nearest key for an unknown one', () => {
  const top = refused({ commitIntervallMs: 5 })
  assert.equal(top.code, 'CONFIG_UNKNOWN_KEY')
  assert.match(top.message, /"commitIntervallMs".*did you mean "commitIntervalMs"/)
  assert.match(refused({ producer: { linger: 5 } }).message, /"producer\.linger".*did you mean "producer\.lingerMs"/)
  assert.match(refused({ topic: { retentionMillis: 5 } }).message, /"topic\.retentionMillis".*"topic\.retentionMs"/)
  assert.doesNotMatch(refused({ zzzzzzzzzzzzzzzzzzzzzzzz: 5 }).message, /did you mean/)
})

test('resolveConfig() says what a value must be', () => {
  assert.match(refused({ commitIntervalMs: -1 }).message, /"commitIntervalMs" to -1: it must be at least 0/)
  assert.match(refused({ commitIntervalMs: '5s' }).message, /to "5s": it must be a whole number/)
  assert.match(refused({ processingGuarantee: 'exactly_once' }).message, /one of "at_least_once", "exactly_once_v2"/)
  assert.match(refused({ deserializationExceptionHandler: 'continue' }).message, /or a function/)
  assert.match(refused({ taskAssignorClass: {} }).message, /or a function or an object with the method assign\(\)/)
  assert.match(refused({ groupProtocol: 'share' }).message, /one of "auto", "streams", "classic"/)
  assert.match(refused({ producer: 5 }).message, /must be an object/)
  assert.match(refused({ applicationServer: 'nowhere' }).message, /host:port/)
  assert.equal(refused({ applicationId: 'a b' }).code, 'CONFIG_INVALID')
  assert.equal(refused({ applicationId: undefined }).code, 'CONFIG_MISSING')
})

test('resolveConfig() refuses keys that it cannot act on with the reason, unless they are set to their default', () => {
  assert.match(refused({ numStandbyReplicas: 1, groupProtocol: 'streams' }).message, /streams\.num\.standby\.replicas of the group/)
  assert.deepEqual(resolveConfig(Object.assign({ numStandbyReplicas: 1, maxWarmupReplicas: 2 }, minimal)).group.classicKeys, [
    'numStandbyReplicas',
  ])
  assert.match(refused({ consumer: { groupId: 'x' } }).message, /"consumer.groupId".*application id/)
  assert.match(refused({ mainConsumer: { partitionAssignmentStrategy: [] } }).message, /group coordinator assigns/)
  assert.doesNotThrow(() => resolveConfig(Object.assign({ numStandbyReplicas: 0 }, minimal)))
  for (const [name, key] of Object.entries({ ...streamsKeys, ...sharedClientKeys })) {
    if (key.refused === undefined || key.fallback !== undefined) continue
    assert.equal(refused({ [name]: 'x' }).code, 'CONFIG_UNSUPPORTED', name)
  }
})

test('resolveConfig() checks keys against each other', () => {
  const consumer = { sessionTimeoutMs: 6_000 }
  assert.match(refused({ groupProtocol: 'streams', consumer }).message, /streams\.session\.timeout\.ms of the group/)
  assert.equal(resolveConfig(Object.assign({ groupProtocol: 'classic', consumer }, minimal)).group.sessionTimeoutMs, 6_000)
  assert.match(refused({ consumer: { ...consumer, heartbeatIntervalMs: 6_000 } }).message, /sessionTimeoutMs is 6000/)
  const late = refused({ processingGuarantee: 'exactly_once_v2', commitIntervalMs: 20_000 })
  assert.match(late.message, /transactionTimeoutMs.*commitIntervalMs is 20000/)
  assert.match(refused({ topic: { segmentBytes: 100 } }).message, /batchSize/)
  assert.match(refused({ processingExceptionHandler: 'dead-letter' }).message, /errorsDeadLetterQueueTopicName/)
})

test('every key has the camelCase form of its Kafka name and a kind that its default has', () => {
  for (const table of [streamsKeys, sharedClientKeys, producerKeys, consumerKeys, restoreConsumerKeys]) {
    for (const [name, key] of Object.entries(table)) {
      assert.equal(name, camelCase(key.kafka))
      if (key.kind === 'integer' && key.fallback !== undefined) assert.ok(Number.isSafeInteger(key.fallback), name)
      if (key.words !== undefined && typeof key.fallback === 'string') assert.ok(key.words.includes(key.fallback), name)
    }
  }
  assert.equal(camelCase('rack.aware.assignment.non_overlap_cost'), 'rackAwareAssignmentNonOverlapCost')
})

test('configFromProperties() reads a Java file', () => {
  const config = configFromProperties(`
# a comment
application.id = orders
commit.interval.ms: 500
producer.linger.ms 7
main.consumer.max.poll.interval.ms=9
topic.retention.ms=60000
client.tag.zone=eu\\u002D1
application.server=\\
    host:80
`)
  assert.deepEqual(config, {
    applicationId: 'orders',
    commitIntervalMs: 500,
    producer: { lingerMs: 7 },
    mainConsumer: { maxPollIntervalMs: 9 },
    topic: { retentionMs: 60_000 },
    clientTags: { zone: 'eu-1' },
    applicationServer: 'host:80',
  })
  const resolved = resolveConfig(config)
  assert.equal(resolved.topicConfigs['retention.ms'], '60000')
  assert.deepEqual(resolved.group.endpoint, { host: 'host', port: 80 })
  assert.throws(() => configFromProperties('commit.interval.ms=5'), /"application.id" is missing/)
})

test('resolveConfig() keeps persistent stores on disk, but with an embedded cluster only where stateDir says where', () => {
  const state = (config: object) => resolveConfig({ applicationId: 'app', ...config }).state
  assert.deepEqual(state({}), {
    engine: 'auto',
    directory: null,
    memoryBytesMax: 512 * 1024 * 1024,
    cleanupDelayMs: 600_000,
    directoryMaxAgeMs: Infinity,
    showsRestores: false,
  })
  const cluster = {}
  assert.equal(state({ cluster }).engine, 'memory')
  assert.equal(state({ cluster, stateDir: '/data' }).engine, 'auto')
  assert.equal(state({ cluster, stateEngine: 'lsm' }).engine, 'lsm')
  assert.equal(state({ stateCleanupDirMaxAgeMs: 5 }).directoryMaxAgeMs, 5)
  const mine = { kind: 'mine', isPersistent: true, create: () => undefined }
  assert.equal(state({ stateEngine: mine }).engine, mine)
  assert.match(
    refused({ stateEngine: 'leveldb' }).message,
    /"stateEngine" to "leveldb": it must be one of "auto", "lsm".*an engine of your own/,
  )
  assert.match(refused({ stateEngine: { kind: 'Mine' } }).message, /an engine of your own/)
})
