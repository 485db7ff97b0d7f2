import type { StoreKind } from '../state/store-spec.ts'
import type { PhysicalTopology } from './physical-topology.ts'

/** The kinds of all stores of a topology, by name. */
export function storeKinds({ subtopologies }: PhysicalTopology): ReadonlyMap<string, StoreKind> {
  return new Map(subtopologies.flatMap(({ stores }) => stores.map(({ name, kind }) => [name, kind])))
}
