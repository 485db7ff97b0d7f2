import type { Disk } from '../../../base/disk.ts'
import type { Logger } from '../../../base/environment.ts'
import type { Workers } from '../../../base/workers/workers.ts'
import type { MemoryBudget } from './memory-budget.ts'

/** Sizes and times of the engine. Tests make them small; nobody else needs to change them. */
export interface LsmTuning {
  /** The memtable of a task is written to a file when it has so many bytes. Default 16 MiB. */
  readonly memtableBytesMax: number
  /** It is written, too, when it has had changes for so long. Default 10 s. */
  readonly flushAfterMs: number
  /** A merge begins another file when one has so many bytes. Default 64 MiB. */
  readonly fileBytesMax: number
  /** So many runs of one level are merged into one of the next. Default 4. */
  readonly runsMax: number
  /** With so many runs of one level a flush waits until they are merged. Default 12. */
  readonly waitingRunsMax: number
}

/** The defaults of design 4. */
export const defaultTuning: LsmTuning = {
  memtableBytesMax: 16 * 1024 * 1024,
  flushAfterMs: 10_000,
  fileBytesMax: 64 * 1024 * 1024,
  runsMax: 4,
  waitingRunsMax: 12,
}

/** What the engines of an instance share. */
export interface LsmShared {
  readonly disk: Disk
  readonly logger: Logger
  readonly workers: Workers
  readonly budget: MemoryBudget
  readonly tuning: LsmTuning
}
