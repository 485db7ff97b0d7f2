import { checkResult } from '../check-result.ts'

/** The function of a join of two streams; a side without a record is `null`. */
export type StreamJoiner = (left: unknown, right: unknown, key: unknown) => unknown

/** What `joiner` makes of the two sides. Throws `TaskError` for a promise or `undefined`. */
export function joined(joiner: StreamJoiner, left: unknown, right: unknown, key: unknown): unknown {
  return checkResult(joiner(left, right, key), 'the joiner of a join of streams')
}
