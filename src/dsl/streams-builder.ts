import { requireKnownOptions } from '../base/known-options.ts'
import { buildTopology } from '../planner/build-topology.ts'
import { stateStoreNode } from '../planner/nodes/state-store-node.ts'
import { planGlobalStore, planGlobalTable } from '../planner/global-tables.ts'
import { Planner } from '../planner/planner.ts'
import { planStream, planTable } from '../planner/sources.ts'
import type { ProcessorSupplier, StoreMap } from '../processor/processor.ts'
import type { Serde } from '../serdes/serde.ts'
import type { Bytes, ReadableTopic } from '../serdes/topic.ts'
import { callSite } from '../topology/call-site.ts'
import type { Consumed, Source } from '../topology/options/consumed.ts'
import type { GlobalStoreOptions } from '../topology/options/global-store-options.ts'
import { hasOptimization } from '../topology/options/optimization.ts'
import type { AnyStoreSpec } from '../topology/store-catalog.ts'
import type { Topology } from '../topology/topology.ts'
import type { TopologyConfig } from '../topology/options/topology-config.ts'
import { globalTableOf } from './global-table.ts'
import type { GlobalKTable, KStream, KTable } from './kstream.ts'
import type { SourceTable } from './options/materialized.ts'
import { streamOf } from './stream.ts'
import { tableOf } from './table.ts'
import type { Present } from './type-problem.ts'
import { optionNames } from './options/option-names.ts'

/** Options of a `StreamsBuilder`: the configuration that `build` uses where it is given none, and default serdes. */
export interface StreamsBuilderOptions extends TopologyConfig {
  /** For stores, repartition topics and sinks of keys whose serde is not known. A source without serdes has bytes. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the default serves keys of any type
  readonly defaultKeySerde?: Serde<any> | undefined
  /** As `defaultKeySerde`, for values. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the default serves values of any type
  readonly defaultValueSerde?: Serde<any> | undefined
}

/**
 * Builds a topology with the DSL. Names of nodes, stores and internal topics are numbered as Java numbers them, so that an application
 * written in either can take over from the other.
 *
 * ```ts
 * const builder = new StreamsBuilder()
 * builder
 *   .stream(topic('text-lines', { value: serdes.string }))
 *   .flatMapValues((line) => line.toLowerCase().match(/\p{L}+/gu) ?? [], { value: serdes.string })
 *   .groupBy((_key, word) => word, { key: serdes.string })
 *   .count({ store: 'word-counts' })
 *   .toStream()
 *   .to(topic('word-counts', { key: serdes.string, value: serdes.int64 }))
 * ```
 */
export class StreamsBuilder {
  readonly #planner: Planner
  readonly #config: TopologyConfig

  constructor(options: StreamsBuilderOptions = {}) {
    this.#planner = new Planner({
      key: options.defaultKeySerde ?? null,
      value: options.defaultValueSerde ?? null,
      supplier: options.dslStoreSuppliers,
      format: options.dslStoreFormat?.toUpperCase() === 'HEADERS' ? 'headers' : undefined,
    })
    this.#config = options
  }

  /**
   * A stream of the records of one topic, of several, or of all topics whose whole name matches a regular expression. Streams of the same
   * topics share one source.
   *
   * ```ts
   * const orders = builder.stream(topic('orders', { key: serdes.string, value: serdes.json<Order>() }))
   * const logs = builder.stream(/logs-.+/, { value: serdes.string, offsetReset: 'latest' })
   * ```
   */
  stream<K = Bytes, V = Bytes>(topic: Source<K, V>, options?: Consumed<K, V>): KStream<K, V> {
    requireKnownOptions('stream()', options, optionNames.consumed)
    return streamOf(planStream(this.#planner, { topic, options, site: callSite(this, 'stream') }))
  }

  /**
   * A table of the latest value of each key of a topic. Records without a key are dropped, those without a value delete.
   *
   * ```ts
   * const customers = builder.table(topic('customers', { key: serdes.string, value: serdes.json<Customer>() }), { store: 'customers' })
   * ```
   */
  table<K = Uint8Array, V = Uint8Array>(topic: ReadableTopic<K, V> | string, options?: SourceTable<K, V>): KTable<Present<K>, Present<V>> {
    requireKnownOptions('table()', options, optionNames.sourceTable)
    return tableOf(planTable(this.#planner, { topic, options, site: callSite(this, 'table') }), streamOf)
  }

  /**
   * A table of the latest value of each key of a topic, all partitions of it in every instance. It is filled before the instance is RUNNING.
   * Its store has the topic for a changelog; `store` names it. Its timestamps are those of the topic, whatever extractor is given.
   *
   * ```ts
   * const countries = builder.globalTable(topic('countries', { key: serdes.string, value: serdes.json<Country>() }))
   * ```
   */
  globalTable<K = Uint8Array, V = Uint8Array>(
    topic: ReadableTopic<K, V> | string,
    options?: SourceTable<K, V>,
  ): GlobalKTable<Present<K>, Present<V>> {
    requireKnownOptions('globalTable()', options, optionNames.sourceTable)
    return globalTableOf(planGlobalTable(this.#planner, { topic, options, site: callSite(this, 'globalTable') }))
  }

  /**
   * Adds a store that every instance has whole and that a processor of your own keeps from all partitions of `topic`. Every other processor
   * may read it, by naming it in its option `stores` after this call. It is restored by running the topic through the processor, which may
   * not forward.
   *
   * ```ts
   * const rates = keyValueStore('rates', { key: serdes.string, value: serdes.float64 })
   * builder.addGlobalStore(ratesTopic, ({ stores }) => (rate) => stores.rates.put(rate.key, rate.value), { stores: { rates } })
   * ```
   */
  addGlobalStore<K, V, S extends StoreMap>(
    topic: ReadableTopic<K, V>,
    supplier: ProcessorSupplier<K, V, never, never, S>,
    options: GlobalStoreOptions<K, V, S>,
  ): this {
    requireKnownOptions('addGlobalStore()', options, optionNames.globallyStored)
    planGlobalStore(this.#planner, { topic, supplier, options, site: callSite(this, 'addGlobalStore') })
    return this
  }

  /**
   * Adds a store that no processor uses yet. A store that a processor names in its option `stores` is added by that.
   *
   * ```ts
   * builder.addStateStore(keyValueStore('stock', { key: serdes.string, value: serdes.int32 }))
   * ```
   */
  addStateStore(store: AnyStoreSpec): this {
    this.#planner.graph.add([], stateStoreNode(this.#planner.stores.owned(store), callSite(this, 'addStateStore')))
    return this
  }

  /**
   * The topology. `config` (default: the options of the constructor) says what is optimized. May be called again, also after more was
   * added. Throws `TopologyError` for what cannot be built.
   */
  build(config: TopologyConfig = this.#config): Topology {
    return buildTopology(this.#planner, {
      reuseSourceTopics: hasOptimization(config, 'reuse.ktable.source.topics'),
      mergeRepartitionTopics: hasOptimization(config, 'merge.repartition.topics'),
      singleStoreSelfJoin: hasOptimization(config, 'single.store.self.join'),
      requireNames: config.ensureExplicitInternalResourceNaming === true,
      processorWrapper: this.#config.processorWrapper ?? null,
    })
  }
}
