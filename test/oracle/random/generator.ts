import type { Prng } from '../../../src/base/prng.ts'

export type Json = Record<string, unknown>

/** What operators of a scenario take and make, as `Flow` of the plan. */
export interface RandomFlow {
  readonly id: string
  readonly kind: string
  /** Names of serdes. */
  readonly key: string
  readonly value: string
  /** The name of the store of a table, which processors and reads may use. */
  readonly store?: string
  /** The kind of that store; default `key-value`. */
  readonly storeKind?: string
}

/** One kind of thing that a scenario may get next. */
export interface Choice {
  /** How often it is taken, against the others that fit: about 10 for an operator that everybody uses. */
  readonly weight: number
  /** The kind of the flow that it comes after; absent: it comes after nothing (a source, a store). */
  readonly on?: string
  /** Whether it fits this flow. Default: always. */
  readonly fits?: (flow: RandomFlow, g: Generator) => boolean
  /** Adds operators with `g.push`. */
  readonly add: (g: Generator, flow: RandomFlow) => void
}

/** What an area gives the generator. */
export interface RandomArea {
  readonly choices: readonly Choice[]
  /** Reads of stores by their kind: the options of a `read`. */
  readonly reads?: Readonly<Record<string, (g: Generator) => Json>>
  /** Adds to the configuration. */
  readonly config?: (g: Generator, config: Json) => void
  /** Whether Java restores such a topology as it was (README, "What is not judged"). Default: it does. */
  readonly isRestorable?: (g: Generator, config: Json) => boolean
}

/** The types of a flow, for the next one. */
export interface Types {
  readonly key: string
  readonly value: string
  readonly store?: string
  readonly storeKind?: string
}

/** A scenario that is being made. Areas add to it. */
export class Generator {
  readonly random: Prng
  readonly topology: Json[] = []
  readonly flows: RandomFlow[] = []
  /** Topics that are read, with the serde of their values. Keys are texts. */
  readonly inputs: Map<string, string> = new Map<string, string>()
  readonly #choices: readonly Choice[]
  #ids = 0
  #names = 0

  constructor(random: Prng, choices: readonly Choice[]) {
    this.random = random
    this.#choices = choices
  }

  /** Adds an operator. With `kind` it makes a flow of that kind. */
  push(op: string, kind: null, types: Types | null, options: Json): null
  push(op: string, kind: string, types: Types, options: Json): RandomFlow
  push(op: string, kind: string | null, types: Types | null, options: Json): RandomFlow | null {
    if (kind === null || types === null) {
      this.topology.push({ op, ...options })
      return null
    }
    const id = this.nextId()
    this.topology.push({ op, id, ...options })
    const { key, value, store, storeKind } = types
    return this.addFlow({
      id,
      kind,
      key,
      value,
      ...(store === undefined ? {} : { store }),
      ...(storeKind === undefined ? {} : { storeKind }),
    })
  }

  /** Makes a flow of an operator that is there already known. */
  addFlow(flow: RandomFlow): RandomFlow {
    this.flows.push(flow)
    return flow
  }

  nextId(): string {
    return `n${this.#ids++}`
  }

  /** A name that nothing else has. */
  nextName(prefix: string): string {
    return `${prefix}${this.#names++}`
  }

  /** The option `name`, sometimes. */
  named(chance = 0.2): Json {
    return this.random.chance(chance) ? { name: this.nextName('name') } : {}
  }

  /** Options of Materialized, sometimes. With `types` their serdes are among them: Java's defaults are texts. */
  materialized(chance: number, types?: Types): Json {
    const { random } = this
    if (!random.chance(chance)) return {}
    const options: Json = types === undefined ? {} : { key: types.key, value: types.value }
    if (types === undefined || random.chance(0.7)) options['store'] = this.nextName('store')
    if (random.chance(0.5)) options['caching'] = random.chance(0.3)
    if (random.chance(0.2)) options['logging'] = random.chance(0.3)
    if (random.chance(0.08)) options['supplier'] = random.pick(['persistent', 'in-memory'])
    return options
  }

  /** Another flow of that kind and with these types, if there is one. */
  other(flow: RandomFlow, kind: string, fits: (other: RandomFlow) => boolean = () => true): RandomFlow | undefined {
    const found = this.flows.filter((other) => other.kind === kind && other.id !== flow.id && other.key === flow.key && fits(other))
    return found.length === 0 ? undefined : this.random.pick(found)
  }

  /** Adds one of what fits after `flow`, or of what comes after nothing. */
  addAfter(flow: RandomFlow | null): void {
    const fitting = this.#choices.filter((choice) =>
      flow === null ? choice.on === undefined : choice.on === flow.kind && (choice.fits?.(flow, this) ?? true),
    )
    const total = fitting.reduce((sum, { weight }) => sum + weight, 0)
    if (total === 0) return
    let draw = this.random.below(total)
    for (const choice of fitting) {
      draw -= choice.weight
      if (draw >= 0) continue
      choice.add(this, flow ?? { id: '', kind: 'topology', key: 'string', value: 'string' })
      return
    }
  }
}

/** The types of a flow without its store. */
export function typesOf({ key, value }: Types): Types {
  return { key, value }
}

/** The store that options of Materialized name. */
export function storeOf(
  { store, historyRetention }: Json,
  storeKind = historyRetention === undefined ? 'key-value' : 'versioned',
): { store?: string; storeKind?: string } {
  return typeof store === 'string' ? { store, storeKind } : {}
}

/** Whether all that functions of the registry do with texts fits. */
export function isText({ key, value }: RandomFlow): boolean {
  return key === 'string' && value === 'string'
}
