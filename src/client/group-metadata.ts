/** Who commits: what fences a member that lost its tasks (N§1.15). Read from the membership at the time of the commit, never kept. */
export interface GroupMetadata {
  readonly groupId: string
  /** Empty with generation -1 for a commit from outside of the group. */
  readonly memberId: string
  /** Generation of a classic group, member epoch of a streams group. */
  readonly generation: number
  readonly instanceId: string | null
}

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
