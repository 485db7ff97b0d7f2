import { serdes, StreamsBuilder } from 'millrace'
import { ScenarioError, Options } from './options.ts'
import { knownOperators } from './operators/registry.ts'
import { Plan } from './plan.ts'

/** What scenarios make use of. */
export interface Census {
  /** `kind: op -> op`: an operator that comes after another, with the kind of flow that the first comes after. */
  readonly chains: ReadonlySet<string>
  /** By `kind: op`, the kind of the flow that it makes. */
  readonly makes: ReadonlyMap<string, string>
  /** By `kind: op`, the values of each option. */
  readonly options: ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>
}

type Json = Readonly<Record<string, unknown>>

/** The values that an option takes, where they are few. `{}` stands for an object. */
const choices: Readonly<Record<string, readonly string[]>> = {
  caching: ['true', 'false'],
  logging: ['true', 'false', '{}'],
  supplier: ['persistent', 'in-memory'],
  emit: ['on-window-update', 'on-window-close'],
  whenFull: ['emit-early', 'shut-down'],
  offsetReset: ['earliest', 'latest'],
  retainDuplicates: ['true', 'false'],
}

/** Counts what the topologies of `scenarios` are made of. */
export function censusOf(scenarios: readonly object[]): Census {
  const chains = new Set<string>()
  const makes = new Map<string, string>()
  const options = new Map<string, Map<string, Set<string>>>()
  for (const scenario of scenarios) {
    const plan = new Plan(new StreamsBuilder({ defaultKeySerde: serdes.string, defaultValueSerde: serdes.string }))
    const named = new Map<string, string>()
    for (const operator of (scenario as { readonly topology: readonly Json[] }).topology) {
      const { op, id = '', from } = operator as { readonly op: string; readonly id?: string; readonly from?: string }
      let kind = 'topology'
      if (from !== undefined) {
        const before = named.get(from.split('.')[0]!)
        try {
          kind = plan.flow(from).kind
        } catch {
          break
        }
        if (before !== undefined) chains.add(`${before} -> ${op}`)
      }
      const name = `${kind}: ${op}`
      named.set(id, name)
      noteOptions(options, name, operator)
      if (!isAdded(plan, operator)) break
      const made = kindOf(plan, op === 'split' ? `${id}.${firstBranch(operator)}` : id)
      if (made !== null) makes.set(name, made)
    }
  }
  return { chains, makes, options }
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

/** Values of options that an operator has and never takes: `kind: op, option: value`. */
export function missingValues({ options }: Census): string[] {
  return [...options].flatMap(([name, byOption]) =>
    [...byOption].flatMap(([option, values]) =>
      (choices[option] ?? []).filter((value) => !values.has(value)).map((value) => `${name}, ${option}: ${value}`),
    ),
  )
}

function noteOptions(options: Map<string, Map<string, Set<string>>>, name: string, operator: Json): void {
  const byOption = options.get(name) ?? new Map<string, Set<string>>()
  options.set(name, byOption)
  for (const [option, value] of Object.entries(operator)) {
    const values = byOption.get(option) ?? new Set<string>()
    byOption.set(option, values)
    values.add(typeof value === 'object' && value !== null ? '{}' : String(value))
  }
}

/** Whether `operator` could be added: some scenarios are refused on purpose. */
function isAdded(plan: Plan, operator: Json): boolean {
  try {
    plan.add(new Options(operator))
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
