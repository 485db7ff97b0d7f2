import type { RunningWork, WorkResult } from '../../../../base/workers/workers.ts'
import type { FileEntry } from '../files/sorted-file-writer.ts'
import { bytesOf, type Run } from '../files/run.ts'
import type { SortedFile } from '../files/sorted-file.ts'
import type { LsmShared } from '../lsm-options.ts'
import type { TaskFiles } from '../task-files.ts'
import { type MergePlan, planMerge } from './merge-policy.ts'
import { type MergeInput, mergeWork } from './merge-runs.ts'

interface Merge {
  readonly runs: readonly Run[]
  readonly level: number
  readonly work: RunningWork<readonly FileEntry[]>
}

/** Keeps the number of runs of a task small: starts merges when the policy says so, and takes in what they have made. */
export class Merger {
  readonly #shared: LsmShared
  readonly #files: TaskFiles
  #merges: readonly Merge[] = []

  constructor(shared: LsmShared, files: TaskFiles) {
    this.#shared = shared
    this.#files = files
  }

  /** Whether `maintain` has nothing to look at. */
  get isIdle(): boolean {
    return this.#merges.length === 0
  }

  /** Takes in merges that are done, and starts those that are due then. Throws if one has failed. */
  maintain(): void {
    let hasChanged = false
    for (const merge of this.#merges) {
      const result = merge.work.poll()
      if (result === null) continue
      this.#finish(merge, result)
      hasChanged = true
    }
    if (hasChanged) this.#start()
  }

  /** To be called after a flush. If merges do not keep up it waits for them, rather than let files grow without bound. */
  flushed(): void {
    this.maintain()
    this.#start()
    for (let merge = this.#awaited(); merge !== null; merge = this.#awaited()) {
      this.#finish(merge, merge.work.wait())
      this.#start()
    }
  }

  /** Stops all merges; what they have written is removed when the task is opened again. */
  close(): void {
    for (const { work } of this.#merges) work.cancel()
    this.#merges = []
    this.#files.inUse.clear()
  }

  /** The merge to wait for: of a level that has too many runs. */
  #awaited(): Merge | null {
    const { runs } = this.#files.version
    const { waitingRunsMax } = this.#shared.tuning
    return (
      this.#merges.findLast((merge) => {
        const { level } = merge.runs[0]!
        return runs.filter((run) => run.level === level).length >= waitingRunsMax
      }) ?? null
    )
  }

  #start(): void {
    for (;;) {
      const plan = planMerge(this.#files.sizes(), this.#shared.tuning.runsMax)
      if (plan === null) return
      const runs = this.#files.version.runs.slice(plan.from, plan.to)
      for (const { files } of runs) for (const file of files) this.#files.inUse.add(file)
      const merge = { runs, level: plan.level, work: this.#shared.workers.start(mergeWork, this.#inputOf(plan, runs)) }
      this.#merges = [...this.#merges, merge]
      const result = merge.work.poll()
      // Some workers do their work at once.
      if (result !== null) this.#finish(merge, result)
    }
  }

  #inputOf(plan: MergePlan, runs: readonly Run[]): MergeInput {
    const { fileBytesMax } = this.#shared.tuning
    let bytes = 0
    for (const run of runs) bytes += bytesOf(run)
    return {
      directory: this.#files.directory,
      runs: runs.map(({ files }) => files.map(({ entry }) => entry)),
      hasOldest: plan.to === this.#files.version.runs.length,
      stores: this.#files.stores.map(({ id, expiredBelow }) => ({ id, expiredBelow })),
      // A key that its neighbours do not shorten any more may make a file a little larger than its inputs.
      firstFile: this.#files.takeFileNumbers(Math.ceil((bytes * 2) / fileBytesMax) + 2),
      fileBytesMax,
    }
  }

  #finish(merge: Merge, result: WorkResult<readonly FileEntry[]>): void {
    this.#merges = this.#merges.filter((other) => other !== merge)
    for (const { files } of merge.runs) for (const file of files) this.#files.inUse.delete(file)
    if ('error' in result) throw result.error
    const opened: SortedFile[] = []
    try {
      for (const entry of result.output) opened.push(this.#files.openFile(entry))
      const { runs } = this.#files.version
      const place = runs.indexOf(merge.runs[0]!)
      this.#files.commit(this.#files.stores, runs.toSpliced(place, merge.runs.length, { level: merge.level, files: opened }))
    } finally {
      for (const file of opened) file.release()
    }
  }
}
