import { checkResult } from '../check-result.ts'

/** Combines the rows of two tables; `null` for a side that has none, never for both. A result of `null` = no row. */
export type TableJoiner = (left: unknown, right: unknown, key: unknown) => unknown

/** Which rows a join of tables has: those of keys in both tables, in the left one, or in any. */
export type TableJoinKind = 'inner' | 'left' | 'outer'

/** A join of tables as seen from one of them. */
export interface TableJoinRow {
  /** Whether there is no row without one in this table, or in the other one. */
  readonly requiresThis: boolean
  readonly requiresOther: boolean
  /** The joined row, `null` where there is none. */
  readonly join: (own: unknown, other: unknown, key: unknown) => unknown
}

/** How rows are joined, seen from the left table or from the right one. */
export function tableJoinRow(kind: TableJoinKind, joiner: TableJoiner, isLeft: boolean): TableJoinRow {
  const what = kind === 'inner' ? 'the joiner of join()' : `the joiner of ${kind}Join()`
  const requiresLeft = kind !== 'outer'
  const requiresRight = kind === 'inner'
  const join: TableJoiner = (left, right, key) => {
    const isMissing = (left === null && (requiresLeft || right === null)) || (right === null && requiresRight)
    return isMissing ? null : checkResult(joiner(left, right, key), what)
  }
  if (isLeft) return { requiresThis: requiresLeft, requiresOther: requiresRight, join }
  return { requiresThis: requiresRight, requiresOther: requiresLeft, join: (own, other, key) => join(other, own, key) }
}
