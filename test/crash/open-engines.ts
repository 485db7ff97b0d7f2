import type { Environment } from '../../src/base/environment.ts'
import { builtInEngines } from '../../src/state/engines/built-in-engines.ts'
import type { EngineFactory, TaskEngine } from '../../src/state/engines/engine.ts'
import { lsmEngines } from '../../src/state/engines/lsm/lsm-engines.ts'
import type { LsmTuning } from '../../src/state/engines/lsm/lsm-options.ts'

/** The engines that are crashed. `memory` keeps nothing: with it the tests themselves are tested. */
export const engineNames = ['lsm', 'rocksdb', 'memory'] as const

/** One of them. */
export type EngineName = (typeof engineNames)[number]

/** How much an engine may have kept from its disk when it was last told to do what is due, so that a replay is short. */
export interface ReplayLimits {
  /** Key and value of the last record of each key. */
  readonly bytes: number
  /** Since it was first told so after they were applied. */
  readonly ageMs: number
}

// Small, so that files are written and merged all the time: an application has 16 MiB and 10 s.
const tuning: Partial<LsmTuning> = { memtableBytesMax: 128 * 1024, flushAfterMs: 500, fileBytesMax: 256 * 1024, waitingRunsMax: 6 }
const MEMORY_BYTES_MAX = 16 * 1024 * 1024

/** What is lost of each engine at most; `null`: everything. */
export const replayLimits: Readonly<Record<EngineName, ReplayLimits | null>> = {
  lsm: { bytes: tuning.memtableBytesMax!, ageMs: tuning.flushAfterMs! },
  // It has a log of its own: what was applied survives the process.
  rocksdb: { bytes: 0, ageMs: 0 },
  memory: null,
}

/** Opens engines with their files in `directory`. */
export async function openEngines(name: EngineName, directory: string, environment: Environment): Promise<EngineFactory> {
  if (name !== 'lsm') return builtInEngines[name].create({ directory, memoryBytesMax: MEMORY_BYTES_MAX, environment })
  const { disk, logger, workers } = environment
  return lsmEngines({ disk, directory, memoryBytesMax: MEMORY_BYTES_MAX, logger, workers, tuning })
}

/** Engines with what was opened of them, so that they can be told to flush between commits. */
export interface OpenedEngines {
  readonly factory: EngineFactory
  /** The engine of the task that was opened last. */
  readonly engine: () => TaskEngine
}

/** Remembers what is opened. */
export function remembering(engines: EngineFactory): OpenedEngines {
  let opened: TaskEngine | null = null
  return {
    factory: {
      open: (taskId) => (opened = engines.open(taskId)),
      remove: (taskId) => engines.remove(taskId),
      taskIds: () => engines.taskIds(),
      close: () => engines.close(),
    },
    engine: () => opened!,
  }
}
