import type { ProcessorFactory } from '../processor/node-context.ts'

/** Forwards every record: the node of `merge` and of a branch of `split`. */
export function passThroughOperator(): ProcessorFactory {
  return (context) => ({ process: (record) => context.forward(record) })
}
