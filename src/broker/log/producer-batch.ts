import type { BatchView } from '../../record/batch-view.ts'
import type { ProducerBatch } from './producer-states.ts'

/** What a batch says about its producer; `null` without a producer id. */
export function producerOf(batch: BatchView): ProducerBatch | null {
  if (batch.producerId < 0) return null
  return {
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    // A control batch has no sequence; a client's sequence wraps from 2^31 - 1 to 0.
    lastSequence: batch.baseSequence < 0 ? -1 : (batch.baseSequence + (batch.lastOffset - batch.baseOffset)) & 0x7fff_ffff,
    isTransactional: batch.isTransactional,
  }
}
