import { storeContract } from '../../contract.ts'
import { engineContract } from '../contract.ts'
import type { Capability, EnginePlace } from '../contract-scene.test.ts'
import type { EngineFactory } from '../engine.ts'
import { memoryEngines, survivingMemoryEngines } from './memory-engine.ts'

/** Engines that are where the process is. */
function inMemory(engines: EngineFactory): EnginePlace {
  const nothing = (): void => undefined
  return {
    start: () => Promise.resolve(engines),
    kill: nothing,
    losePower: nothing,
    warnings: [],
    disk: null,
    files: null,
    dispose: () => Promise.resolve(),
  }
}

engineContract('memory', { capabilities: new Set<Capability>(), place: () => inMemory(memoryEngines) }, 12)
engineContract(
  'memory that survives',
  { capabilities: new Set<Capability>(['keeps', 'crashes']), place: () => inMemory(survivingMemoryEngines()) },
  18,
)
storeContract('memory', () => memoryEngines)
storeContract('memory that survives', () => survivingMemoryEngines())
