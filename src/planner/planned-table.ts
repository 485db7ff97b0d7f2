import type { TableJoinRow } from '../operators/joins/table-join-row.ts'
import type { TableViewSource } from '../operators/table-view.ts'
import { joinedTableView } from '../operators/views/joined-table-view.ts'
import { sessionTableView } from '../operators/views/session-table-view.ts'
import { storeTableView } from '../operators/views/store-table-view.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { TravellingSerde } from '../topology/travelling-serde.ts'
import { decideTableStore, type Materialization, type TableStorePlan } from './materialization.ts'
import type { LogicalNode } from './logical-node.ts'
import type { Planner } from './planner.ts'

/** A table as the planner sees it. */
export interface PlannedTable {
  readonly planner: Planner
  /** The node that gives its changes. */
  readonly node: LogicalNode
  readonly key: TravellingSerde
  readonly value: TravellingSerde
  /** Names of the sources upstream, back to the last repartition. */
  readonly sources: ReadonlySet<string>
  /** The name that was given to its store, `null` if none was: Java's `queryableStoreName`. */
  readonly queryableName: string | null
  readonly state: TableState
}

/**
 * What a table keeps and sends. It changes while the topology is planned: operators downstream may ask for a store or for old values
 * (P§2.0).
 */
export interface TableState {
  /** The store that it keeps, `null` while it keeps none. */
  readonly store: StoreDefinition | null
  /**
   * Whether its changes are versions, of which some are outdated when they come: it keeps versions itself, or it does not decide and those
   * upstream are (P§4.7).
   */
  readonly isVersioned: boolean
  /** Whether the old value goes along with each change. */
  readonly sendsOldValues: boolean
  /** Asks for old values. False if that would take a store that is not there and `force` does not allow it to be made. */
  enableSendingOldValues(force: boolean): boolean
  /** Asks for a store of its own. False if there can be none. */
  keepStore(): boolean
  /** How its rows are looked up. Asks for the stores that this takes, its own or those upstream. */
  view(): TableViewSource
}

/** A table that comes from a topic or a stream: it keeps a store when it was named or when one is needed. */
export class SourceTableState implements TableState {
  readonly #plan: TableStorePlan
  #store: StoreDefinition | null = null
  #sendsOldValues = false

  constructor(plan: TableStorePlan) {
    this.#plan = plan
    if (plan.materialization.name !== null) this.keepStore()
  }

  get isVersioned(): boolean {
    return isVersioned(this.#plan.materialization)
  }

  get store(): StoreDefinition | null {
    return this.#store
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  enableSendingOldValues(force: boolean): boolean {
    if (!force && this.#store === null) return false
    this.keepStore()
    this.#sendsOldValues = true
    return true
  }

  keepStore(): boolean {
    this.#store ??= decideTableStore(this.#plan)
    return true
  }

  view(): TableViewSource {
    this.keepStore()
    return storeTableView(this.#plan.storeName)
  }

  /** The store as it is when it is restored from `topic` instead of a changelog of its own. */
  storeRestoredFrom(topic: string): StoreDefinition | null {
    return this.#store === null ? null : decideTableStore(this.#plan, topic)
  }
}

/** Of a table that is computed row by row from another. */
export interface DerivedTablePlan {
  readonly parent: TableState
  readonly materialization: Materialization
  /** `null`: it keeps no store. */
  readonly store: TableStorePlan | null
  /** How rows are looked up where it keeps none. */
  readonly viewOf: (parent: TableViewSource) => TableViewSource
}

/** A table that is computed row by row from another: it keeps a store only when it was named. */
export class DerivedTableState implements TableState {
  readonly #parent: TableState
  readonly #viewOf: DerivedTablePlan['viewOf']
  readonly store: StoreDefinition | null
  readonly isVersioned: boolean
  #sendsOldValues = false

  constructor({ parent, materialization, store, viewOf }: DerivedTablePlan) {
    this.#parent = parent
    // As in Java, `Materialized` decides it even where no store comes of it.
    this.isVersioned = materialization.isPresent ? isVersioned(materialization) : parent.isVersioned
    this.#viewOf = viewOf
    this.store = store === null ? null : decideTableStore(store)
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  enableSendingOldValues(force: boolean): boolean {
    if (this.store !== null || this.#parent.enableSendingOldValues(force)) this.#sendsOldValues = true
    return this.#sendsOldValues
  }

  /** For `filter`, which sends fewer deletions when old values come in anyway. */
  sendOldValuesIfParentDoes(): void {
    this.#sendsOldValues = this.#parent.enableSendingOldValues(false)
  }

  keepStore(): boolean {
    return this.store !== null
  }

  view(): TableViewSource {
    return this.store === null ? this.#viewOf(this.#parent.view()) : storeTableView(this.store.name)
  }
}

/** The result of an aggregation: it always keeps a store. */
export class AggregateTableState implements TableState {
  readonly store: StoreDefinition
  readonly isVersioned: boolean
  #sendsOldValues = false

  constructor(plan: TableStorePlan) {
    this.store = decideTableStore(plan)
    this.isVersioned = isVersioned(plan.materialization)
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  enableSendingOldValues(): boolean {
    this.#sendsOldValues = true
    return true
  }

  keepStore(): boolean {
    return true
  }

  view(): TableViewSource {
    return this.store.session === undefined ? storeTableView(this.store.name) : sessionTableView(this.store.name)
  }
}

/** Of a join of two tables. */
export interface JoinedTablePlan {
  readonly left: TableState
  readonly right: TableState
  /** `null`: it keeps no store. */
  readonly store: TableStorePlan | null
  /** The join as the left table sees it. */
  readonly row: TableJoinRow
}

/** The result of a join of tables: it keeps a store only when `Materialized` was given. Each side reads the rows of the other. */
export class JoinedTableState implements TableState {
  readonly store: StoreDefinition | null
  readonly isVersioned: boolean
  readonly leftView: TableViewSource
  readonly rightView: TableViewSource
  readonly #plan: JoinedTablePlan
  #sendsOldValues = false

  constructor(plan: JoinedTablePlan) {
    this.#plan = plan
    this.store = plan.store === null ? null : decideTableStore(plan.store)
    this.isVersioned = plan.store !== null && isVersioned(plan.store.materialization)
    this.leftView = plan.left.view()
    this.rightView = plan.right.view()
  }

  get sendsOldValues(): boolean {
    return this.#sendsOldValues
  }

  /** Without the old values of both sides the old result is not known, whether it is kept or not. */
  enableSendingOldValues(): boolean {
    this.#plan.left.enableSendingOldValues(true)
    this.#plan.right.enableSendingOldValues(true)
    this.#sendsOldValues = true
    return true
  }

  keepStore(): boolean {
    return this.store !== null
  }

  view(): TableViewSource {
    return this.store === null ? joinedTableView(this.leftView, this.rightView, this.#plan.row) : storeTableView(this.store.name)
  }
}

function isVersioned({ kind }: Materialization): boolean {
  return kind === 'versioned'
}
