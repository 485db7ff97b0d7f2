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

/** The options of an operator or a step: remembers which were asked for, so that what nobody asked for can be refused. */
export class Options {
  readonly #node: Readonly<Record<string, unknown>>
  readonly #asked = new Set<string>()

  constructor(node: unknown) {
    if (typeof node !== 'object' || node === null || Array.isArray(node)) throw new ScenarioError(`not an object: ${JSON.stringify(node)}`)
    this.#node = node as Readonly<Record<string, unknown>>
  }

  has(name: string): boolean {
    this.#asked.add(name)
    return name in this.#node
  }

  /** `undefined` where there is none. */
  node(name: string): unknown {
    this.#asked.add(name)
    return this.#node[name]
  }

  text(name: string, otherwise?: string): string {
    const found = this.maybe(name, 'string') ?? otherwise
    if (found === undefined) throw new ScenarioError(`option "${name}" is missing in ${JSON.stringify(this.#node)}`)
    return found as string
  }

  /** The option if it is there, which must then be of that type. */
  maybe(name: string, type: 'string'): string | undefined
  maybe(name: string, type: 'boolean'): boolean | undefined
  maybe(name: string, type: 'number'): number | undefined
  maybe(name: string, type: 'string' | 'boolean' | 'number'): string | boolean | number | undefined {
    const found = this.node(name)
    if (found !== undefined && typeof found !== type)
      throw new ScenarioError(`option "${name}" is no ${type} in ${JSON.stringify(this.#node)}`)
    return found as string | boolean | number | undefined
  }

  texts(name: string): readonly string[] {
    return (this.node(name) ?? []) as readonly string[]
  }

  objects(name: string): readonly Options[] {
    return ((this.node(name) ?? []) as readonly unknown[]).map((item) => new Options(item))
  }

  /** Refuses options that nobody asked for. */
  done(): void {
    for (const name of Object.keys(this.#node)) {
      if (!this.#asked.has(name)) throw new ScenarioError(`option "${name}" is not known in ${JSON.stringify(this.#node)}`)
    }
  }
}
