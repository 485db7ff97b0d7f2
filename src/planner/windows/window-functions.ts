import type { SessionFunctions } from '../../operators/sessions/session-aggregate-operator.ts'

/** The functions of `count` in windows and sessions. */
export const counting: SessionFunctions = {
  initializer: () => 0,
  aggregator: (_key, _value, count) => (count as number) + 1,
  merger: (_key, left, right) => (left as number) + (right as number),
}

/** Those of `reduce`: the first value is taken as it is. */
export function reducing(reducer: (aggregate: unknown, value: unknown) => unknown): SessionFunctions {
  const reduced = (aggregate: unknown, given: unknown): unknown => (aggregate === null ? given : reducer(aggregate, given))
  return {
    initializer: () => null,
    aggregator: (_key, given, aggregate) => reduced(aggregate, given),
    merger: (_key, left, right) => reduced(left, right),
  }
}
