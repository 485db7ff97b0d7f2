import type { Planner } from '../planner/planner.ts'

/** Throws `TypeError` unless what is joined comes from one `StreamsBuilder`. */
export function requireSameBuilder(left: Planner, right: Planner, method: string): void {
  if (left !== right) throw new TypeError(`Cannot ${method}: the two are of different StreamsBuilders`)
}
