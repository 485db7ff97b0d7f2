import { TopologyError } from '../base/errors.ts'
import type { Serde } from '../serdes/serde.ts'
import type { StoreChangelog, StoreDefinition } from '../state/store-definition.ts'
import {
  type SpecOptions,
  type StoreFormat,
  type StoreKind,
  type StoreOptions,
  type StoreSpec,
  specOptionsOf,
} from '../state/store-spec.ts'

/** Any store description. */
// oxlint-disable-next-line typescript/no-explicit-any -- specs of any store fit: types end at the DSL
export type AnyStoreSpec = StoreSpec<any, string, any, any>

type Use = 'owned' | 'materialized'

/**
 * Decides what each store description of one topology means. The same description always gives the same definition, so that processors
 * can share a store by sharing the description.
 */
export class StoreCatalog {
  readonly #known = new Map<unknown, { readonly use: Use; readonly definition: StoreDefinition }>()

  /** A store that processors own: plain and without a cache unless it says otherwise. Throws `STORE_FORMAT`. */
  owned(spec: AnyStoreSpec): StoreDefinition {
    const kind = spec.kind as StoreKind
    return this.#define(spec, 'owned', (options) => ({
      kind,
      format: options.format ?? (kind === 'timestamped' ? 'timestamped' : 'plain'),
      caching: options.caching ?? false,
    }))
  }

  /** A store that an operator keeps its table in: with timestamps and a cache unless it says otherwise. Throws `STORE_FORMAT`. */
  materialized(spec: AnyStoreSpec): StoreDefinition {
    const kind = spec.kind as StoreKind
    return this.#define(spec, 'materialized', (options) => ({
      kind,
      format: options.format ?? 'timestamped',
      caching: options.caching ?? true,
    }))
  }

  /** Whether `definition` belongs to a description, and to which use. */
  #define(
    spec: AnyStoreSpec,
    use: Use,
    decide: (options: SpecOptions<unknown, unknown>) => Pick<StoreDefinition, 'kind' | 'format' | 'caching'>,
  ): StoreDefinition {
    const known = this.#known.get(spec)
    if (known !== undefined && known.use === use) return known.definition
    if (known !== undefined) {
      throw new TopologyError(
        'STORE_FORMAT',
        `Cannot use store "${spec.name}" here: its description is already ${known.use === 'owned' ? 'owned by a processor' : 'kept by an operator'}, ` +
          'required is one use; give the table itself to a processor that reads it',
        { store: spec.name },
      )
    }
    const options = specOptionsOf(spec)
    const definition = storeDefinition({ name: spec.name, key: options.key, value: options.value, options, ...decide(options) })
    this.#known.set(spec, { use, definition })
    return definition
  }
}

/** What makes a definition. */
export interface StoreParts {
  readonly name: string
  readonly kind: StoreKind
  readonly format: StoreFormat
  readonly caching: boolean
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly options: StoreOptions
  /** The topic from which it is restored instead of a changelog of its own. */
  readonly sourceTopic?: string | undefined
}

/** A store, decided. */
export function storeDefinition(parts: StoreParts): StoreDefinition {
  const { name, kind, format, caching, key, value, options } = parts
  return Object.freeze({
    name,
    kind,
    format,
    caching,
    key,
    value,
    changelog: changelogOf(parts),
    supplier: options.supplier ?? 'persistent',
    engine: 'memory',
  })
}

function changelogOf({ name, options, sourceTopic }: StoreParts): StoreChangelog | null {
  if (sourceTopic !== undefined) return { kind: 'source', topic: sourceTopic }
  if (options.logging === false) return null
  return { kind: 'own', topic: `${name}-changelog`, settings: options.logging }
}
