import { memoryEngines } from './memory/memory-engine.ts'
import type { EngineChoice, StateEngine } from './state-engine.ts'

const memory: StateEngine = { kind: 'memory', isPersistent: false, create: () => memoryEngines }

const lsm: StateEngine = {
  kind: 'lsm',
  isPersistent: true,
  create: async ({ directory, memoryBytesMax, environment }) => {
    const { lsmEngines } = await import('./lsm/lsm-engines.ts')
    const { disk, logger, workers } = environment
    return lsmEngines({ disk, directory, memoryBytesMax, logger, workers })
  },
}

const rocksdb: StateEngine = {
  kind: 'rocksdb',
  isPersistent: true,
  create: async (parts) => {
    const { openRocksEngines } = await import('./rocksdb/rocksdb-engines.ts')
    return openRocksEngines(parts)
  },
}

/** The engines that are named. Each is loaded when an instance begins to use it; `auto` is the default for persistent stores. */
export const builtInEngines: Readonly<Record<Extract<EngineChoice, string>, StateEngine>> = { auto: lsm, lsm, rocksdb, memory }
