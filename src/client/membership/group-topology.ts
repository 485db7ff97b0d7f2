import { byHash } from '../../base/java-order.ts'

/** An internal topic that the group coordinator creates (N§1.2). */
export interface GroupTopic {
  readonly name: string
  /** 0: the coordinator decides. Always 0 for changelogs. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly configs: Readonly<Record<string, string>>
}

/** What the group coordinator must know of a sub-topology (N§1.2, field 8.2). Names are full ones, with the application id. */
export interface GroupSubtopology {
  readonly id: number
  /** External source topics. */
  readonly sourceTopics: readonly string[]
  /** Repartition topics that are read here. */
  readonly repartitionSourceTopics: readonly GroupTopic[]
  /** Repartition topics that are written here. */
  readonly repartitionSinkTopics: readonly string[]
  /** Changelogs; a source topic that serves as one included. */
  readonly stateChangelogTopics: readonly GroupTopic[]
  /** Sets of topics read here, external or repartition, that must have equally many partitions. */
  readonly copartitionGroups: readonly (readonly string[])[]
  /** The hash code of its topics in Java, by which the leader of a classic group orders sub-topologies. */
  readonly javaHash: number
}

/** The topology as the group coordinator sees it. All members must send the same. */
export interface GroupTopology {
  /** 0, as Java always has it. */
  readonly epoch: number
  readonly subtopologies: readonly GroupSubtopology[]
}

/** The ids of the sub-topologies in the order in which Java's leader of a classic group looks at them. */
export function leaderOrder({ subtopologies }: GroupTopology): string[] {
  return byHash(subtopologies, ({ javaHash }) => javaHash).map(({ id }) => String(id))
}
