import { TopologyError } from '../../base/errors.ts'
import { streamTableJoinOperator, type WaitingRecords } from '../../operators/joins/stream-table-join-operator.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { storeDefinition } from '../../topology/store-catalog.ts'
import { requireSerde, serdeOr, type TravellingSerde } from '../../topology/travelling-serde.ts'
import { processorNode } from '../nodes/processor-node.ts'
import type { DslCall, PlannedStream } from '../planned-stream.ts'
import type { PlannedTable } from '../planned-table.ts'
import { noteGenerated } from '../store-names.ts'
import { copartitionedSources } from './copartition.ts'
import { repartitionedForJoin } from './join-repartition.ts'

/** A join of a stream with a table. */
export interface StreamTableJoinCall extends DslCall {
  readonly isLeft: boolean
  readonly joiner: (left: unknown, right: unknown, key: unknown) => unknown
  /** Serdes of the stream. Default: those that travel with it. */
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
  /** How long records wait for rows that come late; `undefined`: they do not wait. */
  readonly graceMs?: number | undefined
}

/**
 * `join` and `leftJoin` of a stream with a table. The name is also that of the repartition topic, if the stream needs one. Throws
 * `TABLE_UNVERSIONED` for a grace with a table that keeps no versions.
 */
export function planStreamTableJoin(stream: PlannedStream, table: PlannedTable, call: StreamTableJoinCall): PlannedStream {
  const { planner } = stream
  const { isLeft, joiner, site, graceMs } = call
  const left = repartitionedForJoin(stream, { name: call.name, key: call.key, value: call.value, site })
  const key = serdeOr(call.key, left.key)
  const value = serdeOr(call.value, left.value)
  const sources = copartitionedSources(planner, left, table)
  const name = planner.names.nameOr(call.name, isLeft ? 'KSTREAM-LEFTJOIN-' : 'KSTREAM-JOIN-')
  if (graceMs !== undefined && !table.state.isVersioned) throw unversioned(name, `table "${table.node.name}"`)
  const buffer = graceMs === undefined ? null : bufferOf({ ...left, key, value }, name, call)
  const waiting: WaitingRecords | null = buffer === null || graceMs === undefined ? null : { store: buffer.name, graceMs }
  const view = table.state.view()
  const node = processorNode({
    name,
    site,
    factory: () => streamTableJoinOperator({ view, joiner, isLeft, waiting }),
    stores: () => (buffer === null ? [] : [buffer]),
    connected: view.stores,
    checkConnected: graceMs === undefined ? null : (stores) => checkHistory(name, graceMs, stores),
    takesNullKeys: isLeft,
  })
  planner.graph.add([left.node], node)
  return { planner, node, key, value: { lostBy: name }, sources, repartitionRequired: false }
}

/** The buffer of a join with grace. Its name is made of the join's. */
function bufferOf({ planner, key, value }: PlannedStream, join: string, { name, site }: StreamTableJoinCall): StoreDefinition {
  const storeName = `${join}-Buffer`
  if (name === undefined) noteGenerated(planner, storeName, true)
  const serde = (side: 'key' | 'value', travelling: TravellingSerde, fallback: Serde<unknown> | null): Serde<unknown> =>
    requireSerde(travelling, fallback, { side, action: `keep store "${storeName}"`, site })
  return storeDefinition({
    name: storeName,
    kind: 'record-buffer',
    format: 'plain',
    caching: false,
    key: serde('key', key, planner.defaultKeySerde),
    value: serde('value', value, planner.defaultValueSerde),
    options: {},
  })
}

/** The rows that a record is joined with must still be there when it leaves the buffer. */
function checkHistory(join: string, graceMs: number, stores: readonly StoreDefinition[]): void {
  for (const { name, versions } of stores) {
    if (versions === undefined) throw unversioned(join, `store "${name}"`)
    if (versions.historyRetentionMs >= graceMs) continue
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot join in "${join}" with a grace of ${graceMs} ms: store "${name}" has a historyRetention of ${versions.historyRetentionMs} ms, required is the grace or more`,
      { store: name },
    )
  }
}

function unversioned(join: string, what: string): TopologyError {
  return new TopologyError(
    'TABLE_UNVERSIONED',
    `Cannot join in "${join}" with grace: ${what} keeps no versions, required is a versioned one`,
    {
      processor: join,
    },
  )
}
