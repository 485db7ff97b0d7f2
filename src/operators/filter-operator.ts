import { withOwnHeaders } from '../model/stream-record.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkPredicate } from './check-result.ts'

/** Forwards the records for which `predicate` holds, with headers of their own, as in Java. Stateless. */
export function filterOperator(predicate: (key: unknown, value: unknown) => boolean): ProcessorFactory {
  return (context) => ({
    process(record) {
      const passes: unknown = predicate(record.key, record.value)
      if (passes === true || (passes !== false && checkPredicate(passes, 'the predicate of filter()'))) {
        context.forward(withOwnHeaders(record))
      }
    },
  })
}
