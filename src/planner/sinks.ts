import type { Produced, Sink } from '../topology/options/produced.ts'
import { sinkParts } from '../topology/sink-spec.ts'
import { requireSerde } from '../topology/travelling-serde.ts'
import { sinkNode } from './nodes/sink-node.ts'
import type { PlannedStream } from './planned-stream.ts'

/** Where a DSL call writes. */
export interface SinkCall {
  // oxlint-disable-next-line typescript/no-explicit-any -- sinks of any type fit: types end at the DSL
  readonly topic: Sink<any, any>
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  readonly options: Produced<any, any> | undefined
  readonly site: string | null
}

/** `to`. Throws `SERDE_MISSING` where no serde is given and none travels with the stream. */
export function planTo(stream: PlannedStream, { topic, options, site }: SinkCall): void {
  const { planner } = stream
  const { topic: target, label, key, value, partitioner } = sinkParts(topic, options)
  const name = planner.names.nameOr(options?.name, 'KSTREAM-SINK-')
  const action = `write to ${label}`
  const writing = {
    topic: target,
    key: key ?? requireSerde(stream.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: value ?? requireSerde(stream.value, planner.defaultValueSerde, { side: 'value', action, site }),
    partitioner,
  }
  planner.graph.add([stream.node], sinkNode({ name, site, writing }))
}
