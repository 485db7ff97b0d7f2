import type { StoreDefinition } from '../state/store-definition.ts'
import type { InternalTopic, TopicRef } from './physical-topology.ts'

/** The repartition topic `topic` of a source. `partitions`: what the user asked for. */
export function repartitionTopic(topic: TopicRef, partitions: number | null): InternalTopic {
  return Object.freeze({ topic, kind: 'repartition', partitions, store: null, retentionMs: null, configs: {} })
}

/** The changelog of `store`; `null` when it has none. */
export function changelogTopic(store: StoreDefinition): InternalTopic | null {
  if (store.changelog === null) return null
  const { kind, topic, settings = {} } = store.changelog
  const configs = Object.fromEntries(
    Object.entries(settings)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [dottedKey(key), String(value)]),
  )
  return Object.freeze({
    topic: { name: topic, internal: kind === 'own' },
    kind: changelogKind(store),
    partitions: null,
    store: store.name,
    retentionMs: store.changelog.retentionMs ?? null,
    configs,
  })
}

function changelogKind({ versions, window, session }: StoreDefinition): InternalTopic['kind'] {
  if (versions !== undefined) return 'versioned-changelog'
  return window === undefined && session === undefined ? 'changelog' : 'windowed-changelog'
}

function dottedKey(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `.${letter.toLowerCase()}`)
}

const dayMs = 86_400_000

/** `Infinity` stands for the greatest int64. */
function int64Text(value: number): string {
  return value === Infinity ? '9223372036854775807' : String(value)
}

/**
 * The configs with which an internal topic is created: defaults, then `topicConfigs`, the `topic` part of the application's configuration
 * with dotted keys, then those of the store (P§6.8). Sorted by key. `additionalMs`: for how long the changelog of a window store keeps
 * more than the store does (`windowstore.changelog.additional.retention.ms`).
 */
export function internalTopicConfigs(
  topic: InternalTopic,
  topicConfigs: Readonly<Record<string, string>>,
  additionalMs: number = dayMs,
): Record<string, string> {
  // The retention of a windowed changelog is that of its store, whatever holds for topics in general.
  const retention = topic.kind === 'windowed-changelog' ? { 'retention.ms': int64Text((topic.retentionMs ?? 0) + additionalMs) } : {}
  const merged = { 'message.timestamp.type': 'CreateTime', ...defaultConfigs(topic), ...topicConfigs, ...retention, ...topic.configs }
  return Object.fromEntries(Object.entries(merged).sort(([left], [right]) => (left < right ? -1 : 1)))
}

function defaultConfigs({ kind, retentionMs }: InternalTopic): Record<string, string> {
  switch (kind) {
    case 'repartition':
      return { 'cleanup.policy': 'delete', 'segment.bytes': '52428800', 'retention.ms': '-1' }
    case 'changelog':
      return { 'cleanup.policy': 'compact' }
    case 'windowed-changelog':
      return { 'cleanup.policy': 'compact,delete' }
    case 'versioned-changelog':
      return { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': int64Text((retentionMs ?? 0) + dayMs) }
  }
}
