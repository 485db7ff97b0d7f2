import { TaskError } from '../base/errors.ts'
import type { NodeContext } from '../processor/node-context.ts'

/** Throws `TaskError` `TABLE_KEY_NULL` for a record without a key in the grouping of a table, where none can come from a table (P§2.5). */
export function requireTableKey(key: unknown, context: NodeContext): void {
  if (key !== null) return
  const { nodeName, recordContext, taskId } = context
  throw new TaskError('TABLE_KEY_NULL', `Cannot process a change in "${nodeName}": its key is null, the rows of a table have keys`, {
    taskId,
    processor: nodeName,
    topic: recordContext.topic ?? undefined,
    partition: recordContext.partition,
    offset: recordContext.offset,
  })
}
