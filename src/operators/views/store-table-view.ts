import { assert } from '../../base/assert.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import type { TypedRows } from '../../state/layers/typed-rows.ts'
import { tableRowsOf } from '../../state/table-rows.ts'
import { versionedRowsOf } from '../../state/versioned/typed-versioned-store.ts'
import type { VersionedRows } from '../../state/versioned/versioned-rows.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** The rows of a table that keeps them in the store named `store`, a key-value or a window store. Reads go through its cache. */
export function storeTableView(store: string): TableViewSource {
  return { stores: () => [store], open: (context) => new StoreTableView(context, store) }
}

class StoreTableView implements TableView {
  readonly isVersioned: boolean
  foundTimestamp = -1
  readonly #rows: TypedRows<unknown, unknown>
  readonly #versions: VersionedRows<unknown, unknown> | null

  constructor(context: NodeContext, store: string) {
    const opened: unknown = context.store(store)
    this.#versions = versionedRowsOf(opened)
    this.isVersioned = this.#versions !== null
    const rows = tableRowsOf(opened)
    assert(rows !== null, `Operator "${context.nodeName}" may read the store "${store}"`)
    this.#rows = rows
  }

  get(key: unknown): unknown {
    const value = this.#rows.get(key)
    this.foundTimestamp = value === null ? -1 : this.#rows.foundTimestamp
    return value
  }

  getAsOf(key: unknown, timestamp: number): unknown {
    assert(this.#versions !== null, 'Only a versioned store looks into the past')
    const value = this.#versions.getAsOf(key, timestamp)
    this.foundTimestamp = value === null ? -1 : this.#versions.foundTimestamp
    return value
  }
}
