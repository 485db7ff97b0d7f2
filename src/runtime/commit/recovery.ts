import { isMillraceError } from '../../base/errors.ts'

/**
 * What a thread does after something failed (design 4, "What happens at an abort or dirty close").
 *
 * - `roll-back`: the transaction is not committed and the thread is still a member: abort, drop overlays, read the inputs again.
 * - `replay`: it is unknown, or known only in part, what was committed: initialise the producer again, drop overlays, replay the
 *   changelogs, read the committed offsets again.
 * - `migrated`: the tasks belong to another member, or the producer to another thread: close all dirty, new producer, join again.
 * - `fatal`: the thread dies; the application decides what becomes of it.
 */
export type Recovery = 'roll-back' | 'replay' | 'migrated' | 'fatal'

/** Chooses the recovery for `error`, which came out of processing or out of a commit. */
export function decideRecovery(error: unknown, exactlyOnce: boolean): Recovery {
  if (!isMillraceError(error)) return 'fatal'
  switch (error.code) {
    case 'TASK_MIGRATED':
    case 'PRODUCER_FENCED':
      return 'migrated'
    case 'TRANSACTION_ABORTABLE':
      return 'roll-back'
    case 'COMMIT_OUTCOME_UNKNOWN':
    case 'STORE_CORRUPTED':
      return 'replay'
    case 'OUTCOME_UNKNOWN':
    case 'NOT_SENT':
    case 'BROKER_NOT_READY':
    case 'DELIVERY_TIMEOUT':
      // Under at-least-once what was written stays, so the stores have to catch up with it; a transaction is simply aborted.
      return exactlyOnce ? 'roll-back' : 'replay'
    default:
      return 'fatal'
  }
}
