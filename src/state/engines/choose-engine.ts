import type { StoreDefinition } from '../store-definition.ts'
import { isLru } from '../store-spec.ts'
import type { EngineChoice } from './state-engine.ts'

/** The engine of a store: its own choice, else memory where its supplier is in memory, else `fallback`, that of the application. */
export function chooseEngine({ engine, supplier }: Pick<StoreDefinition, 'engine' | 'supplier'>, fallback: EngineChoice): EngineChoice {
  if (engine !== 'auto') return engine
  return supplier === 'in-memory' || isLru(supplier) ? 'memory' : fallback
}
