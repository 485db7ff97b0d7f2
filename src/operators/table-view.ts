import type { NodeContext } from '../processor/node-context.ts'

/** Looks rows of a table up, as they are now: Java's `KTableValueGetter` (P§2.3). */
export interface TableView {
  /** Whether the store behind it keeps versions, so that `getAsOf` looks into the past. */
  readonly isVersioned: boolean
  /** The timestamp of the row that the last `get` or `getAsOf` found, -1 where it is not known. */
  readonly foundTimestamp: number
  /** The value of `key`, `null` where there is none. */
  get(key: unknown): unknown
  /** The value that `key` had at `timestamp`. Only of a view that is versioned. */
  getAsOf(key: unknown, timestamp: number): unknown
}

/** What a node needs to look rows of a table up. */
export interface TableViewSource {
  /** The stores that the node is connected to, known when the topology is written. */
  readonly stores: () => readonly string[]
  /** Opens the view in the node that looks rows up. */
  readonly open: (context: NodeContext) => TableView
}
