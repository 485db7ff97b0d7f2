/** One changelog partition of a store. */
export interface RestoredPartition {
  readonly store: string
  /** The changelog, or the source topic that serves as one. */
  readonly topic: string
  readonly partition: number
}

/** A restore has begun: it reads from offset `from` to before `to`. */
export interface RestoreStart extends RestoredPartition {
  readonly from: number
  readonly to: number
}

/** Records were restored: all below `offset` are. */
export interface RestoreBatch extends RestoredPartition {
  readonly offset: number
  /** How many records of this batch, markers not counted. */
  readonly count: number
}

/** A restore has ended, or was given up because the task is not this instance's any more. */
export interface RestoreEnd extends RestoredPartition {
  /** How many records in all. */
  readonly restored: number
}

/** A standby has begun to follow a changelog, at offset `from`. */
export interface StandbyStart extends RestoredPartition {
  readonly taskId: string
  readonly from: number
}

/** A standby has taken over records: all below `offset` are. */
export interface StandbyBatch extends RestoreBatch {
  readonly taskId: string
  /** The end of the changelog as last heard: of what is committed. */
  readonly end: number
}

/** A standby does not follow any more: its task moved away (`migrated`), or runs here now (`promoted`). */
export interface StandbyEnd extends RestoredPartition {
  readonly taskId: string
  /** All records below it are taken over. */
  readonly offset: number
  readonly reason: 'migrated' | 'promoted'
}

/** What the application is told of restoring and of standbys (P§7.6; KIP-988). Called by the loop of the thread, so they must be quick. */
export interface RestoreListener {
  restoreStart(restore: RestoreStart): void
  restoreBatch?(batch: RestoreBatch): void
  restoreEnd(restore: RestoreEnd): void
  restoreSuspended?(restore: RestoreEnd): void
  standbyStart?(standby: StandbyStart): void
  standbyBatch?(batch: StandbyBatch): void
  standbyEnd?(standby: StandbyEnd): void
}
