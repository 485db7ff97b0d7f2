import type { Change } from '../model/change.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'

/** Turns the changes of a table into records of their new values; deletions have the value `null`. Stateless. */
export function toStreamOperator(): ProcessorFactory {
  return (context) => ({
    process(record) {
      const change: Change<unknown> = record.value
      context.forward(record.withValue(change.newValue))
    },
  })
}
