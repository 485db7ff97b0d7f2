/** A value of a store together with the time from which it holds. */
export interface ValueAndTimestamp<out V> {
  readonly value: V
  /** Milliseconds since 1970; -1 = not known. */
  readonly timestamp: number
}
