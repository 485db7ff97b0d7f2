import type { LogConfig } from '../log/log-config.ts'

/** What a value of a config looks like. */
export type TopicConfigKind = 'boolean' | 'int' | 'long' | 'double' | 'string' | 'list'

/** A config that topics have. */
export interface TopicConfigDefinition {
  readonly name: string
  readonly kind: TopicConfigKind
  readonly default: string
  /** The values that are allowed, where they can be listed. */
  readonly choices?: readonly string[]
  /** The least number that is allowed. */
  readonly min?: number
}

const LONG_MAX = '9223372036854775807'

/** The configs of topics, sorted by name, with Kafka's defaults but for the limits of timestamps (the clock may be a virtual one). */
export const topicConfigDefinitions: readonly TopicConfigDefinition[] = [
  { name: 'cleanup.policy', kind: 'list', default: 'delete', choices: ['compact', 'delete'] },
  {
    name: 'compression.type',
    kind: 'string',
    default: 'producer',
    choices: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
  },
  { name: 'delete.retention.ms', kind: 'long', default: '86400000', min: 0 },
  { name: 'file.delete.delay.ms', kind: 'long', default: '60000', min: 0 },
  { name: 'flush.messages', kind: 'long', default: LONG_MAX, min: 1 },
  { name: 'flush.ms', kind: 'long', default: LONG_MAX, min: 0 },
  { name: 'index.interval.bytes', kind: 'int', default: '4096', min: 0 },
  { name: 'max.compaction.lag.ms', kind: 'long', default: LONG_MAX, min: 1 },
  { name: 'max.message.bytes', kind: 'int', default: '1048588', min: 0 },
  { name: 'message.timestamp.after.max.ms', kind: 'long', default: LONG_MAX, min: 0 },
  { name: 'message.timestamp.before.max.ms', kind: 'long', default: LONG_MAX, min: 0 },
  { name: 'message.timestamp.type', kind: 'string', default: 'CreateTime', choices: ['CreateTime', 'LogAppendTime'] },
  { name: 'min.cleanable.dirty.ratio', kind: 'double', default: '0.5', min: 0 },
  { name: 'min.compaction.lag.ms', kind: 'long', default: '0', min: 0 },
  { name: 'min.insync.replicas', kind: 'int', default: '1', min: 1 },
  { name: 'preallocate', kind: 'boolean', default: 'false' },
  { name: 'retention.bytes', kind: 'long', default: '-1', min: -1 },
  { name: 'retention.ms', kind: 'long', default: '604800000', min: -1 },
  { name: 'segment.bytes', kind: 'int', default: '1073741824', min: 1 },
  { name: 'segment.index.bytes', kind: 'int', default: '10485760', min: 4 },
  { name: 'segment.jitter.ms', kind: 'long', default: '0', min: 0 },
  { name: 'segment.ms', kind: 'long', default: '604800000', min: 1 },
  { name: 'unclean.leader.election.enable', kind: 'boolean', default: 'false' },
]

const byName = new Map(topicConfigDefinitions.map((definition) => [definition.name, definition]))

/** The definition of a config, `undefined` if topics have no such config. */
export function findTopicConfig(name: string): TopicConfigDefinition | undefined {
  return byName.get(name)
}

/** Why a value cannot be set, `null` if it can. */
export function problemOfTopicConfig(name: string, value: string | null): string | null {
  const definition = byName.get(name)
  if (definition === undefined) return `Unknown topic config name: ${name}`
  if (value === null) return `Null value not supported for topic configs: ${name}`
  const isValid = isValidValue(definition, value)
  return isValid ? null : `Invalid value ${value} for configuration ${name}`
}

function isValidValue(definition: TopicConfigDefinition, value: string): boolean {
  switch (definition.kind) {
    case 'boolean':
      return value === 'true' || value === 'false'
    case 'string':
      return definition.choices?.includes(value) ?? true
    case 'list':
      return value !== '' && splitList(value).every((item) => definition.choices?.includes(item) ?? true)
    case 'double':
      return value.trim() !== '' && Number(value) >= (definition.min ?? -Infinity)
    case 'int':
    case 'long':
      return /^-?\d+$/.test(value) && Number(value) >= (definition.min ?? -Infinity)
  }
}

/** The items of a list value. */
export function splitList(value: string): readonly string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

/** What the logs of a topic with these settings follow. */
export function logConfigOf(configs: ReadonlyMap<string, string>): LogConfig {
  const text = (name: string): string => configs.get(name) ?? byName.get(name)!.default
  const number = (name: string): number => {
    const value = Number(text(name))
    return Number.isSafeInteger(value) ? value : Infinity
  }
  const unlessNegative = (value: number): number => (value < 0 ? Infinity : value)
  const policies = splitList(text('cleanup.policy'))
  return {
    batchBytesMax: number('max.message.bytes'),
    isCompacted: policies.includes('compact'),
    isDeleted: policies.includes('delete'),
    isLogAppendTime: text('message.timestamp.type') === 'LogAppendTime',
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    retentionMs: unlessNegative(number('retention.ms')),
    retentionBytes: unlessNegative(number('retention.bytes')),
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    tombstoneRetentionMs: number('delete.retention.ms'),
    compactionLagMinMs: number('min.compaction.lag.ms'),
  }
}
