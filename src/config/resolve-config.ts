import { ConfigError } from '../base/errors.ts'
import type { UpgradeFrom } from '../model/upgrade-from.ts'
import { type ConfigValues, checkConfig } from './check-config.ts'
import { consumerKeys, globalConsumerKeys, producerKeys, restoreConsumerKeys, sharedClientKeys } from './client-keys.ts'
import type { ConfigTable } from './config-key.ts'
import { configTable } from './config-key.ts'
import { resolveHandlers } from './resolve-handlers.ts'
import { resolveSecurity } from './resolve-security.ts'
import type { ResolvedConfig } from './resolved-config.ts'
import { securityKeys } from './security-keys.ts'
import type { IsolationLevel, StreamsConfig } from './streams-config.ts'
import type { EngineChoice } from '../state/engines/state-engine.ts'
import { classicKeys, streamsKeys } from './streams-keys.ts'
import { topicKeys } from './topic-keys.ts'
import { parseOffsetReset } from './offset-reset.ts'

const CLIENT_TAGS_MAX = 5
const TAG_NAME_MAX = 20
const TAG_VALUE_MAX = 30

/** Keys that Kafka does not have: sections, and what is a value in TypeScript. */
const ownKeys: ConfigTable = {
  ...configTable([
    { kafka: 'admin', kind: 'any', refused: 'set the key at the top level' },
    { kafka: 'client.tags', kind: 'map', fallback: {} },
    { kafka: 'cluster', kind: 'any' },
    { kafka: 'consumer', kind: 'any', fallback: {} },
    { kafka: 'environment', kind: 'any' },
    { kafka: 'global.consumer', kind: 'any', fallback: {} },
    { kafka: 'logger', kind: 'any' },
    { kafka: 'main.consumer', kind: 'any', fallback: {} },
    { kafka: 'producer', kind: 'any', fallback: {} },
    { kafka: 'restore.consumer', kind: 'any', fallback: {} },
    { kafka: 'restore.progress', kind: 'boolean', fallback: false },
    { kafka: 'sasl', kind: 'any' },
    { kafka: 'tls', kind: 'any' },
    { kafka: 'topic', kind: 'any', fallback: {} },
    { kafka: 'uncaught.exception.handler', kind: 'function' },
  ]),
}

const topLevel: ConfigTable = { ...sharedClientKeys, ...securityKeys, ...streamsKeys, ...ownKeys }

/**
 * Checks a configuration and gives what each layer needs of it, with Kafka Streams' defaults and overrides (P§8).
 * Throws `ConfigError`: `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID`, `CONFIG_MISSING`, `CONFIG_UNSUPPORTED`.
 */
export function resolveConfig(config: StreamsConfig): ResolvedConfig {
  const values = checkConfig(section(config, 'the configuration'), topLevel)
  const exactlyOnce = values['processingGuarantee'] === 'exactly_once_v2'
  const commitIntervalMs = (values['commitIntervalMs'] as number | undefined) ?? (exactlyOnce ? 100 : 30_000)
  const givenProducer = section(values['producer'], 'producer')
  const producer = checkConfig(givenProducer, { ...sharedClientKeys, ...producerKeys }, 'producer.')
  const resolved: ResolvedConfig = {
    applicationId: requireApplicationId(config),
    clientId: values['clientId'] as string,
    exactlyOnce,
    security: resolveSecurity(values),
    client: {
      requestTimeoutMs: values['requestTimeoutMs'] as number,
      retryBackoffMs: values['retryBackoffMs'] as number,
      retryBackoffMaxMs: values['retryBackoffMaxMs'] as number,
      metadataMaxAgeMs: values['metadataMaxAgeMs'] as number,
    },
    producer: {
      lingerMs: producer['lingerMs'] as number,
      sendsWhenIdle: givenProducer['lingerMs'] === undefined,
      batchBytesMax: producer['batchSize'] as number,
      bufferBytesMax: producer['bufferMemory'] as number,
      requestBytesMax: producer['maxRequestSize'] as number,
      deliveryTimeoutMs: (producer['deliveryTimeoutMs'] as number | undefined) ?? (exactlyOnce ? Infinity : 120_000),
      transactionTimeoutMs: producer['transactionTimeoutMs'] as number,
      maxInFlight: producer['maxInFlightRequestsPerConnection'] as number,
      compression: producer['compressionType'] as ResolvedConfig['producer']['compression'],
    },
    ...resolveConsumers(values, exactlyOnce),
    commitIntervalMs,
    thread: resolveThread(values),
    group: resolveGroup(values, section(config, 'the configuration')),
    handlers: resolveHandlers(values),
    globalProcessingHandler: values['processingExceptionHandlerGlobalEnabled'] as boolean,
    state: resolveState(values),
    cacheBytesMax: values['statestoreCacheMaxBytes'] as number,
    uncommittedBytesMax: values['statestoreUncommittedMaxBytes'] === -1 ? Infinity : (values['statestoreUncommittedMaxBytes'] as number),
    queryIsolation: values['defaultInteractiveQueryIsolationLevel'] === 'READ_COMMITTED' ? 'read_committed' : 'read_uncommitted',
    replicationFactor: values['replicationFactor'] as number,
    topicConfigs: dottedTopicConfigs(section(values['topic'], 'topic'), 'topic.'),
    windowChangelogExtraMs: values['windowstoreChangelogAdditionalRetentionMs'] as number,
    emitIntervals: {
      windows: values['emitIntervalMsKstreamsWindowedAggregation'] as number,
      outerJoins: values['emitIntervalMsKstreamsOuterJoinSpuriousResultsFix'] as number,
    },
    hasVectors: values['iqConsistencyOffsetVectorEnabled'] as boolean,
    upgradeFrom: (values['upgradeFrom'] as UpgradeFrom | undefined) ?? null,
    topology: {
      topologyOptimization: values['topologyOptimization'] as NonNullable<StreamsConfig['topologyOptimization']>,
      ensureExplicitInternalResourceNaming: values['ensureExplicitInternalResourceNaming'] as boolean,
    },
  }
  checkTogether(resolved)
  return resolved
}

/** Topic configs with Kafka's dotted names and text values: `{ retentionMs: 5 }` -> `{ 'retention.ms': '5' }`. Throws as `resolveConfig`. */
export function dottedTopicConfigs(values: ConfigValues, path: string): Readonly<Record<string, string>> {
  const checked = checkConfig(values, topicKeys, path)
  return Object.fromEntries(Object.entries(checked).map(([name, value]) => [topicKeys[name]!.kafka, String(value)]))
}

function requireApplicationId(config: StreamsConfig): string {
  const id: unknown = config.applicationId
  if (typeof id === 'string' && /^[a-zA-Z0-9._-]{1,200}$/.test(id)) return id
  const found = id === undefined ? 'it is missing' : `it is ${JSON.stringify(id)}`
  throw new ConfigError(
    id === undefined ? 'CONFIG_MISSING' : 'CONFIG_INVALID',
    `Cannot use configuration key "applicationId": ${found}, 1 to 200 of the characters a-z, A-Z, 0-9, ".", "_", "-" are required`,
    { configKey: 'applicationId' },
  )
}

function section(value: unknown, name: string): ConfigValues {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigError('CONFIG_INVALID', `Cannot use ${name}: it must be an object of keys and values`, { configKey: name })
  }
  return value as ConfigValues
}

type ResolvedConsumers = Pick<ResolvedConfig, 'fetch' | 'restoreFetch' | 'globalFetch' | 'autoOffsetReset'>

function resolveConsumers(values: ConfigValues, exactlyOnce: boolean): ResolvedConsumers {
  const shared = section(values['consumer'], 'consumer')
  checkConfig(shared, consumerKeys, 'consumer.')
  const main = checkConfig({ ...shared, ...section(values['mainConsumer'], 'mainConsumer') }, consumerKeys, 'mainConsumer.')
  const restore = checkConfig(
    { ...only(shared, restoreConsumerKeys), ...section(values['restoreConsumer'], 'restoreConsumer') },
    restoreConsumerKeys,
    'restoreConsumer.',
  )
  const global = checkConfig(
    { ...only(shared, globalConsumerKeys), ...section(values['globalConsumer'], 'globalConsumer') },
    globalConsumerKeys,
    'globalConsumer.',
  )
  const bufferBytesMax = values['inputBufferMaxBytes'] as number
  return {
    fetch: { ...fetchOptions(main), bufferBytesMax, isolation: isolationOf(main, exactlyOnce, 'mainConsumer.') },
    restoreFetch: { ...fetchOptions(restore), bufferBytesMax },
    globalFetch: { ...fetchOptions(global), bufferBytesMax, isolation: isolationOf(global, exactlyOnce, 'globalConsumer.') },
    autoOffsetReset: parseOffsetReset(main['autoOffsetReset'] as string) ?? 'earliest',
  }
}

/** An embedded cluster ends with its process, and so may what is kept of its topics, unless somebody says where to keep it. */
function resolveState(values: ConfigValues): ResolvedConfig['state'] {
  const engine = values['stateEngine'] as EngineChoice
  const directory = (values['stateDir'] as string | undefined) ?? null
  const maxAgeMs = values['stateCleanupDirMaxAgeMs'] as number
  const isBrief = values['cluster'] !== undefined && directory === null
  return {
    engine: engine === 'auto' && isBrief ? 'memory' : engine,
    directory,
    memoryBytesMax: values['stateMemoryMaxBytes'] as number,
    cleanupDelayMs: values['stateCleanupDelayMs'] as number,
    directoryMaxAgeMs: maxAgeMs === -1 ? Infinity : maxAgeMs,
    showsRestores: values['restoreProgress'] as boolean,
  }
}

function only(values: ConfigValues, table: ConfigTable): ConfigValues {
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in table))
}

/** Exactly-once reads nothing that may be aborted yet, whatever is set: Java overrides it, here it is told. */
function isolationOf(consumer: ConfigValues, exactlyOnce: boolean, path: string): IsolationLevel {
  const given = consumer['isolationLevel'] as IsolationLevel | undefined
  if (!exactlyOnce) return given ?? 'read_uncommitted'
  if (given !== 'read_uncommitted') return 'read_committed'
  throw new ConfigError(
    'CONFIG_UNSUPPORTED',
    `Cannot set configuration key "${path}isolationLevel" to "${given}": with processingGuarantee "exactly_once_v2" it is "read_committed"`,
    { configKey: `${path}isolationLevel` },
  )
}

function fetchOptions(values: ConfigValues): Omit<ResolvedConfig['restoreFetch'], 'bufferBytesMax'> {
  return {
    fetchMaxBytes: values['fetchMaxBytes'] as number,
    partitionMaxBytes: values['maxPartitionFetchBytes'] as number,
    minBytes: values['fetchMinBytes'] as number,
    maxWaitMs: values['fetchMaxWaitMs'] as number,
    checkCrcs: values['checkCrcs'] as boolean,
  }
}

function resolveThread(values: ConfigValues): ResolvedConfig['thread'] {
  return {
    count: values['numStreamThreads'] as number,
    pollMs: values['pollMs'] as number,
    taskTimeoutMs: values['taskTimeoutMs'] as number,
    repartitionPurgeIntervalMs: values['repartitionPurgeIntervalMs'] as number,
    logSummaryIntervalMs: values['logSummaryIntervalMs'] as number,
    bufferedRecordsPerPartition: values['bufferedRecordsPerPartition'] as number,
    maxTaskIdleMs: values['maxTaskIdleMs'] as number,
  }
}

function resolveGroup(values: ConfigValues, given: ConfigValues): ResolvedConfig['group'] {
  const merged = checkConfig(
    { ...section(values['consumer'], 'consumer'), ...section(values['mainConsumer'], 'mainConsumer') },
    consumerKeys,
    'mainConsumer.',
  )
  const protocol = values['groupProtocol'] as ResolvedConfig['group']['protocol']
  const setKeys = Object.keys(classicKeys).filter((name) => isSet(given[name], streamsKeys[name]?.fallback))
  if (protocol === 'streams') refuseClassicKeys(merged, setKeys)
  return {
    protocol,
    classicKeys: setKeys,
    assignor: resolveAssignor(values),
    sessionTimeoutMs: (merged['sessionTimeoutMs'] as number | undefined) ?? 45_000,
    heartbeatIntervalMs: (merged['heartbeatIntervalMs'] as number | undefined) ?? 3_000,
    instanceId: (merged['groupInstanceId'] as string | undefined) ?? null,
    maxPollIntervalMs: merged['maxPollIntervalMs'] as number,
    rackId: (merged['clientRack'] as string) === '' ? null : (merged['clientRack'] as string),
    clientTags: clientTagsOf(values['clientTags'] as Readonly<Record<string, string>>),
    endpoint: endpointOf(values['applicationServer'] as string),
  }
}

/** The tags of an instance, within the limits of Kafka Streams. */
function clientTagsOf(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const refuse = (what: string): never => {
    throw new ConfigError('CONFIG_INVALID', `Cannot use configuration key "clientTags": ${what}`, { configKey: 'clientTags' })
  }
  const count = Object.keys(tags).length
  if (count > CLIENT_TAGS_MAX) refuse(`it has ${count} tags, at most ${CLIENT_TAGS_MAX} are allowed`)
  for (const [name, value] of Object.entries(tags)) {
    if (name.trim() === '') refuse('a tag has no name')
    if (value.trim() === '') refuse(`the tag "${name}" has no value`)
    if (name.length > TAG_NAME_MAX) refuse(`the name of the tag "${name}" is longer than ${TAG_NAME_MAX} characters`)
    if (value.length > TAG_VALUE_MAX) refuse(`the value of the tag "${name}" is longer than ${TAG_VALUE_MAX} characters`)
  }
  return tags
}

function isSet(value: unknown, fallback: unknown): boolean {
  return value !== undefined && (fallback === undefined || JSON.stringify(value) !== JSON.stringify(fallback))
}

function resolveAssignor(values: ConfigValues): ResolvedConfig['group']['assignor'] {
  return {
    choice: values['taskAssignorClass'] as ResolvedConfig['group']['assignor']['choice'],
    acceptableRecoveryLag: values['acceptableRecoveryLag'] as number,
    maxWarmupReplicas: values['maxWarmupReplicas'] as number,
    numStandbyReplicas: values['numStandbyReplicas'] as number,
    probingRebalanceIntervalMs: values['probingRebalanceIntervalMs'] as number,
    rackAwareAssignmentTags: listOf(values['rackAwareAssignmentTags'] as string | readonly string[]),
    rackAwareStrategy: values['rackAwareAssignmentStrategy'] as 'none' | 'min_traffic' | 'balance_subtopology',
    rackAwareTrafficCost: (values['rackAwareAssignmentTrafficCost'] as number | undefined) ?? null,
    rackAwareNonOverlapCost: (values['rackAwareAssignmentNonOverlapCost'] as number | undefined) ?? null,
  }
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? value.split(',').map((item) => item.trim()) : value
}

/** What an explicit `streams` would not look at. */
function refuseClassicKeys(consumer: ConfigValues, setKeys: readonly string[]): void {
  const [first] = setKeys
  if (first !== undefined) {
    throw new ConfigError(
      'CONFIG_UNSUPPORTED',
      `Cannot set configuration key "${first}" with groupProtocol "streams": ${classicKeys[first]}`,
      { configKey: first },
    )
  }
  for (const name of ['sessionTimeoutMs', 'heartbeatIntervalMs']) {
    if (consumer[name] === undefined) continue
    const { kafka } = consumerKeys[name]!
    throw new ConfigError(
      'CONFIG_UNSUPPORTED',
      `Cannot set configuration key "mainConsumer.${name}" to ${Number(consumer[name])}: with groupProtocol "streams" it is not looked at, ` +
        `set streams.${kafka} of the group on the broker`,
      { configKey: `mainConsumer.${name}` },
    )
  }
}

function endpointOf(text: string): ResolvedConfig['group']['endpoint'] {
  if (text === '') return null
  const match = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/\s]+):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  if (match !== null && port <= 65_535) return { host: match[1]!.replace(/^\[|\]$/g, ''), port }
  throw new ConfigError('CONFIG_INVALID', `Cannot set configuration key "applicationServer" to "${text}": it must be "host:port"`, {
    configKey: 'applicationServer',
  })
}

/** What only several keys together show (P§8.4). */
function checkTogether(config: ResolvedConfig): void {
  const { heartbeatIntervalMs, sessionTimeoutMs } = config.group
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Cannot set configuration key "mainConsumer.heartbeatIntervalMs" to ${heartbeatIntervalMs}: sessionTimeoutMs is ${sessionTimeoutMs}, ` +
        'several heartbeats must fit into it',
      { configKey: 'mainConsumer.heartbeatIntervalMs' },
    )
  }
  if (config.exactlyOnce && config.producer.transactionTimeoutMs < config.commitIntervalMs) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Cannot set configuration key "producer.transactionTimeoutMs" to ${config.producer.transactionTimeoutMs}: ` +
        `commitIntervalMs is ${config.commitIntervalMs}, a transaction must last at least as long`,
      { configKey: 'producer.transactionTimeoutMs' },
    )
  }
  const segmentBytes = config.topicConfigs['segment.bytes']
  if (segmentBytes !== undefined && Number(segmentBytes) < config.producer.batchBytesMax) {
    throw new ConfigError(
      'CONFIG_INVALID',
      `Cannot set configuration key "topic.segmentBytes" to ${segmentBytes}: producer.batchSize is ${config.producer.batchBytesMax}, ` +
        'a segment must hold at least one batch',
      { configKey: 'topic.segmentBytes' },
    )
  }
}
