import { byKey, type Observed, type Problems } from './observed.ts'

/** A record of the input: one entry each, in the order of each input partition. */
export interface WindowedWord {
  readonly key: string
  readonly timestamp: number
  readonly partition: number
}

/** How the words are counted. Milliseconds. */
export interface CountedWindows {
  readonly sizeMs: number
  readonly graceMs: number
  /** Whether a count is given once, when its window is closed. */
  readonly emitsOnClose: boolean
}

/** The count of a window. */
export interface WindowCount {
  readonly count: number
  /** The greatest timestamp of its words. */
  readonly timestamp: number
  /** Whether stream time has passed its end and the grace. */
  readonly isClosed: boolean
}

/** What each window holds in the end, by `key@start`: late words are in none. Stream time is that of the partition. */
export function modelOfWindows(words: readonly WindowedWord[], { sizeMs, graceMs }: CountedWindows): ReadonlyMap<string, WindowCount> {
  const counts = new Map<string, { count: number; timestamp: number; partition: number; end: number }>()
  const streamTimes = new Map<number, number>()
  for (const { key, timestamp, partition } of words) {
    const streamTime = Math.max(timestamp, streamTimes.get(partition) ?? -1)
    streamTimes.set(partition, streamTime)
    const start = Math.floor(timestamp / sizeMs) * sizeMs
    const end = start + sizeMs
    if (end <= streamTime - graceMs) continue
    const known = counts.get(`${key}@${start}`) ?? { count: 0, timestamp: -1, partition, end }
    counts.set(`${key}@${start}`, { ...known, count: known.count + 1, timestamp: Math.max(known.timestamp, timestamp) })
  }
  return new Map(
    Array.from(counts, ([window, { count, timestamp, partition, end }]) => {
      return [window, { count, timestamp, isClosed: end <= streamTimes.get(partition)! - graceMs }]
    }),
  )
}

/**
 * Exactly-once. On close: each closed window gives its last count, once, and no other window gives any. On update: the counts of a window
 * rise to the last one; without a cache each of them is there.
 */
export function checkWindowedCounts(
  words: readonly WindowedWord[],
  outputs: readonly Observed<number>[],
  windows: CountedWindows & { readonly isCached: boolean },
): Problems {
  const model = modelOfWindows(words, windows)
  const outputsOf = byKey(outputs)
  const unknown = [...outputsOf.keys()]
    .filter((window) => !model.has(window))
    .map((window) => `window ${window} was counted but has no words`)
  return [...unknown, ...[...model].flatMap(([window, count]) => checkWindow(window, count, outputsOf.get(window) ?? [], windows))]
}

function checkWindow(
  window: string,
  { count, timestamp, isClosed }: WindowCount,
  found: readonly Observed<number>[],
  { emitsOnClose, isCached }: { readonly emitsOnClose: boolean; readonly isCached: boolean },
): Problems {
  const shown = found.map(({ value }) => value).join(' ')
  if (emitsOnClose && !isClosed) return found.length === 0 ? [] : [`window ${window} is open and gave ${shown}`]
  const last = found.at(-1)
  if (last === undefined) return [`window ${window} gave nothing, it has ${count} words`]
  if (last.value !== count) return [`window ${window} gave ${shown}, it has ${count} words`]
  if (last.timestamp !== timestamp) return [`the last count of window ${window} has time ${last.timestamp}, not ${timestamp}`]
  if (emitsOnClose) return found.length === 1 ? [] : [`window ${window} gave ${shown}, a window gives its count once`]
  const isRising = found.every(({ value }, index) => {
    const before = found[index - 1]?.value ?? 0
    return isCached ? value > before : value === before + 1
  })
  return isRising ? [] : [`the counts of window ${window} go ${shown}`]
}
