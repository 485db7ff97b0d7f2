import type { Serde } from '../serdes/serde.ts'
import type { SessionLayout } from './sessions/session-layout.ts'
import type { VersionLayout } from './versioned/version-layout.ts'
import type { WindowLayout } from './windows/window-layout.ts'
import type { LruSupplier, StoreEngine, StoreFormat, StoreKind, StoreSupplier, TopicConfig } from './store-spec.ts'

/** Where the changes of a store are kept. */
export interface StoreChangelog {
  /** `own`: an internal topic that the store writes; `source`: the topic that the store is fed from, which it never writes. */
  readonly kind: 'own' | 'source'
  /** `own`: without the application id, `<store>-changelog`; `source`: the name of the topic. */
  readonly topic: string
  /** What the user set for the topic; only of an `own` one. */
  readonly settings?: TopicConfig | undefined
  /** Of a window or session store: for how long the topic keeps records at least. */
  readonly retentionMs?: number | undefined
  /** Whether its records have the headers of the record that made the change. */
  readonly hasHeaders?: boolean | undefined
}

/** A store of a topology, decided: what a task opens. Plain frozen data. */
export interface StoreDefinition {
  readonly name: string
  /** What its handle shows: `key-value` plain values, `timestamped` values with timestamps, `window` and `session` plain values by key and window. */
  readonly kind: StoreKind
  /** How its rows are written (P§6.3). Tables are `timestamped` whatever the kind. */
  readonly format: StoreFormat
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly caching: boolean
  /** Whether a cache has timestamps that the rows do not have: Java's, over the plain store of an operator. Default false. */
  readonly cachesTimestamps?: boolean | undefined
  /** `null`: logging is off. */
  readonly changelog: StoreChangelog | null
  readonly supplier: StoreSupplier | LruSupplier
  /** Where the rows are. */
  readonly engine: StoreEngine
  /** Of the kind `window`, and only of that: how its rows are laid out and expire. */
  readonly window?: WindowLayout | undefined
  /**
   * Of the kind `window`: whether operators alone write it, which give no record of its changelog a time that is more than a millisecond
   * before the start of its window. What has expired need not be read then where it is restored. Default false.
   */
  readonly isWrittenInTime?: boolean | undefined
  /** Of the kind `session`, and only of that: as `window`. */
  readonly session?: SessionLayout | undefined
  /** Of the kind `versioned`, and only of that: how long versions are kept. */
  readonly versions?: VersionLayout | undefined
}

/** The topic that the serdes of a store are told (P§15): its changelog, also where logging is off. */
export function serdeTopicOf(store: StoreDefinition, applicationId: string): string {
  if (store.changelog === null || store.changelog.kind === 'own') return `${applicationId}-${store.name}-changelog`
  return store.changelog.topic
}
