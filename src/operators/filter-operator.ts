import type { ProcessorFactory } from '../processor/node-context.ts'

/** Forwards the records for which `predicate` holds, as they are. Stateless. */
export function filterOperator(predicate: (key: unknown, value: unknown) => boolean): ProcessorFactory {
  return (context) => ({
    process(record) {
      if (predicate(record.key, record.value)) context.forward(record)
    },
  })
}
