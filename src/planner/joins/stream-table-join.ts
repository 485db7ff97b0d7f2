import { streamTableJoinOperator } from '../../operators/joins/stream-table-join-operator.ts'
import type { Serde } from '../../serdes/serde.ts'
import { processorNode } from '../nodes/processor-node.ts'
import type { DslCall, PlannedStream } from '../planned-stream.ts'
import type { PlannedTable } from '../planned-table.ts'
import { copartitionedSources } from './copartition.ts'
import { repartitionedForJoin } from './join-repartition.ts'

/** A join of a stream with a table. */
export interface StreamTableJoinCall extends DslCall {
  readonly isLeft: boolean
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  /** Serdes of the stream. Default: those that travel with it. */
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
}

/** `join` and `leftJoin` of a stream with a table. The name is also that of the repartition topic, if the stream needs one. */
export function planStreamTableJoin(stream: PlannedStream, table: PlannedTable, call: StreamTableJoinCall): PlannedStream {
  const { planner } = stream
  const { isLeft, joiner, key, value, site } = call
  const left = repartitionedForJoin(stream, { name: call.name, key, value, site })
  const sources = copartitionedSources(planner, left, table)
  const name = planner.names.nameOr(call.name, isLeft ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
  const view = table.state.view()
  const node = processorNode({
    name,
    site,
    factory: () => streamTableJoinOperator({ view, joiner, isLeft }),
    connected: view.stores,
    takesNullKeys: isLeft,
  })
  planner.graph.add([left.node], node)
  return {
    planner,
    node,
    key: key === undefined ? left.key : { serde: key },
    value: { lostBy: name },
    sources,
    repartitionRequired: false,
  }
}
