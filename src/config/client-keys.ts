import { type ConfigKey, type ConfigTable, configTable } from './config-key.ts'
import { parseOffsetReset } from './offset-reset.ts'

const SOCKET = 'Millrace has no such setting'
const ALL_METRICS = 'all metrics are counted always: it costs nothing until somebody reads them'
const SYNC_CONSUMER = 'Millrace reads batches as they arrive, not in polls of a number of records'

/** Keys that every client understands: at the top level for all of them, under a prefix for one kind (P§8.2). */
const shared: readonly ConfigKey[] = [
  { kafka: 'connections.max.idle.ms', kind: 'integer', fallback: 540_000, refused: SOCKET },
  { kafka: 'metadata.max.age.ms', kind: 'integer', fallback: 300_000, min: 0 },
  { kafka: 'metadata.cluster.check.enable', kind: 'boolean', fallback: true, refused: SOCKET },
  { kafka: 'metadata.recovery.rebootstrap.trigger.ms', kind: 'integer', fallback: 300_000, refused: SOCKET },
  { kafka: 'metadata.recovery.strategy', kind: 'string', fallback: 'rebootstrap', refused: SOCKET },
  { kafka: 'metric.reporters', kind: 'list', refused: 'read the registry or scrape Prometheus text' },
  { kafka: 'metrics.num.samples', kind: 'integer', fallback: 2, min: 1, refused: 'rates are computed by whoever scrapes the counters' },
  {
    kafka: 'metrics.recording.level',
    kind: 'string',
    fallback: 'INFO',
    words: ['INFO'],
    refusedWords: { DEBUG: ALL_METRICS, TRACE: ALL_METRICS },
  },
  {
    kafka: 'metrics.sample.window.ms',
    kind: 'integer',
    fallback: 30_000,
    min: 1,
    refused: 'rates are computed by whoever scrapes the counters',
  },
  { kafka: 'receive.buffer.bytes', kind: 'integer', fallback: 32_768, refused: SOCKET },
  { kafka: 'reconnect.backoff.max.ms', kind: 'integer', fallback: 1000, refused: 'retryBackoffMaxMs also bounds reconnecting' },
  { kafka: 'reconnect.backoff.ms', kind: 'integer', fallback: 50, refused: 'retryBackoffMs also paces reconnecting' },
  { kafka: 'request.timeout.ms', kind: 'integer', fallback: 40_000, min: 1 },
  { kafka: 'retry.backoff.max.ms', kind: 'integer', fallback: 1000, min: 0 },
  { kafka: 'retry.backoff.ms', kind: 'integer', fallback: 100, min: 0 },
  { kafka: 'send.buffer.bytes', kind: 'integer', fallback: 131_072, refused: SOCKET },
]

/** Keys that stand at the top level for every client. */
export const sharedClientKeys: ConfigTable = configTable(shared)

/** Keys under `producer` (P§8.4; defaults as Kafka Streams sets them). */
export const producerKeys: ConfigTable = configTable([
  { kafka: 'acks', kind: 'any', fallback: 'all', refused: 'an idempotent producer always waits for all in-sync replicas' },
  { kafka: 'batch.size', kind: 'integer', fallback: 65_536, min: 0 },
  { kafka: 'buffer.memory', kind: 'integer', fallback: 33_554_432, min: 1 },
  { kafka: 'compression.type', kind: 'string', fallback: 'none', words: ['none', 'gzip', 'snappy', 'lz4', 'zstd'] },
  { kafka: 'delivery.timeout.ms', kind: 'integer', min: 1 },
  { kafka: 'enable.idempotence', kind: 'boolean', fallback: true, refused: 'the producer of a stream thread is always idempotent' },
  { kafka: 'linger.ms', kind: 'integer', fallback: 100, min: 0 },
  { kafka: 'max.in.flight.requests.per.connection', kind: 'integer', fallback: 5, min: 1, max: 5 },
  { kafka: 'max.request.size', kind: 'integer', fallback: 1_048_576, min: 1 },
  { kafka: 'transaction.timeout.ms', kind: 'integer', fallback: 10_000, min: 1 },
  { kafka: 'transactional.id', kind: 'string', refused: 'Kafka Streams derives it from the application id' },
])

const consumer: readonly ConfigKey[] = [
  { kafka: 'allow.auto.create.topics', kind: 'boolean', fallback: false, refused: 'source topics must exist' },
  {
    kafka: 'auto.offset.reset',
    kind: 'string',
    fallback: 'earliest',
    words: ['earliest', 'latest', 'none'],
    form: {
      isValid: (value) => parseOffsetReset(value) !== null,
      described: '"by_duration:" and an ISO 8601 duration, as "by_duration:PT1H"',
    },
  },
  { kafka: 'check.crcs', kind: 'boolean', fallback: true },
  { kafka: 'client.rack', kind: 'string', fallback: '' },
  { kafka: 'enable.auto.commit', kind: 'boolean', fallback: false, refused: 'offsets are committed with the state' },
  { kafka: 'fetch.max.bytes', kind: 'integer', fallback: 8_388_608, min: 1 },
  { kafka: 'fetch.max.wait.ms', kind: 'integer', fallback: 500, min: 0 },
  { kafka: 'fetch.min.bytes', kind: 'integer', fallback: 1, min: 0 },
  { kafka: 'group.id', kind: 'string', refused: 'the application id is the group id' },
  { kafka: 'group.instance.id', kind: 'string' },
  { kafka: 'heartbeat.interval.ms', kind: 'integer', min: 1 },
  { kafka: 'isolation.level', kind: 'string', words: ['read_committed', 'read_uncommitted'] },
  { kafka: 'max.partition.fetch.bytes', kind: 'integer', fallback: 1_048_576, min: 1 },
  { kafka: 'max.poll.interval.ms', kind: 'integer', fallback: 300_000, min: 1 },
  { kafka: 'max.poll.records', kind: 'integer', fallback: 1000, refused: SYNC_CONSUMER },
  { kafka: 'partition.assignment.strategy', kind: 'any', refused: 'the group coordinator assigns the tasks' },
  { kafka: 'session.timeout.ms', kind: 'integer', min: 1 },
]

/** Keys under `consumer` and `mainConsumer`. */
export const consumerKeys: ConfigTable = configTable(consumer)

/** Keys under `restoreConsumer`. */
export const restoreConsumerKeys: ConfigTable = configTable(
  consumer.filter(({ kafka }) => kafka.startsWith('fetch.') || kafka === 'max.partition.fetch.bytes' || kafka === 'check.crcs'),
)

/** Keys under `globalConsumer`: it reads from the beginning, in no group. */
export const globalConsumerKeys: ConfigTable = { ...restoreConsumerKeys, isolationLevel: consumerKeys['isolationLevel']! }
