import { assert } from '../../base/assert.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import type { ChangeBuffer } from '../../state/buffers/change-buffer.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/**
 * The rows of a table whose changes are held back in the buffer `store`: while a change of a key is held, the row is as it was before; else
 * it is that of the table behind `parent` (P§3.9).
 */
export function suppressedTableView(store: string, parent: TableViewSource): TableViewSource {
  return { stores: () => [store, ...parent.stores()], open: (context) => new SuppressedTableView(context, store, parent.open(context)) }
}

class SuppressedTableView implements TableView {
  readonly isVersioned = false
  foundTimestamp = -1
  readonly #buffer: ChangeBuffer
  readonly #parent: TableView

  constructor(context: NodeContext, store: string, parent: TableView) {
    this.#buffer = context.store<ChangeBuffer>(store)
    this.#parent = parent
  }

  get(key: unknown): unknown {
    if (this.#buffer.has(key)) {
      // Nobody knows when the row became what it was.
      this.foundTimestamp = -1
      return this.#buffer.priorValueOf(key)
    }
    const value = this.#parent.get(key)
    this.foundTimestamp = this.#parent.foundTimestamp
    return value
  }

  getAsOf(): unknown {
    assert(false, 'Only a versioned store looks into the past')
  }
}
