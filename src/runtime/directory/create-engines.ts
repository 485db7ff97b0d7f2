import type { Environment } from '../../base/environment.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import { routedEngines } from '../../state/engines/routed-engines.ts'
import type { StateEngine } from '../../state/engines/state-engine.ts'
import type { StoreEngines } from './store-engines.ts'

/** What engines are made with. */
export interface CreateEnginesParts {
  readonly environment: Environment
  /** The locked state directory; empty: there is none. */
  readonly directory: string
  readonly memoryBytesMax: number
}

/** The engine whose tasks are directories beside the other files of the state directory. */
export const IN_TASK_DIRECTORIES = 'lsm'

/** Makes the engines that the stores of a topology are on, as one. Throws what an engine throws. */
export async function createEngines({ engines, kinds }: StoreEngines, parts: CreateEnginesParts): Promise<EngineFactory> {
  const { environment, directory, memoryBytesMax } = parts
  const factories = new Map<string, EngineFactory>()
  const create = async (engine: StateEngine): Promise<void> => {
    const own = engine.kind === IN_TASK_DIRECTORIES ? '' : `/${engine.kind}`
    const path = engine.isPersistent && directory !== '' ? `${directory}${own}` : ''
    factories.set(engine.kind, await engine.create({ directory: path, memoryBytesMax, environment }))
  }
  try {
    for (const engine of engines) await create(engine)
  } catch (error) {
    for (const factory of factories.values()) factory.close()
    throw error
  }
  const kindOf = (store: string): string => kinds.get(store.replace(/^positions of /, ''))!
  return routedEngines({ factories, kindOf, logger: environment.logger })
}
