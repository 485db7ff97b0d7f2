import { assert } from '../base/assert.ts'
import { TopologyError } from '../base/errors.ts'
import { type ProcessorWrapper, wrapProcessor } from '../processor/processor-wrapper.ts'
import { userProcessor } from '../processor/user-processor.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { checkCopartition } from './copartition.ts'
import {
  type GlobalStoreDraft,
  type NodeDraft,
  type ProcessorDraft,
  type SinkDraft,
  type SourceDraft,
  sourceTopicsOf,
  type TopologyDraft,
} from './topology-draft.ts'
import type { GeneratedNames, PhysicalTopology } from './physical-topology.ts'
import { QuickUnion } from './quick-union.ts'
import type { StoreCatalog } from './store-catalog.ts'
import { processorStores } from './store-openers.ts'
import { cutTopology } from './cut-topology.ts'

/** A source to add; see `SourceNode` of the physical topology. */
export type SourceSpec = Omit<SourceDraft, 'kind'>
/** A processor to add. `parents` are names of nodes added before. */
export type ProcessorSpec = Omit<ProcessorDraft, 'kind' | 'stores'>
/** A sink to add. */
export type SinkSpec = Omit<SinkDraft, 'kind'>
/** A global store to add, with the source of its topic and the processor that keeps it. */
export interface GlobalStoreSpec {
  readonly store: StoreDefinition
  readonly source: SourceSpec
  readonly processor: Omit<ProcessorSpec, 'parents'>
  readonly reprocesses: boolean
}

/** What is put around processors, and where the stores are known that it brings. */
export interface Wrapping {
  readonly wrapper: ProcessorWrapper
  readonly stores: StoreCatalog
}

/**
 * Collects the nodes of a topology, refuses what Java refuses (P§1.4), and cuts the result into sub-topologies. Both the public `Topology`
 * and the planner of the DSL write to one. Every method throws `TopologyError`.
 */
export class TopologyBuilder {
  readonly #nodes = new Map<string, NodeDraft>()
  readonly #stores = new Map<string, StoreDefinition>()
  readonly #globalStores = new Map<string, GlobalStoreDraft>()
  readonly #globalSources = new Set<string>()
  readonly #internalTopics = new Map<string, number | null>()
  readonly #copartitioned: Set<string>[] = []
  readonly #groups = new QuickUnion()
  readonly #wrapping: Wrapping | null
  #generatedNames: GeneratedNames | undefined
  /** Stores that were given to processors which do not own them. */
  readonly #shared = new Set<string>()
  /** The first processor that was connected to each store. */
  readonly #firstUsers = new Map<string, string>()

  addSource(spec: SourceSpec): void {
    this.#checkNameFree(spec.name, 'source')
    if (spec.pattern === null) this.#checkTopics(spec)
    else this.#checkPattern(spec.name, spec.pattern)
    this.#nodes.set(spec.name, { kind: 'source', ...spec })
    this.#groups.add(spec.name)
  }

  /** @param wrapping what is put around each processor that is added, `null`: nothing */
  constructor(wrapping: Wrapping | null = null) {
    this.#wrapping = wrapping
  }

  addProcessor(spec: ProcessorSpec): void {
    if (this.#wrapping === null) return this.addPlainProcessor(spec)
    const { wrapper, stores: catalog } = this.#wrapping
    const { supplier, stores } = wrapProcessor(spec.name, spec.factory, wrapper)
    const { openers, owned } = processorStores(spec.name, stores, catalog)
    this.addPlainProcessor({ ...spec, factory: userProcessor(supplier, openers) })
    for (const store of owned) this.addStateStore(store, [spec.name])
  }

  /** As `addProcessor`, for one that is not wrapped. */
  addPlainProcessor(spec: ProcessorSpec): void {
    this.#addChild({ kind: 'processor', ...spec, stores: [] })
  }

  addSink(spec: SinkSpec): void {
    this.#addChild({ kind: 'sink', ...spec })
  }

  /** Adds a store and connects it. The same definition may be added again, another one of the same name may not. */
  addStateStore(store: StoreDefinition, processors: readonly string[] = []): void {
    const known = this.#stores.get(store.name)
    if ((known !== undefined && known !== store) || this.#globalStores.has(store.name)) throw storeTaken(store.name)
    this.#stores.set(store.name, store)
    for (const processor of processors) this.#connect(processor, store.name)
  }

  connectProcessorAndStateStores(processor: string, stores: readonly string[]): void {
    if (stores.length === 0) throw new TopologyError('STORE_UNKNOWN', `Cannot connect processor "${processor}": no store is given`)
    for (const store of stores) {
      this.#connect(processor, store)
      this.#shared.add(store)
    }
  }

  /** Adds a global store. Its nodes are no part of any task; every processor may read the store, none is connected to it. */
  addGlobalStore({ store, source, processor, reprocesses }: GlobalStoreSpec): void {
    if (this.#stores.has(store.name) || this.#globalStores.has(store.name)) throw storeTaken(store.name)
    if (source.name === processor.name) throw taken(processor.name, 'processor', 'the source of the same global store')
    this.#checkNameFree(processor.name, 'processor')
    this.addSource(source)
    this.addPlainProcessor({ ...processor, parents: [source.name] })
    ;(this.#nodes.get(processor.name) as ProcessorDraft).stores.push(store.name)
    this.#globalSources.add(source.name)
    this.#globalStores.set(store.name, { store, source: source.name, processor: processor.name, reprocesses })
  }

  /** The store of that name, which was added. */
  storeNamed(name: string): StoreDefinition {
    const store = this.#stores.get(name)
    assert(store !== undefined, `the topology has a store "${name}"`)
    return store
  }

  /** Registers a repartition topic. `partitions` `null`: derived from what is written to it. */
  addInternalTopic(name: string, partitions: number | null): void {
    this.#internalTopics.set(name, partitions)
  }

  /** The topics of these sources must have equally many partitions. */
  addCopartition(sources: Iterable<string>): void {
    this.#copartitioned.push(new Set(sources))
  }

  /** Throws `COPARTITION_MISMATCH` if topics with given partition counts that belong together differ (P§1.1, `build()`). */
  validateCopartition(): void {
    checkCopartition(this.#draft())
  }

  /** The topology as plain data. May be called again after more nodes were added. */
  build(): PhysicalTopology {
    return { ...cutTopology(this.#draft()), generatedNames: this.#generatedNames }
  }

  /** Notes the names that were generated. */
  noteGeneratedNames(names: GeneratedNames): void {
    this.#generatedNames = names
  }

  #draft(): TopologyDraft {
    return {
      nodes: this.#nodes,
      stores: new Map(Array.from(this.#stores, ([name, store]) => [name, this.#asWritten(store)])),
      globalStores: this.#globalStores,
      internalTopics: this.#internalTopics,
      copartitioned: this.#copartitioned,
      groupOf: (name) => this.#groups.root(name),
    }
  }

  /** Who is given a store may write to it what an operator would not, and what wraps an operator may change its records. */
  #asWritten(store: StoreDefinition): StoreDefinition {
    if (store.isWrittenInTime !== true || (this.#wrapping === null && !this.#shared.has(store.name))) return store
    const { isWrittenInTime: _untrue, ...rest } = store
    return Object.freeze(rest)
  }

  #addChild(draft: ProcessorDraft | SinkDraft): void {
    this.#checkNameFree(draft.name, draft.kind)
    if (draft.parents.length === 0) {
      throw new TopologyError('PARENT_UNKNOWN', `Cannot add ${draft.kind} "${draft.name}": it has no parents, at least one is required`)
    }
    for (const parent of draft.parents) this.#checkParent(draft, parent)
    this.#nodes.set(draft.name, draft)
    this.#groups.add(draft.name)
    for (const parent of draft.parents) this.#groups.unite(draft.name, parent)
  }

  #checkNameFree(name: string, kind: NodeDraft['kind']): void {
    const known = this.#nodes.get(name)
    if (known !== undefined) throw taken(name, kind, `the ${known.kind}${known.site === null ? '' : ` added at ${known.site}`}`)
  }

  #checkParent(draft: ProcessorDraft | SinkDraft, parent: string): void {
    const known = this.#nodes.get(parent)
    if (known === undefined) {
      const reason = parent === draft.name ? 'it is its own parent' : `its parent "${parent}" is not in this topology`
      throw new TopologyError('PARENT_UNKNOWN', `Cannot add ${draft.kind} "${draft.name}": ${reason}`)
    }
    if (known.kind === 'sink') {
      throw new TopologyError(
        'PARENT_UNKNOWN',
        `Cannot add ${draft.kind} "${draft.name}": its parent "${parent}" is a sink, which has no output`,
      )
    }
  }

  #checkTopics(spec: SourceSpec): void {
    if (spec.topics.length === 0) throw new TopologyError('TOPIC_TAKEN', `Cannot add source "${spec.name}": it names no topic`)
    const own = new Set<string>()
    for (const { name: topic } of spec.topics) {
      if (own.has(topic)) throw topicTaken(spec.name, topic, `source "${spec.name}" itself`)
      own.add(topic)
      for (const node of this.#nodes.values()) {
        if (node.kind !== 'source') continue
        const matches = node.pattern === null ? sourceTopicsOf(node).includes(topic) : matchesWhole(node.pattern, topic)
        if (matches) throw topicTaken(spec.name, topic, `source "${node.name}"`)
      }
    }
  }

  #checkPattern(name: string, pattern: RegExp): void {
    for (const node of this.#nodes.values()) {
      // The topic of a global store may match: it is read for the store and by the source.
      if (node.kind !== 'source' || this.#globalSources.has(node.name)) continue
      const match = sourceTopicsOf(node).find((topic) => matchesWhole(pattern, topic))
      if (match !== undefined) throw topicTaken(name, match, `source "${node.name}"`)
    }
  }

  #connect(processor: string, store: string): void {
    if (this.#globalStores.has(store)) {
      throw new TopologyError(
        'STORE_UNKNOWN',
        `Cannot connect processor "${processor}" to store "${store}": it is a global store, which every processor reads without being connected`,
        { store },
      )
    }
    if (!this.#stores.has(store)) {
      throw new TopologyError(
        'STORE_UNKNOWN',
        `Cannot connect processor "${processor}" to store "${store}": the store is not in this topology`,
        {
          store,
        },
      )
    }
    const node = this.#nodes.get(processor)
    if (node?.kind !== 'processor') {
      const reason = node === undefined ? 'it is not in this topology' : `it is a ${node.kind}, only processors use stores`
      throw new TopologyError('STORE_UNKNOWN', `Cannot connect processor "${processor}" to store "${store}": ${reason}`, { store })
    }
    const user = this.#firstUsers.get(store)
    if (user === undefined) this.#firstUsers.set(store, processor)
    else this.#groups.unite(user, processor)
    if (!node.stores.includes(store)) node.stores.push(store)
  }
}

/** Whether all of `topic` matches, as Java's `matches()`. */
export function matchesWhole(pattern: RegExp, topic: string): boolean {
  return new RegExp(`^(?:${pattern.source})$`, pattern.flags.replace(/[gy]/g, '')).test(topic)
}

function storeTaken(store: string): TopologyError {
  return new TopologyError('STORE_NAME_TAKEN', `Cannot add store "${store}": another store has this name, names must be unique`, { store })
}

function taken(name: string, kind: string, by: string): TopologyError {
  return new TopologyError('NODE_NAME_TAKEN', `Cannot add ${kind} "${name}": the name is taken by ${by}`, { processor: name })
}

function topicTaken(source: string, topic: string, by: string): TopologyError {
  return new TopologyError('TOPIC_TAKEN', `Cannot add source "${source}": topic "${topic}" is already read by ${by}`, { topic })
}
