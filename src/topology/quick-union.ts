import { assert } from '../base/assert.ts'

/** Groups of names that grow by being united (P§7.1). */
export class QuickUnion {
  readonly #parents = new Map<string, string>()

  /** Adds a group of its own. */
  add(name: string): void {
    this.#parents.set(name, name)
  }

  /** Makes one group of those of `left` and `right`. */
  unite(left: string, right: string): void {
    this.#parents.set(this.root(left), this.root(right))
  }

  /** The name that stands for the group of `name`. */
  root(name: string): string {
    let current = name
    for (;;) {
      const parent = this.#parents.get(current)
      assert(parent !== undefined, `the name "${name}" has been added`)
      if (parent === current) return current
      current = parent
    }
  }
}
