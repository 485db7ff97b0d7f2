import { tableSourceOperator } from '../operators/table-source-operator.ts'
import type { Serde } from '../serdes/serde.ts'
import { checkName } from '../topology/check-name.ts'
import type { Consumed, Source } from '../topology/options/consumed.ts'
import { sourceParts } from '../topology/source-spec.ts'
import { serdeOrLost } from '../topology/travelling-serde.ts'
import { type MaterializedOptions, readMaterialized } from './materialization.ts'
import { streamSourceNode } from './nodes/stream-source-node.ts'
import { tableSourceNode } from './nodes/table-source-node.ts'
import type { PlannedStream } from './planned-stream.ts'
import { type PlannedTable, SourceTableState } from './planned-table.ts'
import type { Planner } from './planner.ts'
import { generateStoreName } from './store-names.ts'

/** What a DSL call reads. */
export interface SourceCall {
  readonly topic: Source<unknown, unknown>
  // oxlint-disable-next-line typescript/no-explicit-any -- extractors of any type fit: types end at the DSL
  readonly options: (Consumed<any, any> & MaterializedOptions) | undefined
  readonly site: string | null
}

/** `stream`. */
export function planStream(planner: Planner, { topic, options, site }: SourceCall): PlannedStream {
  const { topics, pattern, reading, absent, keySerde, valueSerde } = sourceParts(topic, options)
  const name = planner.names.nameOr(options?.name, 'KSTREAM-SOURCE-')
  // In Java they are a set here, unlike those of addSource().
  const node = streamSourceNode({ name, site, topics: [...new Set(topics)], pattern, reading, absent })
  planner.graph.add([], node)
  return {
    planner,
    node,
    key: serdeOrLost(keySerde ?? undefined, name),
    value: serdeOrLost(valueSerde ?? undefined, name),
    sources: new Set([name]),
    repartitionRequired: false,
  }
}

/** `table`. In Java's order: store name, source, processor. The serdes of the source are those of the store, too. */
export function planTable(planner: Planner, { topic, options, site }: SourceCall): PlannedTable {
  const materialization = readMaterialized(planner, options)
  const parts = sourceParts(topic, { ...options, ...fallbackSerdes(topic, materialization) })
  const [topicName] = parts.topics
  if (topicName === undefined || parts.topics.length > 1) throw new TypeError('Cannot read a table: one topic is required')
  const storeName = materialization.name ?? generateStoreName(planner, `${topicName}-`, materialization)
  const sourceName = planner.names.suffixedOr(options?.name, '-source', 'KSTREAM-SOURCE-')
  const name = planner.names.nameOr(options?.name, 'KTABLE-SOURCE-')
  if (options?.name !== undefined) checkName(options.name, 'a table')
  const key = serdeOrLost(parts.keySerde ?? undefined, sourceName)
  const value = serdeOrLost(parts.valueSerde ?? undefined, sourceName)
  const state = new SourceTableState({ planner, materialization, storeName, key, value, site })
  const node = tableSourceNode({
    name,
    site,
    sourceName,
    topic: topicName,
    reading: parts.reading,
    factory: () => tableSourceOperator({ store: state.store?.name ?? null, sendOldValues: state.sendsOldValues }),
    store: (reuse) => (reuse ? state.storeRestoredFrom(topicName) : state.store),
  })
  planner.graph.add([], node)
  return { planner, node, key, value, sources: new Set([sourceName]), queryableName: materialization.name, state }
}

interface SerdePair {
  readonly key?: Serde<unknown> | undefined
  readonly value?: Serde<unknown> | undefined
}

/** The serdes of the store serve a source that was given none, in Java as here. */
function fallbackSerdes(topic: SourceCall['topic'], store: SerdePair): SerdePair {
  return typeof topic === 'string' ? { key: store.key, value: store.value } : {}
}
