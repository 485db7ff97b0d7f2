/** What is asked of a file. */
export interface JoinedFile {
  readonly entry: { readonly bytes: number }
  readonly summary: { readonly smallest: Buffer; readonly largest: Buffer }
}

/** A run of such files. */
interface RunOf<F> {
  readonly level: number
  readonly files: readonly F[]
}

/** What decides whether a file may join a run. */
export interface JoinLimits<F> {
  /** Smaller files are merged, however they lie: each costs a descriptor. */
  readonly fileBytesMin: number
  /** So many runs of one level are merged into one of the next. */
  readonly runsMax: number
  /** Files that a merge is reading: what it has as input stays as it is. */
  readonly inUse: ReadonlySet<F>
}

/**
 * `runs`, newest first, with `file`, which was just written and is newer than all of them: as a part of the newest run if its keys lie
 * between those of two files of that, or beside all of them, so that nobody has to merge it; else as a run of its own.
 */
export function joinRun<F extends JoinedFile>(
  runs: readonly RunOf<F>[],
  file: F,
  { fileBytesMin, runsMax, inUse }: JoinLimits<F>,
): readonly RunOf<F>[] {
  const asRun = [{ level: 0, files: [file] }, ...runs]
  const newest = runs[0]
  if (newest === undefined || file.entry.bytes < fileBytesMin || newest.files.some((other) => inUse.has(other))) return asRun
  const { smallest, largest } = file.summary
  const found = newest.files.findIndex((other) => other.summary.largest.compare(smallest) >= 0)
  const place = found < 0 ? newest.files.length : found
  const next = newest.files[place]
  if (next !== undefined && next.summary.smallest.compare(largest) <= 0) return asRun
  const files = newest.files.toSpliced(place, 0, file)
  // As if merges had made it of so many flushes; levels never fall from newer to older runs.
  const level = Math.min(levelOf(files.length, runsMax), runs[1]?.level ?? Infinity)
  return [{ level: Math.max(newest.level, level), files }, ...runs.slice(1)]
}

function levelOf(flushes: number, runsMax: number): number {
  let level = 0
  for (let left = flushes; left >= runsMax; left /= runsMax) level++
  return level
}
