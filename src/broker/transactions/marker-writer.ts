import type { Environment } from '../../base/environment.ts'
import type { TopicCatalog } from '../topics/topic-catalog.ts'
import type { MarkerWriter } from './transaction-coordinator.ts'

/** Where markers go. */
export interface MarkerTargets {
  readonly environment: Environment
  readonly topics: TopicCatalog
  /** Ends the pending offsets of a producer in an offsets partition. */
  completeOffsets(offsetsPartition: number, producerId: number, isCommit: boolean): void
  /** How long the next marker takes; drawn anew for each. */
  delayMs(): number
}

/**
 * Writes the markers of decided transactions, each in a step of its own and in no particular order, so that readers see some partitions
 * of a transaction decided before others and the next transaction of the producer may have to wait (51).
 */
export function createMarkerWriter(targets: MarkerTargets): MarkerWriter {
  const { environment, topics } = targets
  return ({ transaction, producerId, producerEpoch, isCommit }, done) => {
    const steps: (() => void)[] = []
    for (const [{ topic, partition }] of transaction.partitions.entries()) {
      steps.push(() => {
        // A topic that was deleted meanwhile has nothing left to decide.
        const log = topics.findPartition(topic, partition)?.log
        log?.appendMarker({ producerId, producerEpoch, isCommit, coordinatorEpoch: 0 }, environment.clock.now())
      })
    }
    for (const offsetsPartition of transaction.offsetsPartitions) {
      steps.push(() => targets.completeOffsets(offsetsPartition, producerId, isCommit))
    }
    let left = Math.max(1, steps.length)
    const finish = (step: () => void) => () => {
      step()
      if (--left === 0) done()
    }
    if (steps.length === 0) steps.push(() => undefined)
    for (const step of steps) {
      const delayMs = targets.delayMs()
      if (delayMs > 0) environment.scheduler.after(delayMs, finish(step))
      else environment.scheduler.soon(finish(step))
    }
  }
}
