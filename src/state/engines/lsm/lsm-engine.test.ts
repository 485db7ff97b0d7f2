import { inlineWorkers } from '../../../base/workers/workers.ts'
import { storeContract } from '../../contract.ts'
import { engineContract } from '../contract.ts'
import { onVirtualDisk } from '../contract-scene.test.ts'
import { VirtualWorld } from '../../../base/virtual-environment.ts'
import type { EngineFactory } from '../engine.ts'
import type { StateEngineParts } from '../state-engine.ts'
import { lsmEngines } from './lsm-engines.ts'
import type { LsmTuning } from './lsm-options.ts'

/** Memtables of two kilobytes, files of four: a test of a few hundred rows has levels, merges and runs of several files. */
const tiny: Partial<LsmTuning> = { memtableBytesMax: 2_000, fileBytesMax: 4_000, runsMax: 2 }

function create({ directory, memoryBytesMax, environment }: StateEngineParts, tuning: Partial<LsmTuning>): EngineFactory {
  const { disk, logger } = environment
  return lsmEngines({ disk, directory, memoryBytesMax, logger, workers: inlineWorkers(disk), tuning })
}

function newEngines(tuning: Partial<LsmTuning>): EngineFactory {
  return create({ directory: '/state', memoryBytesMax: 100_000, environment: new VirtualWorld().environment('a') }, tuning)
}

engineContract(
  'lsm',
  onVirtualDisk((parts) => create(parts, {})),
  28,
)
engineContract(
  'lsm with tiny files',
  onVirtualDisk((parts) => create({ ...parts, memoryBytesMax: 20_000 }, tiny)),
  28,
)
storeContract('lsm', () => newEngines({}))
storeContract('lsm with tiny files', () => newEngines(tiny))
