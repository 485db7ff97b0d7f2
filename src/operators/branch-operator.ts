import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkPredicate } from './check-result.ts'

/**
 * Forwards each record to the child of the first predicate that holds, else to the last child if there is one more child than predicates
 * (the default branch), else nowhere (P§2.2). `children` are names, in the order of the predicates.
 */
export function branchOperator(
  predicates: readonly ((key: unknown, value: unknown) => boolean)[],
  children: readonly string[],
): ProcessorFactory {
  return (context) => ({
    process(record) {
      for (let index = 0; index < predicates.length; index++) {
        const passes: unknown = predicates[index]!(record.key, record.value)
        if (passes === false || (passes !== true && !checkPredicate(passes, 'a predicate of split()'))) continue
        context.forwardTo(children[index] as string, record)
        return
      }
      if (children.length > predicates.length) context.forwardTo(children[predicates.length] as string, record)
    },
  })
}
