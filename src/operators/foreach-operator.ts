import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkAction } from './check-result.ts'

/** Calls `action` for each record. Forwards nothing. */
export function foreachOperator(action: (key: unknown, value: unknown) => unknown): ProcessorFactory {
  return () => ({
    process(record) {
      checkAction(action(record.key, record.value), 'the action of foreach()')
    },
  })
}
