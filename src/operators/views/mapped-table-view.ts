import type { TableView, TableViewSource } from '../table-view.ts'

/** Computes the value of a row from that of the parent's row, which is never `null`; `null` = there is no such row. */
export type RowMapper = (key: unknown, value: unknown) => unknown

/** The rows of a table that keeps none: `map` is called on each read, for the rows that the parent has (P§2.3). */
export function mappedTableView(parent: TableViewSource, map: RowMapper): TableViewSource {
  return { stores: parent.stores, open: (context) => new MappedTableView(parent.open(context), map) }
}

class MappedTableView implements TableView {
  readonly isVersioned: boolean
  foundTimestamp = -1
  readonly #parent: TableView
  readonly #map: RowMapper

  constructor(parent: TableView, map: RowMapper) {
    this.isVersioned = parent.isVersioned
    this.#parent = parent
    this.#map = map
  }

  get(key: unknown): unknown {
    return this.#mapped(key, this.#parent.get(key))
  }

  getAsOf(key: unknown, timestamp: number): unknown {
    return this.#mapped(key, this.#parent.getAsOf(key, timestamp))
  }

  #mapped(key: unknown, given: unknown): unknown {
    const value = given === null ? null : this.#map(key, given)
    this.foundTimestamp = value === null ? -1 : this.#parent.foundTimestamp
    return value
  }
}
