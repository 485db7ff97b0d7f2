import type { OptionNames } from '../../base/known-options.ts'
import type { StoreMap } from '../../processor/processor.ts'
import type { DescribeOptions } from '../describe-topology.ts'
import type { Consumed } from './consumed.ts'
import type { FedStoreOptions } from './global-store-options.ts'
import type { ProcessOptions } from './process-options.ts'
import type { Produced } from './produced.ts'
import type { TopologyConfig } from './topology-config.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- only names count
type Any = any
/** The compiler sees to it that a table has all options of its type and no others. */
type Names<T> = Readonly<Record<keyof T, true>>

const named = { name: true } as const
const typed = { ...named, key: true, value: true } as const
const consumed: Names<Consumed<Any, Any>> = { ...typed, timestampExtractor: true, offsetReset: true, absent: true }
const processed: Names<ProcessOptions<Any, Any, StoreMap>> = { ...typed, stores: true }
const produced: Names<Produced<Any, Any>> = { ...typed, partitioner: true }
const fed: Names<FedStoreOptions<Any, Any, StoreMap>> = { ...consumed, stores: true, source: true }
const described: Names<DescribeOptions> = { sites: true }
const configured: Names<TopologyConfig> = {
  topologyOptimization: true,
  ensureExplicitInternalResourceNaming: true,
  dslStoreSuppliers: true,
  dslStoreFormat: true,
  processorWrapper: true,
}
const parents = { parents: true } as const

/** The options that the calls of `Topology` know. */
export const callOptions: Readonly<
  Record<'new Topology' | 'addSource' | 'addProcessor' | 'addSink' | 'addGlobalStore' | 'addReadOnlyStateStore' | 'describe', OptionNames>
> = {
  'new Topology': configured,
  addSource: consumed,
  addProcessor: { ...processed, ...parents },
  addSink: { ...produced, ...parents },
  addGlobalStore: fed,
  addReadOnlyStateStore: fed,
  describe: described,
}
