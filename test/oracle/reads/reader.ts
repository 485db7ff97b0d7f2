import type { Any } from '../flow.ts'
import type { Options } from '../options.ts'

/** What was read from a store: rows, or one value, by the name of the read. */
export type StoreRead = { readonly store: string } & Readonly<Record<string, string | readonly string[]>>

/** A read of a step, or of the end of a scenario, whose `o` has no options. */
export interface ReadCall {
  /** The store as `testDriver` gives it. */
  readonly store: Any
  readonly o: Options
  /** Whether values are printed with their timestamps: the scenario describes the store as such. */
  readonly isStamped: boolean
}

/** Reads a store of one kind: what it found by name. */
export type Reader = (call: ReadCall) => Readonly<Record<string, string | readonly string[]>>
