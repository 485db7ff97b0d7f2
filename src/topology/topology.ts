import { requireKnownOptions } from '../base/known-options.ts'
import type { ProcessorSupplier, StoreMap } from '../processor/processor.ts'
import { userProcessor } from '../processor/user-processor.ts'
import type { Serde, Serializer } from '../serdes/serde.ts'
import { callSite } from './call-site.ts'
import { checkName } from './check-name.ts'
import { callOptions } from './options/call-options.ts'
import type { Consumed, Source } from './options/consumed.ts'
import { type DescribeOptions, describeTopology } from './describe-topology.ts'
import type { PhysicalTopology } from './physical-topology.ts'
import type { ProcessOptions } from './options/process-options.ts'
import type { Produced, Sink } from './options/produced.ts'
import type { TopologyConfig } from './options/topology-config.ts'
import type { ReadableTopic } from '../serdes/topic.ts'
import { fedStore } from './fed-store.ts'
import type { FedStoreOptions } from './options/global-store-options.ts'
import { sinkParts } from './sink-spec.ts'
import { sourceParts } from './source-spec.ts'
import { type AnyStoreSpec, StoreCatalog } from './store-catalog.ts'
import { processorStores } from './store-openers.ts'
import { TopologyBuilder } from './topology-builder.ts'
import type { TopologyNode } from './topology-node.ts'
import { requireSerde, type TravellingSerde } from './travelling-serde.ts'

/** Options that name the parents of a node. */
export interface Parents<K, V> {
  /** Nodes of the same topology; at least one. */
  readonly parents: readonly TopologyNode<K, V>[]
}

/** The text of `Topology.describe`. */
export interface TopologyDescription {
  toString(): string
}

type AnyNode = TopologyNode<unknown, unknown>

/** What leaves a node. */
interface Output {
  readonly key: TravellingSerde
  readonly value: TravellingSerde
}

/**
 * The graph of an application: sources, processors, sinks and stores. Build one by hand with the Processor API, or with `StreamsBuilder`.
 * Nodes are values, so types flow along the edges. What does not fit throws `TopologyError` at once.
 *
 * ```ts
 * const topology = new Topology()
 * const source = topology.addSource('source', lines)
 * const lengths = topology.addProcessor('lengths', ({ forward }) => (line) => forward(line.withValue(line.value.length)), {
 *   parents: [source],
 *   value: serdes.int32,
 * })
 * topology.addSink('sink', 'line-lengths', { parents: [lengths] })
 * ```
 */
export class Topology {
  readonly #stores = new StoreCatalog()
  #builder: TopologyBuilder
  readonly #outputs = new Map<string, Output>()

  /** `config`: its `processorWrapper` is used; the rest is about the DSL. */
  constructor(config: TopologyConfig = {}) {
    requireKnownOptions('new Topology()', config, callOptions['new Topology'])
    const { processorWrapper: wrapper } = config
    this.#builder = new TopologyBuilder(wrapper === undefined ? null : { wrapper, stores: this.#stores })
  }

  /**
   * What `StreamsBuilder.build` returns.
   *
   * @internal
   */
  static of(builder: TopologyBuilder): Topology {
    const topology = new Topology()
    topology.#builder = builder
    return topology
  }

  /** Adds a source of one or more topics. Throws for a taken name, and for a topic that another source reads. */
  addSource<K = Uint8Array | null, V = Uint8Array | null>(
    name: string,
    topic: Source<K, V>,
    options: Consumed<K, V> = {},
  ): TopologyNode<K, V> {
    checkName(name, 'a source')
    requireKnownOptions('addSource()', options, callOptions.addSource)
    const { topics, pattern, reading, absent, keySerde, valueSerde } = sourceParts(topic, options)
    this.#builder.addSource({
      name,
      site: callSite(this, 'addSource'),
      topics: topics.map((topicName) => ({ name: topicName, internal: false })),
      pattern,
      ...reading,
      absent,
    })
    return this.#node(name, keySerde, valueSerde)
  }

  /** Adds a processor below its parents, with the stores that it names: those are added and connected. */
  addProcessor<KIn, VIn, KOut = KIn, VOut = VIn, S extends StoreMap = {}>(
    name: string,
    supplier: ProcessorSupplier<NoInfer<KIn>, NoInfer<VIn>, KOut, VOut, S>,
    options: ProcessOptions<KOut, VOut, S> & Parents<KIn, VIn>,
  ): TopologyNode<KOut, VOut> {
    checkName(name, 'a processor')
    requireKnownOptions('addProcessor()', options, callOptions.addProcessor)
    const { openers, owned } = processorStores(name, options.stores, this.#stores)
    const parents = options.parents.map((parent) => parent.name)
    this.#builder.addProcessor({ name, site: callSite(this, 'addProcessor'), parents, factory: userProcessor(supplier, openers) })
    for (const store of owned) this.#builder.addStateStore(store, [name])
    return this.#node(name, options.key as Serde<unknown> | undefined, options.value as Serde<unknown> | undefined)
  }

  /**
   * Adds a sink below its parents. Serdes: those of the options, else of the topic, else those with which the records travel; none:
   * `SERDE_MISSING`.
   */
  addSink<K, V>(name: string, topic: Sink<NoInfer<K>, NoInfer<V>>, options: Produced<NoInfer<K>, NoInfer<V>> & Parents<K, V>): void {
    checkName(name, 'a sink')
    requireKnownOptions('addSink()', options, callOptions.addSink)
    const site = callSite(this, 'addSink')
    const { topic: target, label, key, value, partitioner } = sinkParts(topic, options)
    const parents = options.parents.map((parent) => parent.name)
    this.#builder.addSink({
      name,
      site,
      parents,
      topic: target,
      key: key ?? this.#travelling(parents, 'key', { action: `write to ${label}`, site }),
      value: value ?? this.#travelling(parents, 'value', { action: `write to ${label}`, site }),
      partitioner,
    })
  }

  /** Adds a store and connects it to processors that are already there. */
  addStateStore(store: AnyStoreSpec, ...processors: readonly AnyNode[]): this {
    this.#builder.addStateStore(
      this.#stores.owned(store),
      processors.map(({ name }) => name),
    )
    return this
  }

  /**
   * Adds a store that every instance has whole: the processor that `supplier` makes keeps it from all partitions of `topic`, and every
   * other processor may read it. It is there before records are processed, and follows the topic from then on; it is restored by running
   * the topic through the processor. `name` is that of the processor, which may not forward.
   *
   * ```ts
   * const rates = keyValueStore('rates', { key: serdes.string, value: serdes.float64 })
   * topology.addGlobalStore('rates-keeper', topic('rates', { key: serdes.string, value: serdes.float64 }),
   *   ({ stores }) => (rate) => stores.rates.put(rate.key, rate.value), { stores: { rates } })
   * ```
   *
   * A processor that reads it names it in its own option `stores`, after this call.
   */
  addGlobalStore<K, V, S extends StoreMap>(
    name: string,
    topic: ReadableTopic<K, V> | string,
    supplier: ProcessorSupplier<NoInfer<K>, NoInfer<V>, never, never, S>,
    options: FedStoreOptions<K, V, S>,
  ): this {
    requireKnownOptions('addGlobalStore()', options, callOptions.addGlobalStore)
    const source = this.#checkFedNames(name, options.source)
    const site = callSite(this, 'addGlobalStore')
    const fed = fedStore(this.#stores, { topic, supplier, options, action: `add global store of processor "${name}"`, isGlobal: true })
    this.#builder.addGlobalStore({
      store: fed.store,
      source: { name: source, site, topics: [{ name: fed.topic, internal: false }], pattern: null, ...fed.reading, absent: null },
      processor: { name, site, factory: fed.factory },
      reprocesses: true,
    })
    return this
  }

  /**
   * Adds a store of tasks that is restored from `topic` itself: it has no changelog of its own, and the processor that `supplier` makes
   * must write what the topic says (KIP-813). The topic is read from its beginning. `name` is that of the processor, which may not
   * forward; other processors share the store by naming it in their option `stores`.
   */
  addReadOnlyStateStore<K, V, S extends StoreMap>(
    name: string,
    topic: ReadableTopic<K, V> | string,
    supplier: ProcessorSupplier<NoInfer<K>, NoInfer<V>, never, never, S>,
    options: FedStoreOptions<K, V, S>,
  ): this {
    requireKnownOptions('addReadOnlyStateStore()', options, callOptions.addReadOnlyStateStore)
    const source = this.#checkFedNames(name, options.source)
    const site = callSite(this, 'addReadOnlyStateStore')
    const fed = fedStore(this.#stores, { topic, supplier, options, action: `add read-only store of processor "${name}"`, isGlobal: false })
    const topics = [{ name: fed.topic, internal: false }]
    this.#builder.addSource({ name: source, site, topics, pattern: null, ...fed.reading, offsetReset: 'earliest', absent: null })
    this.#builder.addPlainProcessor({ name, site, parents: [source], factory: fed.factory })
    this.#builder.addStateStore(fed.store, [name])
    return this
  }

  /** Connects stores that were added before to a processor: those are then part of one sub-topology. */
  connectProcessorAndStateStores(processor: AnyNode, ...stores: readonly AnyStoreSpec[]): this {
    this.#builder.connectProcessorAndStateStores(
      processor.name,
      stores.map(({ name }) => name),
    )
    return this
  }

  /** The graph as text, byte for byte that of Java's `describe()`; with `sites`, each node has the file and line that made it. */
  describe(options?: DescribeOptions): TopologyDescription {
    requireKnownOptions('describe()', options, callOptions.describe)
    const text = describeTopology(this.#builder.build(), options)
    return { toString: () => text }
  }

  /**
   * The graph as plain data, for the runtime.
   *
   * @internal
   */
  physical(): PhysicalTopology {
    return this.#builder.build()
  }

  /** The name of the source. */
  #checkFedNames(processor: string, source = `${processor}-source`): string {
    checkName(processor, 'a processor')
    checkName(source, 'a source')
    return source
  }

  #node<K, V>(name: string, key: Serde<unknown> | null | undefined, value: Serde<unknown> | null | undefined): TopologyNode<K, V> {
    const output = {
      key: key === null || key === undefined ? { lostBy: name } : { serde: key },
      value: value === null || value === undefined ? { lostBy: name } : { serde: value },
    }
    this.#outputs.set(name, output)
    return Object.freeze({ name }) as TopologyNode<K, V>
  }

  /** The serde with which the records of all parents travel. */
  #travelling(
    parents: readonly string[],
    side: 'key' | 'value',
    need: { action: string; site: string | null },
  ): Serializer<unknown> | null {
    let found: Serde<unknown> | null = null
    for (const parent of parents) {
      const output = this.#outputs.get(parent)
      if (output === undefined) continue
      const serde: Serde<unknown> = requireSerde(output[side], null, { side, ...need })
      if (found !== null && found !== serde) requireSerde({ lostBy: parent }, null, { side, ...need })
      found = serde
    }
    return found
  }
}
