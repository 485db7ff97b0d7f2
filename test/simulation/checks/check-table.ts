import { byKey, type Guarantee, type Observed, type Problems } from './observed.ts'

/** A change of the table: what its output must show. `null`: a deletion. */
export interface TableChange {
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
}

/** The rows that are left, with their times: what store and changelog end with. */
export function modelOfTable(changes: readonly TableChange[]): ReadonlyMap<string, { readonly value: string; readonly timestamp: number }> {
  const model = new Map<string, { value: string; timestamp: number }>()
  for (const { key, value, timestamp } of changes) {
    if (value === null) model.delete(key)
    else model.set(key, { value, timestamp })
  }
  return model
}

/**
 * Exactly-once: per key, exactly the changes, values and times, in order. Cached: a subsequence that ends with the last. At-least-once:
 * every change is there, in order, and the last is the last.
 */
export function checkTable(changes: readonly TableChange[], outputs: readonly Observed<string | null>[], guarantee: Guarantee): Problems {
  const problems: string[] = []
  const outputsOf = byKey(outputs)
  const changesOf = byKey(changes.map((change) => ({ ...change, partition: 0 })))
  for (const key of outputsOf.keys()) if (!changesOf.has(key)) problems.push(`row "${key}" was written but never changed`)
  for (const [key, expected] of changesOf) problems.push(...checkRow(key, expected, outputsOf.get(key) ?? [], guarantee))
  return problems
}

type Row = Observed<string | null>

function checkRow(key: string, expected: readonly Row[], found: readonly Row[], guarantee: Guarantee): Problems {
  const { isExactlyOnce, isCached } = guarantee
  const shown = `expected ${show(expected)}, found ${show(found)}`
  if (!endsAlike(expected, found, guarantee)) return [`row "${key}" ends wrong: ${shown}`]
  if (isExactlyOnce && isCached) return isSubsequence(found, expected) ? [] : [`row "${key}" took values out of order: ${shown}`]
  if (isExactlyOnce) return found.length === expected.length && isSubsequence(found, expected) ? [] : [`row "${key}" is wrong: ${shown}`]
  return isCached || isSubsequence(expected, found) ? [] : [`row "${key}" lacks changes: ${shown}`]
}

/**
 * A cache does not show a row that came and went between two commits: then the last that is shown may be a deletion, or nothing. With
 * at-least-once it may even be a value: one that was put out by an instance that died before its changelog was written, and whose deletion
 * the next instance processes together with it.
 */
function endsAlike(expected: readonly Row[], found: readonly Row[], { isExactlyOnce, isCached }: Guarantee): boolean {
  const last = expected.at(-1)!
  const shown = found.at(-1)
  if (shown !== undefined && isSame(last, shown)) return true
  if (!isCached || last.value !== null) return false
  return (shown?.value ?? null) === null || (!isExactlyOnce && expected.some((row) => isSame(row, shown!)))
}

/** Whether the records of `part` are among those of `whole`, in order. */
function isSubsequence(part: readonly Row[], whole: readonly Row[]): boolean {
  let next = 0
  for (const record of whole) if (next < part.length && isSame(record, part[next]!)) next++
  return next === part.length
}

function isSame(a: Row, b: Row): boolean {
  return a.value === b.value && a.timestamp === b.timestamp
}

function show(rows: readonly Row[]): string {
  return `[${rows.map(({ value, timestamp }) => `${value}@${timestamp}`).join(' ')}]`
}
