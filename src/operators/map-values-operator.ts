import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'

/** Gives each record the value that `mapper` returns, also called with absent values; key, timestamp and headers stay. Stateless. */
export function mapValuesOperator(mapper: (value: unknown, key: unknown) => unknown): ProcessorFactory {
  return (context) => ({
    process(record) {
      context.forward(record.withValue(checkResult(mapper(record.value, record.key), 'the mapper of mapValues()')))
    },
  })
}
