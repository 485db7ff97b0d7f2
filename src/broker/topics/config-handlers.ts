import type { DescribeConfigsResource, DescribeConfigsResult } from '../../protocol/messages/describe-configs.ts'
import type { GroupCoordinator } from '../group-host.ts'
import type { Handler } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { TopicCatalog } from './topic-catalog.ts'
import { alterTopicConfigs, describeTopicConfigs, SOURCE_DEFAULT } from './topic-config-entries.ts'
import type { TopicConfigKind } from './topic-configs.ts'

const RESOURCE_TOPIC = 2
const RESOURCE_BROKER = 4
const RESOURCE_GROUP = 32

/** Where a value comes from, as DescribeConfigs numbers it: set on the group, or in the broker's own file. */
const SOURCE_GROUP = 8
const SOURCE_BROKER = 4

/** How DescribeConfigs numbers the kinds of values. */
const kindNumbers: Readonly<Record<TopicConfigKind, number>> = { boolean: 1, string: 2, int: 3, long: 5, double: 6, list: 7 }

/** Who is asked for which resource. */
export interface ConfigSources {
  readonly topics: TopicCatalog
  readonly groups: GroupCoordinator
  /** The settings of every node, by Kafka's names, sorted. */
  readonly broker: ReadonlyMap<string, string>
  readonly nodeCount: number
}

interface Entry {
  readonly name: string
  readonly value: string
  readonly source: number
  readonly kind: TopicConfigKind
  readonly default: string
}

type Entries = { readonly errorCode: number; readonly errorMessage: string | null; readonly entries: readonly Entry[] }

/** Answers DescribeConfigs for topics, nodes and groups. */
export function describeConfigsHandler(sources: ConfigSources): Handler<'DescribeConfigs'> {
  return (request) => ({
    throttleTimeMs: 0,
    results: request.resources.map((resource) => describe(sources, resource, request.includeSynonyms)),
  })
}

function describe(sources: ConfigSources, resource: DescribeConfigsResource, includeSynonyms: boolean): DescribeConfigsResult {
  const { errorCode, errorMessage, entries } = entriesOf(sources, resource)
  const keys = resource.configurationKeys
  const asked = keys === null ? entries : entries.filter((entry) => keys.includes(entry.name))
  return {
    errorCode,
    errorMessage,
    resourceType: resource.resourceType,
    resourceName: resource.resourceName,
    configs: asked.map((entry) => ({
      name: entry.name,
      value: entry.value,
      readOnly: false,
      configSource: entry.source,
      isSensitive: false,
      synonyms: includeSynonyms ? [{ name: entry.name, value: entry.value, source: entry.source }] : [],
      configType: kindNumbers[entry.kind],
      documentation: null,
    })),
  }
}

function entriesOf(sources: ConfigSources, { resourceType, resourceName }: DescribeConfigsResource): Entries {
  switch (resourceType) {
    case RESOURCE_TOPIC: {
      const topic = sources.topics.find(resourceName)
      if (topic === undefined) return failure(kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, null)
      return success(describeTopicConfigs(topic))
    }
    case RESOURCE_BROKER: {
      const node = resourceName === '' ? 0 : Number(resourceName)
      if (!Number.isInteger(node) || node < 0 || node >= sources.nodeCount) {
        return failure(
          kafkaErrors.INVALID_REQUEST,
          `Unexpected broker id, expected 0 to ${sources.nodeCount - 1}, but received ${resourceName}`,
        )
      }
      return success([...sources.broker].map(([name, value]) => ({ name, value, source: SOURCE_BROKER, kind: 'string', default: value })))
    }
    case RESOURCE_GROUP:
      return success(
        sources.groups.describeConfigs(resourceName).map(({ name, value, isSet }) => ({
          name,
          value,
          source: isSet ? SOURCE_GROUP : SOURCE_DEFAULT,
          kind: 'string',
          default: value,
        })),
      )
    default:
      return failure(kafkaErrors.INVALID_REQUEST, `Unsupported resource type: ${resourceType}`)
  }
}

function success(entries: readonly Entry[]): Entries {
  return { errorCode: kafkaErrors.NONE, errorMessage: null, entries }
}

function failure(errorCode: number, errorMessage: string | null): Entries {
  return { errorCode, errorMessage, entries: [] }
}

/** Answers IncrementalAlterConfigs for topics and groups; the settings of nodes are fixed. */
export function incrementalAlterConfigsHandler(sources: ConfigSources): Handler<'IncrementalAlterConfigs'> {
  return (request) => ({
    throttleTimeMs: 0,
    responses: request.resources.map(({ resourceType, resourceName, configs }) => {
      const changes = configs.map(({ name, configOperation, value }) => ({ name, operation: configOperation, value }))
      const alter = () => {
        switch (resourceType) {
          case RESOURCE_TOPIC:
            return alterTopicConfigs(sources.topics, resourceName, changes, request.validateOnly)
          case RESOURCE_GROUP:
            return sources.groups.alterConfigs(resourceName, changes, request.validateOnly)
          default:
            return { errorCode: kafkaErrors.INVALID_REQUEST, errorMessage: `Cannot alter configs of resource type ${resourceType}` }
        }
      }
      return { ...alter(), resourceType, resourceName }
    }),
  })
}
