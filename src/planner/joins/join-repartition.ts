import type { Serde } from '../../serdes/serde.ts'
import { checkName } from '../../topology/check-name.ts'
import { requireSerde } from '../../topology/travelling-serde.ts'
import type { DslCall, PlannedStream } from '../planned-stream.ts'
import { createRepartition } from '../repartition.ts'

/** What a join says of a side that it repartitions. */
export interface JoinRepartition extends DslCall {
  /** Default: those that travel with the stream. */
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
}

/**
 * The side `stream` of a join, behind a repartition topic if its key was changed. Without a name the topic is named after the stream's node,
 * and all unnamed joins of that stream share it, though each burns its numbers (P§2.1). Throws `SERDE_MISSING`, `NAME_INVALID`.
 */
export function repartitionedForJoin(stream: PlannedStream, { key, value, name, site }: JoinRepartition): PlannedStream {
  if (!stream.repartitionRequired) return stream
  const { planner } = stream
  if (name !== undefined) checkName(name, 'a join')
  const prefix = name ?? stream.node.name
  const action = `write repartition topic "${prefix}"`
  const keySerde = key ?? requireSerde(stream.key, planner.defaultKeySerde, { side: 'key', action, site })
  const valueSerde = value ?? requireSerde(stream.value, planner.defaultValueSerde, { side: 'value', action, site })
  const created = createRepartition(planner, {
    prefix,
    isNamed: name !== undefined,
    key: keySerde,
    value: valueSerde,
    partitioner: null,
    partitions: null,
    isOptimizable: true,
    site,
  })
  const shared = prefix === stream.node.name ? planner.joinRepartitions.get(stream) : undefined
  const node = shared ?? created
  if (shared === undefined) {
    planner.joinRepartitions.set(stream, created)
    planner.graph.add([stream.node], created)
  }
  return {
    planner,
    node,
    key: { serde: keySerde },
    value: { serde: valueSerde },
    // Where the topic is shared Java, too, names a source that is not there, which binds nothing.
    sources: new Set([created.name]),
    repartitionRequired: false,
  }
}
