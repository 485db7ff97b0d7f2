import type { ApplicationOptions } from './measured-process.ts'

/** What of the settings of Kafka Streams a mode decides. */
export interface PinnedSettings {
  readonly applicationId: string
  readonly bootstrapServers: string
  readonly stateFolder: string
  readonly guarantee?: 'at_least_once' | 'exactly_once_v2'
  readonly commitIntervalMs?: number
  readonly cacheBytes?: number
  readonly standbys?: number
  readonly groupProtocol?: 'classic' | 'streams'
}

/**
 * The settings of both sides, by Kafka's names: what would else have defaults that differ is written out, with those of Kafka Streams.
 * Times in which the dead are noticed are those of the broker's, 6 s.
 */
export function pinnedSettings(pinned: PinnedSettings): ApplicationOptions {
  const {
    applicationId,
    bootstrapServers,
    stateFolder,
    guarantee = 'at_least_once',
    commitIntervalMs = 100,
    cacheBytes = 10 * 1024 * 1024,
    standbys = 0,
    groupProtocol = 'classic',
  } = pinned
  return {
    'config.application.id': applicationId,
    'config.bootstrap.servers': bootstrapServers,
    'config.state.dir': stateFolder,
    'config.processing.guarantee': guarantee,
    'config.commit.interval.ms': commitIntervalMs,
    'config.statestore.cache.max.bytes': cacheBytes,
    'config.num.stream.threads': 1,
    'config.group.protocol': groupProtocol,
    // With the other protocol the broker decides these.
    ...(groupProtocol === 'classic' ? classicSettings(standbys) : {}),
    'config.consumer.auto.offset.reset': 'earliest',
    'config.producer.linger.ms': 100,
    'config.producer.batch.size': 16_384,
    'config.producer.acks': 'all',
    'config.producer.compression.type': 'none',
  }
}

function classicSettings(standbys: number): ApplicationOptions {
  return {
    'config.num.standby.replicas': standbys,
    'config.consumer.session.timeout.ms': 6_000,
    'config.consumer.heartbeat.interval.ms': 1_000,
  }
}

/** As little as an application can say: each side has its own defaults for the rest. */
export function defaultSettings({ applicationId, bootstrapServers, stateFolder, guarantee }: PinnedSettings): ApplicationOptions {
  return {
    'config.application.id': applicationId,
    'config.bootstrap.servers': bootstrapServers,
    'config.state.dir': stateFolder,
    'config.consumer.auto.offset.reset': 'earliest',
    ...(guarantee === undefined ? {} : { 'config.processing.guarantee': guarantee }),
  }
}
