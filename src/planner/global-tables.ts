import { TopologyError } from '../base/errors.ts'
import { streamGlobalJoinOperator } from '../operators/joins/stream-global-join-operator.ts'
import { tableSourceOperator } from '../operators/table-source-operator.ts'
import { storeTableView } from '../operators/views/store-table-view.ts'
import type { OperatorSupplier } from '../state/dsl-store-suppliers.ts'
import type { StoreOptions } from '../state/store-spec.ts'
import { checkName } from '../topology/check-name.ts'
import { fedStore, type FedStoreCall } from '../topology/fed-store.ts'
import { sourceParts } from '../topology/source-spec.ts'
import { serdeOrLost } from '../topology/travelling-serde.ts'
import { decideTableStore, type Materialization, readMaterialized } from './materialization.ts'
import { globalStoreNode } from './nodes/global-store-node.ts'
import { processorNode } from './nodes/processor-node.ts'
import type { DslCall, PlannedStream } from './planned-stream.ts'
import type { Planner } from './planner.ts'
import type { SourceCall } from './sources.ts'
import { generateStoreName } from './store-names.ts'

/** A global table as the planner sees it. */
export interface PlannedGlobalTable {
  readonly planner: Planner
  readonly storeName: string
}

/**
 * `globalTable`. In Java's order: store name, source, processor. It has no changelog: it is restored from its topic, whatever `logging`
 * says. Throws `STORE_OPTION` for a store that keeps no rows of keys alone, `STORE_MISSING` for options of a store that has no name: in
 * Java, too, the store is made only with a name or without options (P§1.1).
 */
export function planGlobalTable(planner: Planner, { topic, options = {}, site }: SourceCall): PlannedGlobalTable {
  const given = readMaterialized(planner, options)
  const materialization: Materialization = { ...given, options: { ...given.options, logging: false } }
  const serdes = typeof topic === 'string' ? { key: given.key, value: given.value } : {}
  const parts = sourceParts(topic, { ...options, ...serdes })
  const [topicName] = parts.topics
  if (topicName === undefined || parts.topics.length > 1) throw new TypeError('Cannot read a global table: one topic is required')
  checkMaterialization(topicName, given, options)
  const storeName = given.name ?? generateStoreName(planner, `${topicName}-`, materialization)
  const sourceName = planner.names.suffixedOr(options.name, '-source', 'KSTREAM-SOURCE-')
  const name = planner.names.nameOr(options.name, 'KTABLE-SOURCE-')
  if (options.name !== undefined) checkName(options.name, 'a global table')
  const key = serdeOrLost(parts.keySerde ?? undefined, sourceName)
  const value = serdeOrLost(parts.valueSerde ?? undefined, sourceName)
  const store = decideTableStore({ planner, materialization, storeName, key, value, site }, topicName)
  const factory = tableSourceOperator({ store: storeName, sendOldValues: false })
  planner.graph.add(
    [],
    globalStoreNode({ name, site, sourceName, topic: topicName, reading: parts.reading, factory, store, reprocesses: false }),
  )
  return { planner, storeName }
}

function checkMaterialization(topic: string, { kind, name }: Materialization, options: StoreOptions<OperatorSupplier>): void {
  if (kind !== 'key-value' && kind !== 'timestamped') {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot keep the global table of topic "${topic}" in store "${name}": it is a ${kind} store, required is a key-value store`,
      { topic },
    )
  }
  const { caching, logging, supplier, engine, format } = options
  const given = Object.entries({ caching, logging, supplier, engine, format }).flatMap(([option, value]) =>
    value === undefined ? [] : [option],
  )
  if (name !== null || given.length === 0) return
  throw new TopologyError(
    'STORE_MISSING',
    `Cannot keep the global table of topic "${topic}": its store has options (${given.join(', ')}) but no name, required is the option "store"`,
    { topic },
  )
}

/** What `addGlobalStore` was given, and where. */
export type GlobalStoreCall = Pick<FedStoreCall, 'topic' | 'supplier' | 'options'> & { readonly site: string | null }

/** `addGlobalStore`. Names as those of a global table; both numbers are burned. */
export function planGlobalStore(planner: Planner, { topic, supplier, options, site }: GlobalStoreCall): void {
  const fed = fedStore(planner.stores, { topic, supplier, options, action: 'add a global store', isGlobal: true })
  const sourceName = planner.names.suffixedOr(options.name, '-source', 'KSTREAM-SOURCE-')
  const name = planner.names.nameOr(options.name, 'KTABLE-SOURCE-')
  planner.graph.add([], globalStoreNode({ ...fed, name, site, sourceName, reprocesses: true }))
}

/** A join of a stream with a global table. */
export interface StreamGlobalJoinCall extends DslCall {
  readonly isLeft: boolean
  readonly keySelector: (key: unknown, value: unknown) => unknown
  readonly joiner: (left: unknown, right: unknown, key: unknown, globalKey: unknown) => unknown
}

/** `join` and `leftJoin` of a stream with a global table. Nothing is repartitioned, and both kinds are named alike (P§4.3). */
export function planStreamGlobalJoin(stream: PlannedStream, table: PlannedGlobalTable, call: StreamGlobalJoinCall): PlannedStream {
  const { isLeft, keySelector, joiner, site } = call
  const name = stream.planner.names.nameOr(call.name, 'KSTREAM-LEFTJOIN-')
  const view = storeTableView(table.storeName)
  const factory = streamGlobalJoinOperator({ view, keySelector, joiner, isLeft })
  const node = processorNode({ name, site, factory: () => factory, takesNullKeys: isLeft })
  stream.planner.graph.add([stream.node], node)
  return { ...stream, node, value: { lostBy: name } }
}
