import type { EngineFactory } from '../../src/state/engines/engine.ts'
import { memoryEngines } from '../../src/state/engines/memory/memory-engine.ts'

/** The engines that are compared. */
export const measuredEngines = ['memory'] as const

/** One of them. */
export type MeasuredEngine = (typeof measuredEngines)[number]

/** Opens an engine as an application does, with its files in `directory`. */
export function openEngine(_name: MeasuredEngine, _directory: string, _memoryBytesMax: number): Promise<EngineFactory> {
  return Promise.resolve(memoryEngines)
}
