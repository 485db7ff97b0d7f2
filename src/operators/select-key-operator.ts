import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'

/** Gives each record the key that `mapper` finds for it; value, timestamp and headers stay. Stateless. */
export function selectKeyOperator(mapper: (key: unknown, value: unknown) => unknown): ProcessorFactory {
  return (context) => ({
    process(record) {
      context.forward(record.withKey(checkResult(mapper(record.key, record.value), 'the key selector')))
    },
  })
}
