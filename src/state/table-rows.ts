import type { TypedRows } from './layers/typed-rows.ts'
import { rowsOf } from './key-values/typed-store.ts'
import { versionedRowsOf } from './versioned/typed-versioned-store.ts'
import { windowRowsOf } from './windows/typed-window-store.ts'

/** The rows beneath a key-value, window or versioned store that a task opened, for the operator that keeps a table in it. `null` for any other object. */
export function tableRowsOf(store: unknown): TypedRows<unknown, unknown> | null {
  return (
    rowsOf<unknown, unknown>(store) ??
    versionedRowsOf(store) ??
    (windowRowsOf(store)?.rows as TypedRows<unknown, unknown> | undefined) ??
    null
  )
}
