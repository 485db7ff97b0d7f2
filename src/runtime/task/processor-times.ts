import { inHashOrder } from '../../base/java-order.ts'

/** Times that the nodes of a task keep with its committed offsets (P§5.4). */
export class ProcessorTimes {
  readonly #times = new Map<string, number>()
  #isChanged = false

  /** Whether a time was set since the last commit: then all inputs are committed, so that each has it. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  /** The time under `name`; `null` if there is none. */
  get(name: string): number | null {
    return this.#times.get(name) ?? null
  }

  set(name: string, time: number): void {
    this.#times.set(name, time)
    this.#isChanged = true
  }

  /** Takes what was committed for one of the inputs: of several times with one name the greatest counts. */
  merge(committed: ReadonlyMap<string, number>): void {
    for (const [name, time] of committed) this.#times.set(name, Math.max(time, this.#times.get(name) ?? time))
  }

  /** The times are part of a commit that holds. */
  committed(): void {
    this.#isChanged = false
  }

  /** The times in the order in which Java writes them: that of a `HashMap`. */
  inJavaOrder(): ReadonlyMap<string, number> {
    if (this.#times.size < 2) return this.#times
    return new Map(inHashOrder([...this.#times.keys()]).map((name) => [name, this.#times.get(name)!]))
  }
}
