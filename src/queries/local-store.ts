import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { KeyValueStore, ReadOnlyKeyValueStore } from '../state/key-value-store.ts'
import type { ReadOnlySessionStore, SessionStore } from '../state/sessions/session-store.ts'
import { tableView } from '../state/key-values/table-face.ts'
import { isTableHandle, type StoreHandle } from '../state/store-handle.ts'
import type { StoreKind } from '../state/store-spec.ts'
import type { ReadOnlyVersionedKeyValueStore, VersionedKeyValueStore } from '../state/versioned/versioned-key-value-store.ts'
import type { ReadOnlyWindowStore, WindowStore } from '../state/windows/window-store.ts'
import { LocalKeyValueStore } from './local-key-value-store.ts'
import { LocalSessionStore } from './local-session-store.ts'
import { LocalVersionedStore } from './local-versioned-store.ts'
import { LocalWindowStore } from './local-window-store.ts'

/** A store as a query on this instance sees it: read-only. */
export type Local<S> =
  S extends KeyValueStore<infer K, infer V>
    ? ReadOnlyKeyValueStore<K, V>
    : S extends WindowStore<infer K, infer V>
      ? ReadOnlyWindowStore<K, V>
      : S extends SessionStore<infer K, infer V>
        ? ReadOnlySessionStore<K, V>
        : S extends VersionedKeyValueStore<infer K, infer V>
          ? ReadOnlyVersionedKeyValueStore<K, V>
          : S

/** A store as a query on this instance sees it with timestamps: read-only. */
export type LocalStamped<S> =
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever key
  S extends KeyValueStore<any, ValueAndTimestamp<unknown>>
    ? Local<S>
    : S extends KeyValueStore<infer K, infer V>
      ? ReadOnlyKeyValueStore<K, ValueAndTimestamp<V>>
      : S extends WindowStore<infer K, infer V>
        ? ReadOnlyWindowStore<K, ValueAndTimestamp<V>>
        : never

/**
 * The store of `handle`, which is of `kind`, as far as this instance has it. `parts` gives the views of those tasks that run here now;
 * throws when they cannot be asked. `isStamped`: they show values with their timestamps.
 */
export function localStore<S>(handle: StoreHandle<S>, kind: StoreKind, parts: () => readonly unknown[], isStamped: true): LocalStamped<S>
export function localStore<S>(handle: StoreHandle<S>, kind: StoreKind | undefined, parts: () => readonly unknown[]): Local<S>
export function localStore<S>(
  handle: StoreHandle<S>,
  kind: StoreKind | undefined,
  parts: () => readonly unknown[],
  isStamped = false,
): Local<S> | LocalStamped<S> {
  const store = storeOf(kind, parts)
  // The handle says which kind of store it stands for, and the topology has made it of that kind.
  return (isTableHandle(handle) && !isStamped ? tableView(kind, store) : store) as unknown as Local<S>
}

function storeOf(kind: StoreKind | undefined, parts: () => readonly unknown[]): unknown {
  if (kind === 'window') return new LocalWindowStore(parts as () => readonly ReadOnlyWindowStore<unknown, unknown>[])
  if (kind === 'session') return new LocalSessionStore(parts as () => readonly ReadOnlySessionStore<unknown, unknown>[])
  if (kind === 'versioned') return new LocalVersionedStore(parts as () => readonly ReadOnlyVersionedKeyValueStore<unknown, unknown>[])
  return new LocalKeyValueStore(parts as () => readonly ReadOnlyKeyValueStore<unknown, unknown>[])
}
