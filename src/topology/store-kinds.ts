import type { StoreKind } from '../state/store-spec.ts'
import type { PhysicalTopology } from './physical-topology.ts'

/** The kinds of all stores of a topology, global ones included, by name. */
export function storeKinds({ subtopologies, globalStores }: PhysicalTopology): ReadonlyMap<string, StoreKind> {
  const stores = [...subtopologies.flatMap((subtopology) => subtopology.stores), ...globalStores.map(({ store }) => store)]
  return new Map(stores.map(({ name, kind }) => [name, kind]))
}
