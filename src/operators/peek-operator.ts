import { withOwnHeaders } from '../model/stream-record.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkAction } from './check-result.ts'

/** Calls `action` for each record, then forwards it with headers of its own, as in Java. Stateless. */
export function peekOperator(action: (key: unknown, value: unknown) => unknown): ProcessorFactory {
  return (context) => ({
    process(record) {
      checkAction(action(record.key, record.value), 'the action of peek()')
      context.forward(withOwnHeaders(record))
    },
  })
}
