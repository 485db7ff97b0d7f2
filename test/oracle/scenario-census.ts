import { serdes, StreamsBuilder } from 'millrace'
import { registries } from './functions.ts'
import { knownOperators } from './operators/registry.ts'
import { type OptionRange, Options, ScenarioError, shapeOf } from './options.ts'
import { Plan } from './plan.ts'
import { configRanges } from './run-scenario.ts'

/** What scenarios make use of. */
export interface Census {
  /** `kind: op -> op`: an operator that comes after another, with the kind of flow that the first comes after. */
  readonly chains: ReadonlySet<string>
  /** By `kind: op`, the kind of the flow that it makes. */
  readonly makes: ReadonlyMap<string, string>
  /** By `kind: op`, and of stores by their kind, too: each option that its code asks for. */
  readonly options: ReadonlyMap<string, ReadonlyMap<string, OptionUse>>
  /** By registry, the functions that scenarios name. */
  readonly functions: ReadonlyMap<string, ReadonlySet<string>>
  /** By key, the values of the configuration. */
  readonly config: ReadonlyMap<string, ReadonlySet<string>>
}

/** An option of an operator: what its code takes, and what scenarios give. */
export interface OptionUse {
  readonly range: OptionRange
  /** As `shapeOf` writes them. */
  readonly given: ReadonlySet<string>
  readonly isLeftOut: boolean
}

type Json = Readonly<Record<string, unknown>>

/** Counts what `scenarios` are made of. */
export function censusOf(scenarios: readonly object[]): Census {
  const counted = new Counted()
  for (const scenario of scenarios) counted.add(scenario as Scenario)
  return counted
}

interface Scenario {
  readonly config?: Json
  readonly topology: readonly Json[]
}

class Counted implements Census {
  readonly chains = new Set<string>()
  readonly makes = new Map<string, string>()
  readonly options = new Map<string, Map<string, { range: OptionRange; given: Set<string>; isLeftOut: boolean }>>()
  readonly functions = new Map<string, Set<string>>()
  readonly config = new Map<string, Set<string>>()

  add({ config = {}, topology }: Scenario): void {
    for (const [key, value] of Object.entries(config)) entry(this.config, key, () => new Set<string>()).add(shapeOf(value))
    const plan = new Plan(new StreamsBuilder({ defaultKeySerde: serdes.string, defaultValueSerde: serdes.string }))
    const named = new Map<string, string>()
    for (const operator of topology) if (!this.#add(plan, named, operator)) break
  }

  /** `false`: nothing that comes after it can be added. */
  #add(plan: Plan, named: Map<string, string>, operator: Json): boolean {
    const { op, id = '', from } = operator as { readonly op: string; readonly id?: string; readonly from?: string }
    const kind = from === undefined ? 'topology' : kindOf(plan, from)
    if (kind === null) return false
    const before = from === undefined ? undefined : named.get(from.split('.')[0]!)
    if (before !== undefined) this.chains.add(`${before} -> ${op}`)
    const name = `${kind}: ${op}`
    named.set(id, name)
    const options = new Options(operator)
    const isAdded = isAddable(plan, options)
    this.#noteOptions(op === 'store' ? `${name} (${shapeOf(operator['kind'] ?? 'key-value')})` : name, operator, options)
    const made = isAdded ? kindOf(plan, op === 'split' ? `${id}.${firstBranch(operator)}` : id) : null
    if (made !== null) this.makes.set(name, made)
    return isAdded
  }

  #noteOptions(name: string, operator: Json, options: Options): void {
    const byOption = entry(this.options, name, () => new Map())
    for (const [option, range] of options.ranges) {
      if (range.registry !== null) entry(this.functions, range.registry, () => new Set<string>()).add(String(operator[option]))
      // The kind of a store is in the name.
      if (option === 'op' || option === 'id' || option === 'from' || option === 'kind') continue
      const use = entry(byOption, option, () => ({ range, given: new Set<string>(), isLeftOut: false }))
      use.range = joined(use.range, range)
      if (option in operator) use.given.add(shapeOf(operator[option]))
      else use.isLeftOut = true
    }
  }
}

/** Operators that can come after another and never do. */
export function missingChains({ chains, makes }: Census): string[] {
  const known = knownOperators()
  return [...makes].flatMap(([before, made]) =>
    known
      .filter((name) => made !== 'topology' && name.startsWith(`${made}: `))
      .map((name) => `${before} -> ${name.slice(made.length + 2)}`)
      .filter((chain) => !chains.has(chain)),
  )
}

/**
 * Values of options that an operator has and never takes: `kind: op, option: value`. An option whose values are few takes each of them, and what
 * may be left out is given and left out.
 */
export function missingValues({ options }: Census): string[] {
  return [...options].flatMap(([name, byOption]) =>
    [...byOption].flatMap(([option, { range, given, isLeftOut }]) => {
      const missing = (range.values ?? []).filter((value) => !given.has(value))
      if (given.size === 0 && range.values === null) missing.push('given')
      if (range.isOptional && !isLeftOut) missing.push('left out')
      return missing.map((value) => `${name}, ${option}: ${value}`)
    }),
  )
}

/** Functions of registries that no operator is given: `registry: function`. */
export function missingFunctions({ functions }: Census): string[] {
  return [...registries].flatMap(([registry, names]) =>
    names.filter((name) => functions.get(registry)?.has(name) !== true).map((name) => `${registry}: ${name}`),
  )
}

/** Values of the configuration that no scenario has: `key: value`. */
export function missingConfig({ config }: Census): string[] {
  return Object.entries(configRanges).flatMap(([key, values]) =>
    (values ?? ['given'])
      .filter((value) => (values === null ? !config.has(key) : config.get(key)?.has(value) !== true))
      .map((value) => `${key}: ${value}`),
  )
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key) ?? make()
  map.set(key, found)
  return found
}

/** What two calls of the same operator have asked for. */
function joined(a: OptionRange, b: OptionRange): OptionRange {
  const values = a.values === null ? b.values : b.values === null ? a.values : [...new Set([...a.values, ...b.values])]
  return { isOptional: a.isOptional || b.isOptional, values, registry: a.registry ?? b.registry }
}

/** Whether `operator` could be added: some scenarios are refused on purpose. */
function isAddable(plan: Plan, operator: Options): boolean {
  try {
    plan.add(operator)
    return true
  } catch {
    return false
  }
}

function kindOf(plan: Plan, id: string): string | null {
  try {
    return id === '' ? null : plan.flow(id).kind
  } catch (error) {
    if (error instanceof ScenarioError) return null
    throw error
  }
}

function firstBranch(operator: Json): string {
  return String((operator['branches'] as readonly Json[])[0]?.['name'])
}
