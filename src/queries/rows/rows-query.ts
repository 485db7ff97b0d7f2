import type { StoreKind } from '../../state/store-spec.ts'

/** What is read of one partition of a store, for another instance or over HTTP. Keys are bytes as the key serde of the store makes them. */
export type RowsQuery =
  /** The row of a key; of a store that keeps versions the latest, or the one that held at `asOf`. */
  | { readonly kind: 'get'; readonly key: Uint8Array; readonly asOf: number | null }
  /** The rows of a range of keys, both ends included; `null` = open. */
  | { readonly kind: 'range'; readonly from: Uint8Array | null; readonly to: Uint8Array | null; readonly reverse: boolean }
  /** The window of a key that starts at `start`. */
  | { readonly kind: 'window'; readonly key: Uint8Array; readonly start: number }
  /** The windows of a key, or of all (`null`), that start from `from` to `to`, both included. */
  | { readonly kind: 'windows'; readonly key: Uint8Array | null; readonly from: number; readonly to: number; readonly reverse: boolean }
  /** The session of a key from `start` to `end`. */
  | { readonly kind: 'session'; readonly key: Uint8Array; readonly start: number; readonly end: number }
  /** The sessions of a key that end at `from` or later and start at `to` or earlier. */
  | { readonly kind: 'sessions'; readonly key: Uint8Array; readonly from: number; readonly to: number; readonly reverse: boolean }

/** The kinds of stores that answer each kind of query. */
export const answeringKinds: Readonly<Record<RowsQuery['kind'], readonly StoreKind[]>> = {
  get: ['key-value', 'timestamped', 'versioned'],
  range: ['key-value', 'timestamped'],
  window: ['window'],
  windows: ['window'],
  session: ['session'],
  sessions: ['session'],
}

/** The key that a query is about; `null`: it is about many. */
export function keyIn(query: RowsQuery): Uint8Array | null {
  return 'key' in query ? query.key : null
}
