import type { ValueAndTimestamp } from './value-and-timestamp.ts'

/** A version of a row: its value, and the time from which it holds. */
export interface VersionedRecord<out V> extends ValueAndTimestamp<V> {
  /** The time of the next version, from which this one does not hold any more; `null` = it is the latest. */
  readonly validTo: number | null
}
