import type { OptionNames } from '../../base/known-options.ts'
import type { StoreMap } from '../../processor/processor.ts'
import type { Consumed } from '../../topology/options/consumed.ts'
import type { GlobalStoreOptions } from '../../topology/options/global-store-options.ts'
import type { Named } from '../../topology/options/named.ts'
import type { ProcessOptions } from '../../topology/options/process-options.ts'
import type { Produced } from '../../topology/options/produced.ts'
import type { Printed } from '../kstream.ts'
import type { Grouped, Repartitioned } from './grouped.ts'
import type { Joined } from './joined.ts'
import type { SourceTable, WindowMaterialized } from './materialized.ts'
import type { StreamJoined } from './stream-joined.ts'
import type { TableJoined } from './table-joined.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- only names count
type Any = any
/** The compiler sees to it that a table has all options of its type and no others. */
type Names<T> = Readonly<Record<keyof T, true>>

const named: Names<Named> = { name: true }
const grouped: Names<Grouped<Any, Any>> = { ...named, key: true, value: true }
const repartitioned: Names<Repartitioned<Any, Any>> = { ...grouped, partitions: true, partitioner: true }
const consumed: Names<Consumed<Any, Any>> = { ...grouped, timestampExtractor: true, offsetReset: true, absent: true }
const produced: Names<Produced<Any, Any>> = { ...grouped, partitioner: true }
const printed: Names<Printed<Any, Any>> = { ...named, label: true, mapper: true, file: true }
const processed: Names<ProcessOptions<Any, Any, StoreMap>> = { ...grouped, stores: true }
const globallyStored: Names<GlobalStoreOptions<Any, Any, StoreMap>> = { ...consumed, stores: true }
const joined: Names<Joined<Any, Any, Any>> = { ...grouped, otherValue: true, grace: true }

const stored = { store: true, caching: true, logging: true, supplier: true, engine: true, format: true, historyRetention: true } as const
const materialized: Names<Omit<WindowMaterialized<Any, Any>, 'retention'>> = { ...grouped, ...stored }
const windowMaterialized: Names<WindowMaterialized<Any, Any>> = { ...materialized, retention: true }
const sourceTable: Names<SourceTable<Any, Any>> = { ...consumed, ...stored }
const tableJoined: Names<TableJoined<Any, Any, Any>> = { ...materialized, partitioner: true, otherPartitioner: true }
const streamJoined: Names<StreamJoined<Any, Any, Any>> = {
  ...grouped,
  otherValue: true,
  store: true,
  logging: true,
  supplier: true,
  engine: true,
}

type Kind =
  | 'named'
  | 'split'
  | 'grouped'
  | 'cogrouped'
  | 'repartitioned'
  | 'consumed'
  | 'produced'
  | 'printed'
  | 'processed'
  | 'globallyStored'
  | 'joined'
  | 'keyed'
  | 'materialized'
  | 'transformed'
  | 'windowMaterialized'
  | 'sourceTable'
  | 'tableJoined'
  | 'streamJoined'

/** The options that the calls of the DSL know, by the kind of options that they take. */
export const optionNames: Readonly<Record<Kind, OptionNames>> = {
  named,
  split: { ...named, default: true },
  grouped,
  cogrouped: { value: true },
  repartitioned,
  consumed,
  produced,
  printed,
  processed,
  globallyStored,
  joined,
  keyed: { ...named, key: true },
  materialized,
  transformed: { ...materialized, stores: true },
  windowMaterialized,
  sourceTable,
  tableJoined,
  streamJoined,
}
