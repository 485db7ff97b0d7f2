/** A scenario that is not written as README.md says. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError'
}

/** What functions of the registry throw on purpose. */
export class BoomError extends Error {
  override readonly name = 'Boom'

  constructor() {
    super('boom')
  }
}

/** What an option takes, as the code that asks for it says. */
export interface OptionRange {
  /** Whether it may be left out. */
  readonly isOptional: boolean
  /** The only values, where they are few: as `shapeOf` writes them; `null`: any. */
  readonly values: readonly string[] | null
  /** The registry whose functions it names, where it names one. */
  readonly registry: string | null
}

/** A value of an option in a word: `true`, `latest`, `{}` for an object, `{lru}` for one that begins with that key. */
export function shapeOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const [first] = Object.keys(value)
  return first === 'lru' || first === 'byDuration' ? `{${first}}` : '{}'
}

/** The options of an operator or a step: remembers which were asked for, so that what nobody asked for can be refused. */
export class Options {
  readonly #node: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()
  readonly #ranges = new Map<string, OptionRange>()

  constructor(node: unknown) {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) throw new ScenarioError(`not an object: ${JSON.stringify(node)}`)
    this.#node = node as Readonly<Record<string, unknown>>
  }

  /** What was asked for so far. */
  get ranges(): ReadonlyMap<string, OptionRange> {
    return this.#ranges
  }

  /** Says what is known of an option that is asked for: the census of scenarios reads it. */
  note(name: string, range: Partial<OptionRange>): void {
    const before = this.#ranges.get(name) ?? { isOptional: false, values: null, registry: null }
    this.#ranges.set(name, { ...before, ...range, isOptional: before.isOptional || range.isOptional === true })
  }

  has(name: string): boolean {
    this.#asked.add(name)
    this.note(name, { isOptional: true })
    return name in this.#node
  }

  /** `undefined` where there is none. */
  node(name: string): unknown {
    this.has(name)
    return this.#node[name]
  }

  /** One of these, which are written as `shapeOf` does, or `undefined` where there is none. */
  oneOf(name: string, values: readonly string[]): unknown {
    const found = this.node(name)
    this.note(name, { values })
    if (found !== undefined && !values.includes(shapeOf(found)))
      throw new ScenarioError(`option "${name}" is none of ${values.join(', ')} in ${JSON.stringify(this.#node)}`)
    return found
  }

  text(name: string, otherwise?: string): string {
    if (otherwise === undefined) {
      this.#asked.add(name)
      this.note(name, {})
    } else this.has(name)
    const found = this.#ofType(name, 'string') ?? otherwise
    if (found === undefined) throw new ScenarioError(`option "${name}" is missing in ${JSON.stringify(this.#node)}`)
    return found as string
  }

  /** The option if it is there, which must then be of that type. */
  maybe(name: string, type: 'string'): string | undefined
  maybe(name: string, type: 'boolean'): boolean | undefined
  maybe(name: string, type: 'number'): number | undefined
  maybe(name: string, type: 'string' | 'boolean' | 'number'): string | boolean | number | undefined {
    this.has(name)
    if (type === 'boolean') this.note(name, { values: ['true', 'false'] })
    return this.#ofType(name, type)
  }

  /** A number that must be there. */
  number(name: string): number {
    this.#asked.add(name)
    this.note(name, {})
    const found = this.#ofType(name, 'number')
    if (found === undefined) throw new ScenarioError(`option "${name}" is missing in ${JSON.stringify(this.#node)}`)
    return found as number
  }

  texts(name: string): readonly string[] {
    this.#asked.add(name)
    this.note(name, {})
    return (this.#node[name] ?? []) as readonly string[]
  }

  objects(name: string): readonly Options[] {
    this.#asked.add(name)
    this.note(name, {})
    return ((this.#node[name] ?? []) as readonly unknown[]).map((item) => new Options(item))
  }

  #ofType(name: string, type: 'string' | 'boolean' | 'number'): string | boolean | number | undefined {
    const found = this.#node[name]
    if (found !== undefined && typeof found !== type)
      throw new ScenarioError(`option "${name}" is no ${type} in ${JSON.stringify(this.#node)}`)
    return found as string | boolean | number | undefined
  }

  /** Refuses options that nobody asked for. */
  done(): void {
    for (const name of Object.keys(this.#node)) {
      if (!this.#asked.has(name)) throw new ScenarioError(`option "${name}" is not known in ${JSON.stringify(this.#node)}`)
    }
  }
}
