import type { Options } from './options.ts'
import type { Plan } from './plan.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- topologies are put together from JSON: their types are checked when they run
export type Any = any

/** What operators take and make: a stream, a table, a grouping, ..., with the names of the serdes of its keys and values. */
export interface Flow {
  /** `stream`, `table`, `grouped stream`, `grouped table`, `windowed stream`, ... A table of windows is a `table` of windowed keys. */
  readonly kind: string
  readonly node: Any
  /** Name of a serde (`serdeOfName`), `none` where there is none, e.g. for sinks. */
  readonly key: string
  readonly value: string
}

/** An operator of a scenario. What it does not ask `o` for is refused. */
export interface OperatorCall {
  readonly plan: Plan
  readonly id: string
  readonly o: Options
  /** What the option `from` names; of kind `topology` for operators without it. */
  readonly from: Flow
}

/** Makes the flow of the operator's id, or nothing: then it has put its flows itself, or has none. */
export type Operator = (call: OperatorCall) => Flow | undefined

/** The operators of an area: by the kind of the flow that they come after, then by `op`. `topology`: those that come after nothing. */
export type Area = Readonly<Record<string, Readonly<Record<string, Operator>>>>
