import { assert } from '../base/assert.ts'
import { durationMs } from '../base/durations.ts'
import { TopologyError } from '../base/errors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { StoreChangelog, StoreDefinition } from '../state/store-definition.ts'
import {
  checkStoreOptions,
  isLru,
  type AnySpecOptions,
  type StoreFormat,
  type StoreKind,
  type StoreOptions,
  type StoreSpec,
  specOptionsOf,
} from '../state/store-spec.ts'
import { type SessionLayout, sessionLayout } from '../state/sessions/session-layout.ts'
import { type VersionLayout, versionLayout } from '../state/versioned/version-layout.ts'
import { type WindowLayout, windowLayout } from '../state/windows/window-layout.ts'

/** Any store description. */
// oxlint-disable-next-line typescript/no-explicit-any -- specs of any store fit: types end at the DSL
export type AnyStoreSpec = StoreSpec<any, string, any, any>

/**
 * Decides what each store description of one topology means. The same description always gives the same definition, so that processors
 * can share a store by sharing the description.
 */
export class StoreCatalog {
  readonly #owned = new Map<unknown, StoreDefinition>()
  readonly #global = new Map<unknown, StoreDefinition>()
  readonly #claimed = new Set<unknown>()

  /** A store that processors own: plain and without a cache unless it says otherwise. Throws `STORE_FORMAT`. */
  owned(spec: AnyStoreSpec): StoreDefinition {
    const known = this.#owned.get(spec)
    if (known !== undefined) return known
    if (this.#claimed.has(spec)) throw usedTwice(spec.name, 'kept by an operator')
    const definition = ownedDefinition(spec)
    this.#owned.set(spec, definition)
    return definition
  }

  /**
   * A store that is fed and restored from `topic` by a processor of its own: the store of an instance (`isGlobal`), or of a task. Throws
   * `STORE_FORMAT` for a description that is in use.
   */
  fedFrom(topic: string, spec: AnyStoreSpec, isGlobal: boolean): StoreDefinition {
    if (this.#claimed.has(spec)) throw usedTwice(spec.name, 'kept by an operator')
    if (this.#owned.has(spec) || this.#global.has(spec)) throw usedTwice(spec.name, 'owned by a processor')
    const definition = ownedDefinition(spec, topic)
    ;(isGlobal ? this.#global : this.#owned).set(spec, definition)
    return definition
  }

  /** Whether `spec` describes a global store: every processor may read it. */
  isGlobal(spec: unknown): boolean {
    return this.#global.has(spec)
  }

  /** The options of a store that an operator will keep its table in. Throws `STORE_FORMAT` if a processor owns it. */
  claim(spec: AnyStoreSpec): AnySpecOptions {
    if (this.#owned.has(spec) || this.#global.has(spec)) throw usedTwice(spec.name, 'owned by a processor')
    this.#claimed.add(spec)
    return specOptionsOf(spec)
  }
}

/** A store as processors own it. `sourceTopic`: it is restored from there. */
function ownedDefinition(spec: AnyStoreSpec, sourceTopic?: string): StoreDefinition {
  const options = specOptionsOf(spec)
  const kind = spec.kind as StoreKind
  return storeDefinition({
    name: spec.name,
    kind,
    format: options.format ?? (kind === 'timestamped' ? 'timestamped' : 'plain'),
    caching: options.caching ?? false,
    key: options.key,
    value: options.value,
    options,
    sourceTopic,
    window: kind === 'window' ? specLayout(options) : undefined,
    session: kind === 'session' ? specSessionLayout(options) : undefined,
    versions: kind === 'versioned' ? specVersions(options) : undefined,
  })
}

/** How the rows of a described window store are laid out. */
export function specLayout(options: AnySpecOptions): WindowLayout {
  const { windowSize, retention, retainDuplicates = false, supplier, order = 'key' } = options
  assert(windowSize !== undefined && retention !== undefined, 'the description of a window store has a size and a retention')
  return windowLayout({
    sizeMs: durationMs(windowSize, 'windowSize'),
    retentionMs: durationMs(retention, 'retention'),
    isExact: supplier === 'in-memory',
    retainsDuplicates: retainDuplicates,
    timeOrdered: order === 'key' || supplier === 'in-memory' ? 'no' : order === 'time' && options.format !== 'headers' ? 'rows' : 'index',
  })
}

/** How the rows of a described session store are laid out. `hasEndIndex`: it is for an operator that looks for sessions by their ends. */
export function specSessionLayout({ retention, supplier }: AnySpecOptions, hasEndIndex = false): SessionLayout {
  assert(retention !== undefined, 'the description of a session store has a retention')
  return sessionLayout({ retentionMs: durationMs(retention, 'retention'), isExact: supplier === 'in-memory', hasEndIndex })
}

/** How the rows of a described versioned store are laid out. */
export function specVersions({
  historyRetention,
  segmentInterval,
}: Pick<AnySpecOptions, 'historyRetention' | 'segmentInterval'>): VersionLayout {
  assert(historyRetention !== undefined, 'the description of a versioned store has a history retention')
  const retentionMs = durationMs(historyRetention, 'historyRetention')
  return segmentInterval === undefined
    ? versionLayout(retentionMs)
    : versionLayout(retentionMs, durationMs(segmentInterval, 'segmentInterval'))
}

function usedTwice(store: string, use: string): TopologyError {
  return new TopologyError(
    'STORE_FORMAT',
    `Cannot use store "${store}" here: its description is already ${use}, required is one use; give the table itself to a processor that reads it`,
    { store },
  )
}

/** What makes a definition. */
export interface StoreParts {
  readonly name: string
  readonly kind: StoreKind
  readonly format: StoreFormat
  readonly caching: boolean
  /** Default false. */
  readonly cachesTimestamps?: boolean | undefined
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly options: StoreOptions
  /** The topic from which it is restored instead of a changelog of its own. */
  readonly sourceTopic?: string | undefined
  /** Of the kind `window`. */
  readonly window?: WindowLayout | undefined
  /** Of the kind `session`. */
  readonly session?: SessionLayout | undefined
  /** Of the kind `versioned`. */
  readonly versions?: VersionLayout | undefined
  /** For how long its changelog keeps records at least; default: as long as the store. */
  readonly changelogRetentionMs?: number | undefined
  /** Whether the records of its changelog have headers; of the kind `window`. */
  readonly changelogHeaders?: boolean | undefined
  /** Whether its windows are written by an operator, and so in time; of the kind `window`. */
  readonly isWrittenInTime?: boolean | undefined
}

/** A store, decided. Throws `STORE_OPTION`. */
export function storeDefinition(parts: StoreParts): StoreDefinition {
  const { name, kind, format, key, value, options, window, session, versions } = parts
  checkStoreOptions(name, options)
  if (isLru(options.supplier) && kind !== 'key-value' && kind !== 'timestamped') {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot make store "${name}" with room for ${options.supplier.lru} rows: it is a ${kind} store, required is a key-value store`,
      { store: name },
    )
  }
  return Object.freeze({
    name,
    kind,
    format,
    // Java, too, has no cache where a key may have several rows or versions.
    caching: parts.caching && window?.retainsDuplicates !== true && versions === undefined,
    key,
    value,
    changelog: changelogOf(parts),
    supplier: options.supplier ?? 'persistent',
    engine: options.engine ?? 'auto',
    ...(parts.cachesTimestamps === true ? { cachesTimestamps: true } : {}),
    ...(window === undefined ? {} : { window }),
    ...(window !== undefined && parts.isWrittenInTime === true ? { isWrittenInTime: true } : {}),
    ...(session === undefined ? {} : { session }),
    ...(versions === undefined ? {} : { versions }),
  })
}

function changelogOf({
  name,
  format,
  options,
  sourceTopic,
  window,
  session,
  versions,
  changelogRetentionMs,
  changelogHeaders,
}: StoreParts): StoreChangelog | null {
  if (sourceTopic !== undefined) return { kind: 'source', topic: sourceTopic }
  if (options.logging === false) return null
  const topic = `${name}-changelog`
  if (session !== undefined) {
    return { kind: 'own', topic, settings: options.logging, retentionMs: changelogRetentionMs ?? session.retentionMs }
  }
  if (versions !== undefined) return { kind: 'own', topic, settings: options.logging, retentionMs: versions.historyRetentionMs }
  if (window === undefined) return { kind: 'own', topic, settings: options.logging }
  // Java's default where a key may have several plain rows, which its own settings replace.
  const settings = options.logging ?? (window.retainsDuplicates && format === 'plain' ? { cleanupPolicy: 'delete' } : undefined)
  return { kind: 'own', topic, settings, retentionMs: changelogRetentionMs ?? window.retentionMs, hasHeaders: changelogHeaders }
}
