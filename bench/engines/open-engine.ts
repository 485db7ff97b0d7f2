import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { builtInEngines } from '../../src/state/engines/built-in-engines.ts'
import type { EngineFactory } from '../../src/state/engines/engine.ts'

/** The engines that are compared. */
export const measuredEngines = ['lsm', 'rocksdb', 'memory'] as const

/** One of them. */
export type MeasuredEngine = (typeof measuredEngines)[number]

/** Opens an engine as an application does, with its files in `directory`. */
export async function openEngine(name: MeasuredEngine, directory: string, memoryBytesMax: number): Promise<EngineFactory> {
  return builtInEngines[name].create({ directory, memoryBytesMax, environment: createRealEnvironment() })
}
