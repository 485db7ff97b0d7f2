import { byKey, type Observed, type Problems } from './observed.ts'

/** A record of either side of a join, in the order in which it was written. */
export interface JoinedRecord {
  /** No other record has it. */
  readonly id: string
  readonly isLeft: boolean
  readonly key: string
  readonly timestamp: number
  readonly partition: number
}

/** How two streams are joined. Milliseconds. */
export interface StreamJoin {
  readonly type: 'inner' | 'left' | 'outer'
  /** How far apart records may be that join. */
  readonly differenceMs: number
  readonly graceMs: number
  /** Whether both sides come from one topic: then the order of the records of a partition is that of both sides. */
  readonly isOneTopic: boolean
}

/** What a join gave: results with the ids of both sides, `l1+r2`, `-` for none; and the ids of the records that still wait for a partner. */
export interface JoinedOutput {
  readonly results: readonly Observed<string>[]
  readonly waiting: ReadonlySet<string>
}

/** The pairs of records that are close enough. */
export function pairsOf(
  records: readonly JoinedRecord[],
  { differenceMs }: StreamJoin,
): readonly (readonly [JoinedRecord, JoinedRecord])[] {
  const rights = records.filter(({ isLeft }) => !isLeft)
  return records
    .filter(({ isLeft }) => isLeft)
    .flatMap((left) =>
      rights
        .filter((right) => right.key === left.key && Math.abs(right.timestamp - left.timestamp) <= differenceMs)
        .map((right) => [left, right] as const),
    )
}

/**
 * Exactly-once: each result is there once, with the right time. All pairs are there whose records no store can have let go; of two sides
 * from one topic exactly those of which the second record found the first. A record of an outer side that joined with none has given one
 * result alone, when its window was over, or waits.
 */
export function checkJoinedStreams(records: readonly JoinedRecord[], output: JoinedOutput, join: StreamJoin): Problems {
  const times = new LastTimes(records)
  const byId = new Map(records.map((record) => [record.id, record]))
  const resultsOf = byKey(output.results.map((result) => ({ ...result, key: result.value })))
  const pairs = pairsOf(records, join)
  const found = pairs.filter(([left, right]) => resultsOf.has(`${left.id}+${right.id}`))
  const known = new Set([...pairs.map(([left, right]) => `${left.id}+${right.id}`), ...records.map(aloneOf)])
  const joined = new Set(found.flat())
  return [
    ...[...resultsOf.keys()]
      .filter((result) => !known.has(result))
      .map((result) => `there is a result ${result} of records that do not join`),
    ...[...resultsOf].filter(([, all]) => all.length > 1).map(([result, all]) => `result ${result} is there ${all.length} times`),
    ...pairs.flatMap((pair) => checkPair(pair, resultsOf.get(`${pair[0].id}+${pair[1].id}`)?.[0], { join, times, records })),
    ...[...output.waiting].filter((id) => !byId.has(id)).map((id) => `record ${id} waits, which never was`),
    ...records.flatMap((record) => {
      const alone = resultsOf.get(aloneOf(record))?.[0]
      return checkRecord(record, { alone, isJoined: joined.has(record), isWaiting: output.waiting.has(record.id) }, { join, times })
    }),
  ]
}

type Pair = readonly [left: JoinedRecord, right: JoinedRecord]

interface Known {
  readonly join: StreamJoin
  readonly times: LastTimes
}

function checkPair(
  pair: Pair,
  result: Observed<string> | undefined,
  known: Known & { readonly records: readonly JoinedRecord[] },
): Problems {
  const [left, right] = pair
  const timestamp = Math.max(left.timestamp, right.timestamp)
  if (result !== undefined && result.timestamp !== timestamp) {
    return [`result ${result.value} has time ${result.timestamp}, not ${timestamp}`]
  }
  const isFound = result !== undefined
  const isKept = isVisible(pair, known)
  if (isKept === null || isKept === isFound) return []
  return [
    isFound ? `result ${result.value} is there, but one record was too old for the other` : `result ${left.id}+${right.id} is missing`,
  ]
}

/** Whether the second record of a pair finds the first one; `null`: that depends on the order in which the sides are processed. */
function isVisible([left, right]: Pair, { join, times, records }: Known & { readonly records: readonly JoinedRecord[] }): boolean | null {
  const retentionMs = 2 * join.differenceMs + join.graceMs
  const oldest = Math.min(left.timestamp, right.timestamp)
  if (oldest > times.of(left.partition) - retentionMs) return true
  if (!join.isOneTopic) return null
  const [first, second] = records.indexOf(left) < records.indexOf(right) ? [left, right] : [right, left]
  const before = records.slice(0, records.indexOf(second))
  const ofFirstSide = before.filter(({ isLeft, partition }) => isLeft === first.isLeft && partition === first.partition)
  return first.timestamp > Math.max(...ofFirstSide.map(({ timestamp }) => timestamp)) - retentionMs
}

interface Fate {
  /** Its result without a partner. */
  readonly alone: Observed<string> | undefined
  readonly isJoined: boolean
  readonly isWaiting: boolean
}

function checkRecord(record: JoinedRecord, { alone, isJoined, isWaiting }: Fate, { join, times }: Known): Problems {
  const { id, isLeft, timestamp, partition } = record
  const isOuter = join.type === 'outer' || (join.type === 'left' && isLeft)
  if (!isOuter) return alone === undefined && !isWaiting ? [] : [`record ${id} is of an inner side and waits or was given up`]
  if (isWaiting && (isJoined || alone !== undefined)) return [`record ${id} waits although it has given a result`]
  if (!isWaiting && !isJoined && alone === undefined) return [`record ${id} is lost: it gave no result and does not wait`]
  if (alone === undefined) return []
  if (alone.timestamp !== timestamp) return [`result ${alone.value} has time ${alone.timestamp}, not ${timestamp}`]
  // One that comes after its window is not waited for, whatever the grace.
  const isOver = timestamp + join.differenceMs < times.of(partition)
  return isOver ? [] : [`record ${id} was given up before its window was over`]
}

/** The result of a record that nothing joins. */
function aloneOf({ id, isLeft }: JoinedRecord): string {
  return isLeft ? `${id}+-` : `-+${id}`
}

/** The greatest timestamp of each partition. */
class LastTimes {
  readonly #times = new Map<number, number>()

  constructor(records: readonly JoinedRecord[]) {
    for (const { partition, timestamp } of records) this.#times.set(partition, Math.max(timestamp, this.of(partition)))
  }

  of(partition: number): number {
    return this.#times.get(partition) ?? -1
  }
}
