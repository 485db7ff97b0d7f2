import type { KeyValue, StreamsGroupSubtopology, StreamsGroupTopology, TopicInfo } from './messages/streams-group-heartbeat.ts'
import { type Counts, decideByCoordinator, decideByLeader } from './repartition-counts.ts'
import { statusCodes } from './streams-status-codes.ts'

/** An internal topic to be made. */
export interface MissingTopic {
  readonly name: string
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

/** An internal topic with the partition count that was decided for it. */
export interface ConfiguredTopic {
  readonly info: TopicInfo
  readonly partitions: number
}

/** A sub-topology with the number of its tasks. */
export interface ConfiguredSubtopology {
  readonly subtopology: StreamsGroupSubtopology
  readonly taskCount: number
  readonly repartitionSourceTopics: readonly ConfiguredTopic[]
  readonly stateChangelogTopics: readonly ConfiguredTopic[]
}

/** What became of a topology on the topics that exist (N§1.12). Ready to be assigned if `problem` is null. */
export interface ConfiguredTopology {
  /** By sub-topology id; null if the counts could not be decided. */
  readonly subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | null
  readonly missingTopics: readonly MissingTopic[]
  readonly problem: { readonly statusCode: number; readonly statusDetail: string } | null
}

/** Signals that topics exist which do not fit the topology: status 2. */
class WrongPartitions extends Error {}

/** The names of all topics of a topology: its tasks depend on their metadata. */
export function topicsOf(topology: StreamsGroupTopology): Set<string> {
  const names = topology.subtopologies.flatMap((subtopology) => [
    ...subtopology.sourceTopics,
    ...subtopology.repartitionSourceTopics.map(({ name }) => name),
    ...subtopology.repartitionSinkTopics,
    ...subtopology.stateChangelogTopics.map(({ name }) => name),
  ])
  return new Set(names)
}

/**
 * Decides the partition counts of all internal topics and compares with what exists. `partitionsOf` gives 0 for a topic that does not
 * exist. `leaderOrder`: for the leader of a classic group, which decides otherwise than a group coordinator, the ids of the sub-topologies in
 * the order of Java's leader. Throws `CircularTopology` if counts depend on each other in a circle.
 */
export function configureTopology(
  topology: StreamsGroupTopology,
  partitionsOf: (topic: string) => number,
  leaderOrder?: readonly string[],
): ConfiguredTopology {
  const missing = [...new Set(topology.subtopologies.flatMap(({ sourceTopics }) => sourceTopics))].filter(
    (topic) => partitionsOf(topic) === 0,
  )
  if (missing.length > 0) {
    const statusDetail = `Source topics ${missing.sort().join(', ')} are missing.`
    return { subtopologies: null, missingTopics: [], problem: { statusCode: statusCodes.MISSING_SOURCE_TOPICS, statusDetail } }
  }
  try {
    const decided = decideCounts(topology, partitionsOf, leaderOrder)
    const subtopologies = new Map(
      topology.subtopologies.map((subtopology) => [subtopology.subtopologyId, configureSubtopology(subtopology, partitionsOf, decided)]),
    )
    const missingTopics = findMissingTopics(subtopologies.values(), partitionsOf)
    const names = missingTopics.map(({ name }) => name).join(', ')
    const statusDetail = `Internal topics are missing: ${names}`
    const problem = missingTopics.length === 0 ? null : { statusCode: statusCodes.MISSING_INTERNAL_TOPICS, statusDetail }
    return { subtopologies, missingTopics, problem }
  } catch (error) {
    if (!(error instanceof WrongPartitions)) throw error
    const problem = { statusCode: statusCodes.INCORRECTLY_PARTITIONED_TOPICS, statusDetail: error.message }
    return { subtopologies: null, missingTopics: [], problem }
  }
}

function decideCounts(
  topology: StreamsGroupTopology,
  partitionsOf: (topic: string) => number,
  leaderOrder: readonly string[] | undefined,
): Counts {
  const decided =
    leaderOrder === undefined ? decideByCoordinator(topology, partitionsOf) : decideByLeader(topology, partitionsOf, leaderOrder)
  const fixed = new Set(
    topology.subtopologies
      .flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics.filter(({ partitions }) => partitions > 0))
      .map(({ name }) => name),
  )
  for (const subtopology of topology.subtopologies) {
    for (const group of subtopology.copartitionGroups) {
      const external = group.sourceTopics.map((index) => subtopology.sourceTopics[index]!)
      const repartition = group.repartitionSourceTopics.map((index) => subtopology.repartitionSourceTopics[index]!.name)
      enforceCopartitioning({ external, repartition, fixed, decided, partitionsOf })
    }
  }
  for (const subtopology of topology.subtopologies) {
    const count = taskCountOf(subtopology, partitionsOf, decided)
    for (const { name } of subtopology.stateChangelogTopics) if (!subtopology.sourceTopics.includes(name)) decided.set(name, count)
  }
  return decided
}

interface CopartitionGroup {
  readonly external: readonly string[]
  readonly repartition: readonly string[]
  readonly fixed: ReadonlySet<string>
  readonly decided: Counts
  readonly partitionsOf: (topic: string) => number
}

function enforceCopartitioning({ external, repartition, fixed, decided, partitionsOf }: CopartitionGroup): void {
  const fixedHere = repartition.filter((topic) => fixed.has(topic))
  const mustAgree = external.length > 0 ? external.map((topic) => partitionsOf(topic)) : fixedHere.map((topic) => decided.get(topic)!)
  if (new Set(mustAgree).size > 1) {
    const topics = external.length > 0 ? external : fixedHere
    throw new WrongPartitions(`Following topics do not have the same number of partitions: ${withCounts(topics, mustAgree)}`)
  }
  const count = mustAgree[0] ?? Math.max(...repartition.map((topic) => decided.get(topic)!))
  for (const topic of repartition) {
    if (fixed.has(topic) && decided.get(topic) !== count) {
      throw new WrongPartitions(
        `Number of partitions [${decided.get(topic)}] of repartition topic [${topic}] doesn't match number of partitions [${count}] of the source topic.`,
      )
    }
    decided.set(topic, count)
  }
}

function withCounts(topics: readonly string[], counts: readonly number[]): string {
  return `[${topics
    .map((topic, index) => `${topic}=${counts[index]}`)
    .sort()
    .join(', ')}]`
}

function taskCountOf(subtopology: StreamsGroupSubtopology, partitionsOf: (topic: string) => number, decided: Counts): number {
  const counts = [
    ...subtopology.sourceTopics.map(partitionsOf),
    ...subtopology.repartitionSourceTopics.map(({ name }) => decided.get(name) ?? 0),
  ]
  return Math.max(0, ...counts)
}

function configureSubtopology(
  subtopology: StreamsGroupSubtopology,
  partitionsOf: (topic: string) => number,
  decided: Counts,
): ConfiguredSubtopology {
  const configured = (info: TopicInfo): ConfiguredTopic => ({ info, partitions: decided.get(info.name) ?? partitionsOf(info.name) })
  return {
    subtopology,
    taskCount: taskCountOf(subtopology, partitionsOf, decided),
    repartitionSourceTopics: subtopology.repartitionSourceTopics.map(configured),
    stateChangelogTopics: subtopology.stateChangelogTopics.map(configured),
  }
}

function findMissingTopics(subtopologies: Iterable<ConfiguredSubtopology>, partitionsOf: (topic: string) => number): MissingTopic[] {
  const missing = new Map<string, MissingTopic>()
  for (const { subtopology, repartitionSourceTopics, stateChangelogTopics } of subtopologies) {
    for (const { info, partitions } of [...repartitionSourceTopics, ...stateChangelogTopics]) {
      const { name } = info
      // A sub-topology without tasks, whose patterns match nothing, has no changelogs yet.
      if (subtopology.sourceTopics.includes(name) || partitions === 0) continue
      const found = partitionsOf(name)
      if (found === 0) {
        missing.set(name, {
          name,
          partitions,
          replicationFactor: info.replicationFactor === 0 ? -1 : info.replicationFactor,
          configs: configsOf(info.topicConfigs),
        })
      } else if (found !== partitions) {
        throw new WrongPartitions(`Existing topic ${name} has different number of partitions: expected ${partitions}, found ${found}`)
      }
    }
  }
  return [...missing.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function configsOf(entries: readonly KeyValue[]): Map<string, string> {
  return new Map(entries.map(({ key, value }) => [key, value]))
}
