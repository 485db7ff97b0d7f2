import type { Topology } from 'millrace'
import { internalTopicConfigs } from '../../src/topology/internal-topics.ts'
import { fullTopicName, type InternalTopic, type SubTopology, type TopicRef } from '../../src/topology/physical-topology.ts'

/** An internal topic. */
export interface TopicReport {
  /** `null`: derived from the inputs. */
  readonly partitions: number | null
  readonly configs: Readonly<Record<string, string>>
}

/** The topics of one sub-topology. */
export interface SubTopologyReport {
  readonly id: number
  readonly sources: readonly string[]
  readonly sinks: readonly string[]
  readonly repartitions: Readonly<Record<string, TopicReport>>
  readonly changelogs: Readonly<Record<string, TopicReport>>
}

/** What test/oracle/DescribeTopologies.java prints of a topology. */
export interface TopologyReport {
  readonly describe: string
  readonly subtopologies: readonly SubTopologyReport[]
}

/** The description and the internal topics of `topology` for the application id `app`. */
export function reportTopology(topology: Topology): TopologyReport {
  const { subtopologies } = topology.physical()
  // Java lists neither sub-topologies without sources nor what a pattern would match.
  const listed = subtopologies.filter(({ sources }) => sources.some(({ topics }) => topics.length > 0))
  return { describe: topology.describe().toString(), subtopologies: listed.map(reportSubtopology) }
}

function reportSubtopology({ id, sources, sinkTopics, repartitionTopics, changelogs }: SubTopology): SubTopologyReport {
  return {
    id,
    sources: sources.flatMap(({ topics }) => topics.map(nameOf)).sort(),
    sinks: sinkTopics.map(nameOf).sort(),
    repartitions: reportTopics(repartitionTopics),
    changelogs: reportTopics(changelogs),
  }
}

function reportTopics(topics: readonly InternalTopic[]): Record<string, TopicReport> {
  const reports = topics.map((topic) => {
    const report: TopicReport = { partitions: topic.partitions, configs: internalTopicConfigs(topic, {}) }
    return [nameOf(topic.topic), report] as const
  })
  return Object.fromEntries(reports)
}

function nameOf(topic: TopicRef): string {
  return fullTopicName(topic, 'app')
}
