import type { AbortedTransaction } from '../../protocol/messages/fetch.ts'
import { readBatches, verifyCrc } from '../../record/batch-reader.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { readControlRecord } from '../../record/control-record.ts'
import type { BatchOrigin } from '../../record/corrupt-batch.ts'

/** What was asked and how to read the answer. */
export interface SelectOptions {
  readonly origin: BatchOrigin
  /** The offset that was asked for. */
  readonly from: number
  /** The aborted transactions in the range of the answer; `null`: none, or everything is to be read. */
  readonly aborted: readonly AbortedTransaction[] | null
  readonly checkCrcs: boolean
}

/** What a reader gets to see of the records in one answer. */
export interface SelectedBatches {
  readonly batches: readonly BatchView[]
  /** The position after the answer: also behind markers, aborted batches and the gaps that compaction leaves. */
  readonly nextOffset: number
  /** That of the last batch; -1 without one. */
  readonly leaderEpoch: number
  /** Why the rest of the answer cannot be read; the selection ends before it. */
  readonly failure: unknown
}

/**
 * Drops from the records of one answer what a reader must not see: control batches always, and the batches of aborted transactions where
 * the answer lists them (N§3.6). Checks the checksum of every batch that it looks into.
 */
export function selectBatches(records: Buffer, options: SelectOptions): SelectedBatches {
  const selected: BatchView[] = []
  let nextOffset = options.from
  let leaderEpoch = -1
  // In order of their first offsets. A producer may be listed several times, once per aborted transaction.
  const aborted = (options.aborted ?? []).toSorted((a, b) => a.firstOffset - b.firstOffset)
  const active = new Set<number>()
  let next = 0
  try {
    for (const batch of readBatches(records, 0, records.length, options.origin)) {
      if (batch.lastOffset < options.from) continue
      while (next < aborted.length && aborted[next]!.firstOffset <= batch.lastOffset) active.add(aborted[next++]!.producerId)
      const isAborted = batch.isTransactional && active.has(batch.producerId)
      if (options.checkCrcs && (batch.isControl || !isAborted)) verifyCrc(batch)
      if (batch.isControl) {
        // The marker ends the transaction of its producer: what comes after it is another one.
        if (readControlRecord(batch)?.kind === 'abort') active.delete(batch.producerId)
      } else if (!isAborted && batch.recordCount > 0) selected.push(batch)
      nextOffset = batch.lastOffset + 1
      leaderEpoch = batch.partitionLeaderEpoch
    }
  } catch (failure) {
    return { batches: selected, nextOffset, leaderEpoch, failure }
  }
  return { batches: selected, nextOffset, leaderEpoch, failure: null }
}
