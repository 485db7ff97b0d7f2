import type { Value } from './type-problem.ts'

/** Combines two sides of which one may be missing: `null`, but never both. */
export type OuterJoiner<V, VO, VR> = (...sides: [left: V, right: VO] | [left: V, right: null] | [left: null, right: VO]) => Value<VR>

/** As {@link OuterJoiner} with the key, which comes last. */
export type OuterJoinerWithKey<V, VO, K, VR> = (
  ...sides: [left: V, right: VO, key: K] | [left: V, right: null, key: K] | [left: null, right: VO, key: K]
) => Value<VR>
