import { inHashOrder } from '../base/java-order.ts'
import type { StreamsGroupSubtopology, StreamsGroupTopology } from './messages/streams-group-heartbeat.ts'

const FAILED = 'Failed to compute number of partitions for all repartition topics'

/** Partition counts of internal topics. */
export type Counts = Map<string, number>

/** The partition counts of repartition topics depend on each other in a circle, or a repartition topic is read that nobody writes. */
export class CircularTopology extends Error {
  override readonly name = 'CircularTopology'
}

/**
 * The counts of repartition topics as the group coordinator decides them (Kafka 4.3.1): those that are fixed; else the largest count among the
 * sources of the first sub-topology that writes the topic and of which a source is decided by then. Throws `CircularTopology`.
 */
export function decideByCoordinator({ subtopologies }: StreamsGroupTopology, partitionsOf: (topic: string) => number): Counts {
  const decided = fixedCounts(subtopologies)
  const byId = new Map(subtopologies.map((subtopology) => [subtopology.subtopologyId, subtopology]))
  const inOrder = inHashOrder([...byId.keys()]).map((id) => byId.get(id)!)
  const circle = (): string => `${FAILED}. There may be loops in the topology that cannot be resolved.`
  decideInRounds(circle, () => {
    let [isOpen, hasProgress] = [false, false]
    for (const subtopology of inOrder) {
      for (const topic of subtopology.repartitionSinkTopics) {
        if (decided.has(topic)) continue
        const count = largestKnown([subtopology], decided, partitionsOf)
        if (count === null) isOpen = true
        else {
          decided.set(topic, count)
          hasProgress = true
        }
      }
    }
    return { isOpen, hasProgress }
  })
  const unwritten = subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics.filter(({ name }) => !decided.has(name)))
  if (unwritten.length > 0) {
    throw new CircularTopology(`${FAILED}, because a repartition source topic is never used as a sink topic.`)
  }
  return decided
}

/**
 * The same as Java's leader of a classic group decides them, which may be a member of the same group: of a topic that is not fixed, the largest
 * count among the sources of all sub-topologies that write it, as far as they are decided by then. `order` has the ids of the sub-topologies
 * in the order of Java's hash set of them. Throws `CircularTopology`.
 */
export function decideByLeader(
  { subtopologies }: StreamsGroupTopology,
  partitionsOf: (topic: string) => number,
  order: readonly string[],
): Counts {
  const decided = fixedCounts(subtopologies)
  const sourcesOf = new Map(
    subtopologies.map(({ subtopologyId, repartitionSourceTopics }) => [
      subtopologyId,
      inHashOrder(repartitionSourceTopics.map(({ name }) => name)),
    ]),
  )
  const circle = (): string => {
    const open = [...sourcesOf.values()].flat().filter((topic) => !decided.has(topic))
    return `${FAILED}: ${open.toSorted().join(', ')}`
  }
  decideInRounds(circle, () => {
    let [isOpen, hasProgress] = [false, false]
    for (const topic of order.flatMap((id) => sourcesOf.get(id)!)) {
      if (decided.has(topic)) continue
      const writers = subtopologies.filter(({ repartitionSinkTopics }) => repartitionSinkTopics.includes(topic))
      const count = largestKnown(writers, decided, partitionsOf)
      if (count === null) isOpen = true
      else {
        decided.set(topic, count)
        hasProgress = true
      }
    }
    return { isOpen, hasProgress }
  })
  return decided
}

function fixedCounts(subtopologies: readonly StreamsGroupSubtopology[]): Counts {
  const fixed = subtopologies.flatMap(({ repartitionSourceTopics }) => repartitionSourceTopics.filter(({ partitions }) => partitions > 0))
  return new Map(fixed.map(({ name, partitions }) => [name, partitions]))
}

function decideInRounds(circle: () => string, round: () => { readonly isOpen: boolean; readonly hasProgress: boolean }): void {
  for (;;) {
    const { isOpen, hasProgress } = round()
    if (!isOpen) return
    if (!hasProgress) throw new CircularTopology(circle())
  }
}

function largestKnown(
  writers: readonly StreamsGroupSubtopology[],
  decided: Counts,
  partitionsOf: (topic: string) => number,
): number | null {
  const known = writers.flatMap(({ sourceTopics, repartitionSourceTopics }) => [
    ...sourceTopics.map(partitionsOf),
    ...repartitionSourceTopics.flatMap(({ name }) => decided.get(name) ?? []),
  ])
  return known.length === 0 ? null : Math.max(...known)
}
