import type { LogicalNode } from './logical-node.ts'
import type { Planner } from './planner.ts'
import type { TravellingSerde } from '../topology/travelling-serde.ts'

/** A stream as the planner sees it: where it comes from in the graph, and what travels with it. */
export interface PlannedStream {
  readonly planner: Planner
  /** The node whose output it is. */
  readonly node: LogicalNode
  readonly key: TravellingSerde
  readonly value: TravellingSerde
  /** Names of the sources upstream, back to the last repartition. */
  readonly sources: ReadonlySet<string>
  /** Whether the key was changed since the records were partitioned. */
  readonly repartitionRequired: boolean
}

/** A DSL call: its options `name` and where it stands. */
export interface DslCall {
  readonly name?: string | undefined
  readonly site: string | null
}
