/** A run as the policy sees it. */
export interface RunSize {
  readonly level: number
  readonly bytes: number
  /** How many of the bytes are of stores that are gone, or below a mark of expiry. */
  readonly deadBytes: number
  /** Whether a merge has it as input now. */
  readonly isBusy: boolean
}

/** Runs `[from, to)` that are to become one. */
export interface MergePlan {
  readonly from: number
  readonly to: number
  /** The level of the run that they become. */
  readonly level: number
}

/**
 * Which runs, newest first, to merge next; `null` = none. `runsMax`: how many runs of one level there may be before they are merged.
 *
 * In this order (docs/internals/lsm.md, "Compaction", says why):
 * 1. All runs, if the newer ones together are as large as the oldest: what they may hide in it is as much as it has.
 * 2. The newest `runsMax` or more runs of one level that lie together; they become one of the next level.
 * 3. A run that is dead for the greater part, alone.
 */
export function planMerge(runs: readonly RunSize[], runsMax: number): MergePlan | null {
  return planWhole(runs, runsMax) ?? planLevel(runs, runsMax) ?? planDead(runs)
}

function planWhole(runs: readonly RunSize[], runsMax: number): MergePlan | null {
  if (runs.length < runsMax || runs.some((run) => run.isBusy)) return null
  let newerBytes = 0
  for (const { bytes } of runs.slice(0, -1)) newerBytes += bytes
  if (newerBytes < runs.at(-1)!.bytes) return null
  return { from: 0, to: runs.length, level: Math.max(...runs.map(({ level }) => level)) }
}

function planLevel(runs: readonly RunSize[], runsMax: number): MergePlan | null {
  for (let from = 0; from < runs.length;) {
    const { level } = runs[from]!
    let to = from
    while (to < runs.length && runs[to]!.level === level && !runs[to]!.isBusy) to++
    if (to - from >= runsMax) return { from, to, level: level + 1 }
    from = Math.max(to, from + 1)
  }
  return null
}

function planDead(runs: readonly RunSize[]): MergePlan | null {
  const from = runs.findIndex((run) => !run.isBusy && run.deadBytes * 2 > run.bytes)
  return from < 0 ? null : { from, to: from + 1, level: runs[from]!.level }
}
