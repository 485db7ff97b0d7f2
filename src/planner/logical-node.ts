import type { GlobalStoreLogicalNode } from './nodes/global-store-node.ts'
import type { ProcessorLogicalNode } from './nodes/processor-node.ts'
import type { RepartitionLogicalNode } from './nodes/repartition-node.ts'
import type { SinkLogicalNode } from './nodes/sink-node.ts'
import type { StateStoreLogicalNode } from './nodes/state-store-node.ts'
import type { StreamJoinLogicalNode } from './nodes/stream-join-node.ts'
import type { StreamSourceLogicalNode } from './nodes/stream-source-node.ts'
import type { InternalTopicLogicalNode } from './nodes/internal-topic-node.ts'
import type { TableJoinLogicalNode } from './nodes/table-join-node.ts'
import type { TableSourceLogicalNode } from './nodes/table-source-node.ts'

/** A node of the logical graph: what one DSL call adds. Frozen; its edges are in `LogicalGraph`. */
export type LogicalNode =
  | StreamSourceLogicalNode
  | TableSourceLogicalNode
  | GlobalStoreLogicalNode
  | TableJoinLogicalNode
  | ProcessorLogicalNode
  | StreamJoinLogicalNode
  | RepartitionLogicalNode
  | InternalTopicLogicalNode
  | SinkLogicalNode
  | StateStoreLogicalNode
