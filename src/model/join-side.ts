/** Where a record waits that has found no partner yet: under its time, its side of the join, and its key. */
export interface JoinSideKey {
  readonly timestamp: number
  readonly isLeft: boolean
  readonly key: unknown
}

/** The value of a record that waits, with its side of the join, whose serde it has. */
export interface JoinSideValue {
  readonly isLeft: boolean
  readonly value: unknown
}
