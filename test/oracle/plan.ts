import type { StoreHandle, StreamsBuilder, Topology } from 'millrace'
import type { Any, Flow } from './flow.ts'
import { operatorOf } from './operators/registry.ts'
import { type Options, ScenarioError } from './options.ts'

/** A store that a scenario describes by itself, with the names of its serdes. */
export interface DescribedStore {
  readonly spec: Any
  readonly key: string
  readonly value: string
}

/** Builds the topology of a scenario. java/Plan.java is its twin; the operators are in operators/. */
export class Plan {
  readonly builder: StreamsBuilder
  readonly #flows = new Map<string, Flow>()
  readonly #stores = new Map<string, DescribedStore>()
  readonly #late: ((topology: Topology) => void)[] = []
  /** Stores whose rows are printed with timestamps. */
  readonly timestamped: Set<string> = new Set<string>()
  /** Stores that the program brings itself, with the call that fails. */
  readonly own: Map<string, string> = new Map<string, string>()

  constructor(builder: StreamsBuilder) {
    this.builder = builder
  }

  add(o: Options): void {
    const op = o.text('op')
    const id = o.text('id', '')
    if (this.#flows.has(id)) throw new ScenarioError(`id "${id}" is there twice`)
    const from: Flow = o.has('from') ? this.flow(o.text('from')) : { kind: 'topology', node: this.builder, key: 'none', value: 'none' }
    const made = operatorOf(from.kind, op)({ plan: this, id, o, from })
    if (made !== undefined) this.put(id, made)
    o.done()
  }

  put(id: string, flow: Flow): void {
    this.#flows.set(id, flow)
  }

  /** What has that id. With `kind`: it must be of that kind. */
  flow(id: string, kind?: string): Flow {
    const found = this.#flows.get(id)
    if (found === undefined) throw new ScenarioError(`no operator has the id "${id}"`)
    if (kind !== undefined && found.kind !== kind) throw new ScenarioError(`"${id}" is no ${kind}`)
    return found
  }

  putStore(id: string, store: DescribedStore): void {
    this.#stores.set(id, store)
  }

  /** The described store with that id. */
  store(id: string): DescribedStore {
    const found = this.#stores.get(id)
    if (found === undefined) throw new ScenarioError(`no store has the id "${id}"`)
    return found
  }

  /** The handle of a described store, or of a table, which Java finds by the name of its store. */
  handle(id: string): StoreHandle<unknown> {
    const described = this.#stores.get(id)
    if (described !== undefined) return described.spec as StoreHandle<unknown>
    const found = this.flow(id)
    const { node } = found.kind === 'global table' ? found : this.flow(id, 'table')
    if (node.queryableStoreName === null) throw new ScenarioError(`the store of table "${id}" has no name`)
    return node as StoreHandle<unknown>
  }

  /** What is done to the topology when the DSL has built it. */
  later(change: (topology: Topology) => void): void {
    this.#late.push(change)
  }

  build(): Topology {
    const topology = this.builder.build()
    for (const change of this.#late) change(topology)
    return topology
  }
}
