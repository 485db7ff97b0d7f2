import { TopologyError } from '../../base/errors.ts'
import { builtInEngines } from '../../state/engines/built-in-engines.ts'
import { chooseEngine } from '../../state/engines/choose-engine.ts'
import type { EngineChoice, StateEngine } from '../../state/engines/state-engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'

/** The engines that the stores of a topology are on. */
export interface StoreEngines {
  /** The kind of engine of each store. */
  readonly kinds: ReadonlyMap<string, string>
  readonly engines: readonly StateEngine[]
  /** Whether one of them keeps what must not be lost between processes: then the instance has a state directory. */
  readonly arePersistent: boolean
}

/** Chooses the engine of each store; `fallback`: of persistent stores that choose none. Throws `STORE_OPTION` for two engines of the same kind. */
export function chooseEngines({ subtopologies, globalStores }: PhysicalTopology, fallback: EngineChoice): StoreEngines {
  const kinds = new Map<string, string>()
  const byKind = new Map<string, StateEngine>()
  const stores = [...subtopologies.flatMap((subtopology) => subtopology.stores), ...globalStores.map(({ store }) => store)]
  for (const store of stores) {
    const choice = chooseEngine(store, fallback)
    const engine = typeof choice === 'string' ? builtInEngines[choice] : choice
    const known = byKind.get(engine.kind) ?? engine
    if (known !== engine) {
      throw new TopologyError(
        'STORE_OPTION',
        `Cannot keep store "${store.name}" on an engine of the kind "${engine.kind}": another store is on another engine of that kind, each kind must be one object`,
        { store: store.name },
      )
    }
    byKind.set(engine.kind, engine)
    kinds.set(store.name, engine.kind)
  }
  const engines = [...byKind.values()]
  return { kinds, engines, arePersistent: engines.some(({ isPersistent }) => isPersistent) }
}
