import type { BatchView } from '../../record/batch-view.ts'
import type { WindowLayout } from '../../state/windows/window-layout.ts'

/** One changelog partition that must be read before its task can run. */
export interface ChangelogReplay {
  readonly store: string
  readonly topic: string
  readonly partition: number
  /** The changelog is a source topic: it is read up to the committed input offset at most (P§7.6). */
  readonly isSourceTopic: boolean
  /** How windows expire, of a store of which expired ones need not be read; `null`: all is read. */
  readonly window: WindowLayout | null
  /** Offset of the last changelog record that the committed rows reflect; `null`: none, read from the start. */
  storedOffset(): number | null
  /**
   * Puts the records from offset `from` to before `nextOffset` into the committed rows, which from then on reflect everything below it;
   * `isAll`: that is all there is now. Gives how many records there were. Throws `TaskError` `RESTORE_FAILED` for a record that is not one of
   * the store, `StoreError` `STORE_CORRUPTED` when the engine fails.
   */
  restore(batches: readonly BatchView[], from: number, nextOffset: number, isAll: boolean): number
  /** Empties the store, and says why: what it has cannot be continued. */
  wipe(reason: string): void
}

/** A task as the restorer sees it. */
export interface RestoreTarget {
  readonly taskId: string
  readonly changelogs: readonly ChangelogReplay[]
}
