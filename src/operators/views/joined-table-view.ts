import { assert } from '../../base/assert.ts'
import type { TableJoinRow } from '../joins/table-join-row.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/**
 * The rows of a join of tables that keeps none: they are joined on each read, with the greater of both timestamps. It has no versions, not
 * even where both tables have (P§4.7). `row` is the join as the left table sees it.
 */
export function joinedTableView(left: TableViewSource, right: TableViewSource, row: TableJoinRow): TableViewSource {
  return {
    stores: () => [...new Set([...left.stores(), ...right.stores()])],
    open: (context) => new JoinedTableView(left.open(context), right.open(context), row),
  }
}

class JoinedTableView implements TableView {
  readonly isVersioned = false
  foundTimestamp = -1
  readonly #left: TableView
  readonly #right: TableView
  readonly #row: TableJoinRow

  constructor(left: TableView, right: TableView, row: TableJoinRow) {
    this.#left = left
    this.#right = right
    this.#row = row
  }

  get(key: unknown): unknown {
    this.foundTimestamp = -1
    const left = this.#left.get(key)
    // As in Java, the right table is not read then: reading moves rows in caches.
    if (left === null && this.#row.requiresThis) return null
    const right = this.#right.get(key)
    const joined = this.#row.join(left, right, key)
    if (joined !== null) this.foundTimestamp = Math.max(this.#left.foundTimestamp, this.#right.foundTimestamp)
    return joined
  }

  getAsOf(): unknown {
    assert(false, 'Only a versioned store looks into the past')
  }
}
