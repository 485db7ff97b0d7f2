/** One input position to commit. */
export interface OffsetToCommit {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  readonly offset: number
  /** Leader epoch of the record before it; -1 unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
}

/** A committed input position. */
export interface CommittedOffset {
  readonly offset: number
  /** -1 unknown. */
  readonly leaderEpoch: number
  readonly metadata: string
}
