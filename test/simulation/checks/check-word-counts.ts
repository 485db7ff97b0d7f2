import { byKey, type Guarantee, type Observed, type Problems } from './observed.ts'

/** Where a word occurs in the input: one entry per occurrence, in the order of each input partition. */
export interface Occurrence {
  readonly word: string
  readonly timestamp: number
  readonly partition: number
}

/** The last count and its time, by word: what store, changelog and output end with. */
export function modelOfWordCounts(
  occurrences: readonly Occurrence[],
): ReadonlyMap<string, { readonly count: number; readonly timestamp: number }> {
  const model = new Map<string, { count: number; timestamp: number }>()
  for (const { word, timestamp } of occurrences) {
    const known = model.get(word)
    model.set(word, { count: (known?.count ?? 0) + 1, timestamp: Math.max(known?.timestamp ?? -1, timestamp) })
  }
  return model
}

/**
 * Exactly-once: the counts of a word are 1, 2, ..., n in order, each once; their times never fall, and are exact where all occurrences are
 * in one input partition. Cached: some may be missing, the last may not. At-least-once: the last is at least n.
 */
export function checkWordCounts(occurrences: readonly Occurrence[], outputs: readonly Observed<number>[], guarantee: Guarantee): Problems {
  const problems: string[] = []
  const model = modelOfWordCounts(occurrences)
  const outputsOf = byKey(outputs)
  for (const word of outputsOf.keys()) if (!model.has(word)) problems.push(`word "${word}" was counted but does not occur`)
  for (const [word, { count, timestamp }] of model) {
    const counts = outputsOf.get(word) ?? []
    const last = counts.at(-1)
    if (last === undefined) problems.push(`word "${word}" was never counted, it occurs ${count} times`)
    else if (!guarantee.isExactlyOnce) {
      if (last.value < count) problems.push(`the last count of "${word}" is ${last.value}, it occurs ${count} times`)
    } else {
      if (last.value !== count) problems.push(`the last count of "${word}" is ${last.value}, it occurs ${count} times`)
      else if (last.timestamp !== timestamp) problems.push(`the last count of "${word}" has time ${last.timestamp}, not ${timestamp}`)
      problems.push(...checkOrder(word, counts, guarantee.isCached))
      problems.push(...checkTimes(word, counts, occurrences))
    }
  }
  return problems
}

function checkOrder(word: string, counts: readonly Observed<number>[], isCached: boolean): Problems {
  for (const [index, { value, timestamp }] of counts.entries()) {
    const before = counts[index - 1]
    const isNext = isCached ? value > (before?.value ?? 0) : value === (before?.value ?? 0) + 1
    if (!isNext)
      return [`the counts of "${word}" go from ${before?.value ?? 0} to ${value}: ${counts.map((count) => count.value).join(' ')}`]
    if (before !== undefined && timestamp < before.timestamp)
      return [`the times of "${word}" fall from ${before.timestamp} to ${timestamp}`]
  }
  return []
}

/** Words of one input partition are counted in its order, so the time of each count is known. */
function checkTimes(word: string, counts: readonly Observed<number>[], occurrences: readonly Occurrence[]): Problems {
  const found = occurrences.filter((occurrence) => occurrence.word === word)
  if (new Set(found.map(({ partition }) => partition)).size > 1) return []
  const times: number[] = []
  for (const { timestamp } of found) times.push(Math.max(times.at(-1) ?? -1, timestamp))
  const wrong = counts.find(({ value, timestamp }) => value <= times.length && times[value - 1] !== timestamp)
  return wrong === undefined ? [] : [`count ${wrong.value} of "${word}" has time ${wrong.timestamp}, not ${times[wrong.value - 1]}`]
}
