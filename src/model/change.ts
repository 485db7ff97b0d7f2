/** An update of a table row, as it flows between tables (P§2.0). */
export class Change<out V> {
  /** `null` = the row was deleted. */
  readonly newValue: V | null
  /** `null` if there was none, or nothing downstream needs it. */
  readonly oldValue: V | null
  /** False only for an update of a versioned table that a later version of the row outdates. */
  readonly isLatest: boolean

  constructor(newValue: V | null, oldValue: V | null, isLatest = true) {
    this.newValue = newValue
    this.oldValue = oldValue
    this.isLatest = isLatest
  }
}
