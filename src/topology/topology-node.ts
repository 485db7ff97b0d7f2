declare const rowType: unique symbol

/** A node of a `Topology`, with the types of the records that leave it: pass it as a parent of others. */
export interface TopologyNode<out K, out V> {
  readonly name: string
  readonly [rowType]: readonly [K, V]
}
