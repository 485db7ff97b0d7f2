import { type ConfigTable, configTable } from './config-key.ts'

const integer = (kafka: string) => ({ kafka, kind: 'integer' as const })
const text = (kafka: string) => ({ kafka, kind: 'string' as const })
const bool = (kafka: string) => ({ kafka, kind: 'boolean' as const })

/** Keys under `topic` and of the `logging` option of a store: the topic configs of Kafka 4.3, passed on for internal topics. */
export const topicKeys: ConfigTable = configTable([
  text('cleanup.policy'),
  text('compression.type'),
  integer('compression.gzip.level'),
  integer('compression.lz4.level'),
  integer('compression.zstd.level'),
  integer('delete.retention.ms'),
  integer('file.delete.delay.ms'),
  integer('flush.messages'),
  integer('flush.ms'),
  integer('index.interval.bytes'),
  integer('local.retention.bytes'),
  integer('local.retention.ms'),
  integer('max.compaction.lag.ms'),
  integer('max.message.bytes'),
  integer('message.timestamp.after.max.ms'),
  integer('message.timestamp.before.max.ms'),
  text('message.timestamp.type'),
  { kafka: 'min.cleanable.dirty.ratio', kind: 'any' },
  integer('min.compaction.lag.ms'),
  integer('min.insync.replicas'),
  bool('preallocate'),
  bool('remote.log.copy.disable'),
  bool('remote.log.delete.on.disable'),
  bool('remote.storage.enable'),
  integer('retention.bytes'),
  integer('retention.ms'),
  integer('segment.bytes'),
  integer('segment.index.bytes'),
  integer('segment.jitter.ms'),
  integer('segment.ms'),
  bool('unclean.leader.election.enable'),
])
