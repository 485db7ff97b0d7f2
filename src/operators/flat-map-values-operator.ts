import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'

/** Forwards one record per value that `mapper` returns, with the key, timestamp and headers of the record. Stateless. */
export function flatMapValuesOperator(mapper: (value: unknown, key: unknown) => Iterable<unknown>): ProcessorFactory {
  return (context) => ({
    process(record) {
      for (const value of checkResult(mapper(record.value, record.key), 'the mapper of flatMapValues()')) {
        context.forward(record.withValue(checkResult(value, 'the mapper of flatMapValues()')))
      }
    },
  })
}
