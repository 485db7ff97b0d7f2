import { assert } from '../../base/assert.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { NodeContext } from '../../processor/node-context.ts'
import type { TypedRows } from '../../state/layers/typed-rows.ts'
import { sessionRowsOf } from '../../state/sessions/typed-session-store.ts'
import type { TableView, TableViewSource } from '../table-view.ts'

/** The rows of a table of sessions that keeps them in the store named `store`: the time of each is the end of its session. */
export function sessionTableView(store: string): TableViewSource {
  return { stores: () => [store], open: (context) => new SessionTableView(context, store) }
}

class SessionTableView implements TableView {
  readonly isVersioned = false
  foundTimestamp = -1
  readonly #rows: TypedRows<Windowed<unknown>, unknown>

  constructor(context: NodeContext, store: string) {
    const sessions = sessionRowsOf<unknown, unknown>(context.store(store))
    assert(sessions !== null, `Operator "${context.nodeName}" may read the session store "${store}"`)
    this.#rows = sessions.rows
  }

  get(key: unknown): unknown {
    const session = key as Windowed<unknown>
    const value = this.#rows.get(session)
    this.foundTimestamp = value === null ? -1 : session.window.end
    return value
  }

  getAsOf(): unknown {
    assert(false, 'Only a versioned store looks into the past')
  }
}
