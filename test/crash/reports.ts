import type { StoreName } from './crash-stores.ts'
import type { EngineName } from './open-engines.ts'
import type { StoreDump } from './store-dump.ts'

/** What a process that is to be killed is told. */
export interface CrashSettings {
  readonly engine: EngineName
  readonly guarantee: 'exactly_once_v2' | 'at_least_once'
  readonly bootstrapServers: string
  /** Where the engine keeps its files. */
  readonly folder: string
  readonly seed: number
  /** The time on the wall at which the time of the windows begins. */
  readonly epochMs: number
  /** A deliberate break; `null`: none. */
  readonly mutant: MutantName | null
}

/** `offsets-first`: an engine that makes offsets durable before the rows that they are of. */
export type MutantName = 'offsets-first'

/** What a process says. */
export type Report =
  /** It has opened its stores, and nothing more; it waits to be told to go on. */
  | { readonly kind: 'opened'; readonly stores: readonly StoreDump[] }
  /** It has replayed the changelogs, so many records of each; it waits to be told to go on. */
  | { readonly kind: 'restored'; readonly stores: readonly StoreDump[]; readonly replayed: Readonly<Record<string, number>> }
  /** It begins to work. */
  | { readonly kind: 'running' }
  /** It has let the engine do what was due at this time on the wall, after a commit was applied. */
  | { readonly kind: 'maintained'; readonly atMs: number }
  /** It is about to empty a store and to restore it from the beginning. */
  | { readonly kind: 'wiping'; readonly store: StoreName }
  /** It has closed its stores as it was told to. */
  | { readonly kind: 'closed' }
  /** It has done something, which is counted. */
  | { readonly kind: 'did'; readonly what: Deed }

/** What a process does. `replays`: what became of a commit is not known, or it failed, and the changelogs are replayed. */
export const deeds = ['commits', 'aborts', 'replays', 'dirty closes', 'clean closes', 'wipes', 'flushes'] as const

/** One of them. */
export type Deed = (typeof deeds)[number]

/** What a process is told while it runs. */
export type Order = 'go-on' | 'close'
