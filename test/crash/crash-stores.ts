import type { Serde } from '../../src/serdes/serde.ts'
import { serdes } from '../../src/serdes/serdes.ts'
import type { StoreDefinition } from '../../src/state/store-definition.ts'
import { windowLayout } from '../../src/state/windows/window-layout.ts'

/** The stores whose process is killed. `segments` and `exact` are window stores, which expire by segments and row by row. */
export const storeNames = ['plain', 'stamped', 'segments', 'exact'] as const

/** One of them. */
export type StoreName = (typeof storeNames)[number]

/** For how long windows are kept, in the time of the stores. */
export const RETENTION_MS = 120_000
const WINDOW_MS = 10_000

/** The topic with the changes of a store: one partition. */
export function changelogOf(store: string): string {
  return `${store}-changelog`
}

/** The stores, over an engine. */
export function crashStores(engine: StoreDefinition['engine']): readonly StoreDefinition[] {
  return storeNames.map((name): StoreDefinition => {
    const isWindowed = name === 'segments' || name === 'exact'
    const definition: StoreDefinition = {
      name,
      kind: isWindowed ? 'window' : name === 'stamped' ? 'timestamped' : 'key-value',
      format: name === 'stamped' ? 'timestamped' : 'plain',
      key: serdes.string as Serde<unknown>,
      value: serdes.string as Serde<unknown>,
      caching: false,
      changelog: { kind: 'own', topic: changelogOf(name) },
      supplier: name === 'exact' ? 'in-memory' : 'persistent',
      engine,
    }
    if (!isWindowed) return definition
    const isExact = name === 'exact'
    return { ...definition, window: windowLayout({ sizeMs: WINDOW_MS, retentionMs: RETENTION_MS, isExact, retainsDuplicates: false }) }
  })
}
