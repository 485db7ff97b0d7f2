import { assert } from '../../base/assert.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import type { TypedRows } from '../../state/layers/typed-rows.ts'
import { rowsOf } from '../../state/typed-store.ts'
import { windowRowsOf } from '../../state/windows/typed-window-store.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** The rows of a table that keeps them in the store named `store`, a key-value or a window store. Reads go through its cache. */
export function storeTableView(store: string): TableViewSource {
  return { stores: () => [store], open: (context) => new StoreTableView(context, store) }
}

class StoreTableView implements TableView {
  readonly isVersioned = false
  foundTimestamp = -1
  readonly #rows: TypedRows<unknown, unknown>

  constructor(context: NodeContext, store: string) {
    const opened: unknown = context.store(store)
    const rows = rowsOf<unknown, unknown>(opened) ?? (windowRowsOf(opened)?.rows as TypedRows<unknown, unknown> | undefined) ?? null
    assert(rows !== null, `Operator "${context.nodeName}" may read the store "${store}"`)
    this.#rows = rows
  }

  get(key: unknown): unknown {
    const value = this.#rows.get(key)
    this.foundTimestamp = value === null ? -1 : this.#rows.foundTimestamp
    return value
  }

  getAsOf(): unknown {
    assert(false, 'Only a versioned store looks into the past')
  }
}
