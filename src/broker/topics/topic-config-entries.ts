import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Topic, TopicCatalog } from './topic-catalog.ts'
import { findTopicConfig, problemOfTopicConfig, splitList, topicConfigDefinitions, type TopicConfigKind } from './topic-configs.ts'

/** Where a value comes from, as DescribeConfigs numbers it. */
export const SOURCE_TOPIC = 1
/** The value is the built-in default. */
export const SOURCE_DEFAULT = 5

/** A config and its value. */
export interface TopicConfigEntry {
  readonly name: string
  readonly value: string
  readonly isSet: boolean
  readonly source: number
  readonly kind: TopicConfigKind
  readonly default: string
}

/** One change of a config. `operation`: 0 set, 1 delete, 2 append, 3 subtract. */
export interface TopicConfigChange {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

/** All configs of a topic, sorted by name. */
export function describeTopicConfigs(topic: Topic): readonly TopicConfigEntry[] {
  return topicConfigDefinitions.map((definition) => {
    const value = topic.configs.get(definition.name)
    const isSet = value !== undefined
    return {
      name: definition.name,
      value: value ?? definition.default,
      isSet,
      source: isSet ? SOURCE_TOPIC : SOURCE_DEFAULT,
      kind: definition.kind,
      default: definition.default,
    }
  })
}

/** Applies all changes, or none and says why. */
export function alterTopicConfigs(
  topics: TopicCatalog,
  name: string,
  changes: readonly TopicConfigChange[],
  validateOnly: boolean,
): { readonly errorCode: number; readonly errorMessage: string | null } {
  const topic = topics.find(name)
  if (topic === undefined) {
    return { errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, errorMessage: `The topic '${name}' does not exist.` }
  }
  const configs = new Map(topic.configs)
  const seen = new Set<string>()
  for (const change of changes) {
    if (seen.has(change.name)) {
      return { errorCode: kafkaErrors.INVALID_REQUEST, errorMessage: `Error due to duplicate config keys: ${change.name}` }
    }
    seen.add(change.name)
    const problem = applyChange(configs, change)
    if (problem !== null) return { errorCode: kafkaErrors.INVALID_CONFIG, errorMessage: problem }
  }
  if (!validateOnly) topics.configure(topic, configs)
  return { errorCode: kafkaErrors.NONE, errorMessage: null }
}

function applyChange(configs: Map<string, string>, change: TopicConfigChange): string | null {
  const definition = findTopicConfig(change.name)
  if (definition === undefined) return `Unknown topic config name: ${change.name}`
  if (change.operation === 1) {
    configs.delete(change.name)
    return null
  }
  const value = change.operation === 0 ? change.value : changedList(configs.get(change.name) ?? definition.default, change)
  if (change.operation !== 0 && definition.kind !== 'list') return `Config value append is not allowed for config key: ${change.name}`
  const problem = problemOfTopicConfig(change.name, value)
  if (problem === null) configs.set(change.name, value!)
  return problem
}

function changedList(current: string, change: TopicConfigChange): string {
  const items = splitList(current)
  const named = splitList(change.value ?? '')
  const changed =
    change.operation === 2 ? [...items, ...named.filter((item) => !items.includes(item))] : items.filter((item) => !named.includes(item))
  return changed.join(',')
}
