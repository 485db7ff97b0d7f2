import type { PlannedGlobalTable } from '../planner/global-tables.ts'
import type { StoreKeeper } from '../topology/store-openers.ts'
import type { GlobalKTable } from './kstream.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves global tables of all types: the interface GlobalKTable has them
type Any = any

/** A global table under construction. */
export class GlobalTable implements Pick<GlobalKTable<Any, Any>, 'queryableStoreName'>, StoreKeeper {
  readonly isGlobal = true
  readonly #planned: PlannedGlobalTable

  constructor(planned: PlannedGlobalTable) {
    this.#planned = planned
  }

  /** The plan of a global table, `null` for what is none. */
  static plannedOf(given: unknown): PlannedGlobalTable | null {
    return given instanceof GlobalTable ? given.#planned : null
  }

  get queryableStoreName(): string {
    return this.#planned.storeName
  }

  get storeName(): string {
    return this.#planned.storeName
  }

  keepStore(): void {}
}

/** The public global table of a plan. Its phantom properties exist in the type only. */
export function globalTableOf(planned: PlannedGlobalTable): GlobalKTable<Any, Any> {
  return new GlobalTable(planned) as unknown as GlobalKTable<Any, Any>
}
