/** Who commits: what fences a member that lost its tasks (N§1.15). Read from the membership at the time of the commit, never kept. */
export interface GroupMetadata {
  readonly groupId: string
  /** Empty with generation -1 for a commit from outside of the group, allowed only while it has no members. */
  readonly memberId: string
  /** Generation of a classic group, member epoch of a streams group; -1 when not a member. */
  readonly generation: number
  readonly instanceId: string | null
}
