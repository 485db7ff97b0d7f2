import type { EmbeddedCluster } from 'millrace/broker'
import type { Application } from '../instance.ts'
import { builder, lines } from './topology.ts'

/** The word count on `cluster`. */
export function wordCount(cluster: EmbeddedCluster): Application {
  return { applicationId: 'word-count', builder, cluster }
}

/** How many lines are processed for good. */
export function committedLines({ applicationId, cluster }: Application, partitions: number): number {
  let done = 0
  for (let partition = 0; partition < partitions; partition++) done += cluster.committedOffset(applicationId, lines.name, partition) ?? 0
  return done
}
