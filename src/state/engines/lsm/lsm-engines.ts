import type { Disk } from '../../../base/disk.ts'
import { isDiskError } from '../../../base/disk/disk-error.ts'
import type { Logger } from '../../../base/environment.ts'
import type { Workers } from '../../../base/workers/workers.ts'
import type { EngineFactory } from '../engine.ts'
import { LsmEngine } from './lsm-engine.ts'
import { defaultTuning, type LsmTuning } from './lsm-options.ts'
import { MemoryBudget } from './memory-budget.ts'
import { isEngineFile } from './task-files.ts'

/** What the log-structured engine needs. */
export interface LsmEngineOptions {
  readonly disk: Disk
  /** Absolute. Each task has a directory of its name in it; other names in it are left alone. */
  readonly directory: string
  /** What all tasks together may keep in memory: memtables, filters, indexes and cached blocks (`stateMemoryMaxBytes`). */
  readonly memoryBytesMax: number
  readonly logger: Logger
  /** Who merges files: `inlineWorkers(disk)` does it at once, `createRealWorkers(lifeline)` in a thread of its own. They rest when the factory is closed; closed by their owner. */
  readonly workers: Workers
  /** For tests. */
  readonly tuning?: Partial<LsmTuning> | undefined
}

/** Committed state in files (docs/internals/lsm.md): the default engine of persistent stores. One per process and directory. */
export function lsmEngines(options: LsmEngineOptions): EngineFactory {
  const { disk, directory, logger, workers } = options
  const budget = new MemoryBudget(options.memoryBytesMax)
  const shared = { disk, logger, workers, budget, tuning: { ...defaultTuning, ...options.tuning } }
  const open = new Map<string, LsmEngine>()
  let isAnchored = false
  const pathOf = (taskId: string): string => `${directory}/${taskId}`
  return {
    open(taskId) {
      // Also what is there: a process that has died may have made a name, and not have got any further.
      disk.makeDirectory(pathOf(taskId))
      disk.syncDirectory(pathOf(taskId))
      disk.syncDirectory(directory)
      if (!isAnchored) syncAbove(disk, directory)
      isAnchored = true
      const engine = new LsmEngine(shared, pathOf(taskId), taskId, () => void open.delete(taskId))
      open.set(taskId, engine)
      return engine
    },
    remove(taskId) {
      disk.remove(pathOf(taskId))
      if (disk.list(directory).length > 0) disk.syncDirectory(directory)
    },
    taskIds: () => disk.list(directory).filter((name) => open.has(name) || listIfDirectory(disk, pathOf(name)).some(isEngineFile)),
    resize: (memoryBytesMax) => budget.resize(memoryBytesMax),
    close() {
      try {
        closeAll([...open.values()])
      } finally {
        workers.rest()
      }
    },
  }
}

/** Makes the names of a directory and of those that it is in durable, as far as they may be opened. */
function syncAbove(disk: Disk, path: string): void {
  for (let end = path.lastIndexOf('/'); end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)) {
    try {
      disk.syncDirectory(path.slice(0, end) || '/')
    } catch (error) {
      if (!isDiskError(error, 'EACCES') && !isDiskError(error, 'EPERM')) throw error
    }
  }
}

function listIfDirectory(disk: Disk, path: string): readonly string[] {
  try {
    return disk.list(path)
  } catch (error) {
    if (isDiskError(error, 'ENOTDIR')) return []
    throw error
  }
}

/** One that fails does not keep the others open. */
function closeAll(engines: readonly LsmEngine[]): void {
  const [first, ...others] = engines
  if (first === undefined) return
  try {
    first.close()
  } finally {
    closeAll(others)
  }
}
