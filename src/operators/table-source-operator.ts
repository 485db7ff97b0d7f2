import { Change } from '../model/change.ts'
import type { StreamRecord } from '../model/stream-record.ts'
import type { NodeContext, ProcessorFactory } from '../processor/node-context.ts'
import { MaterializedTable } from './materialized-table.ts'

/** The store of a table operator, if it has one. */
export interface TableParameters {
  /** Name of the store; `null`: the operator keeps none. */
  readonly store: string | null
  /** Whether something downstream needs the old value of each change. */
  readonly sendOldValues: boolean
}

type AnyRecord = StreamRecord<unknown, unknown>

/**
 * Turns records into changes of a table: `builder.table()` and `toTable()`. A record without a key is dropped, one without a value
 * deletes; one that is older than the row is applied all the same, with a warning (P§2.3).
 */
export function tableSourceOperator({ store, sendOldValues }: TableParameters): ProcessorFactory {
  return (context) => {
    const table = store === null ? null : new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        if (record.key === null) context.dropped('null key')
        else if (table === null) context.forward(record.withValue(new Change(record.value, null)))
        else updateRow(table, record, context)
      },
    }
  }
}

function updateRow(table: MaterializedTable, record: AnyRecord, context: NodeContext): void {
  const oldValue = table.rows.get(record.key)
  if (oldValue !== null && record.timestamp < table.rows.foundTimestamp) warnOutOfOrder(record, table.rows.foundTimestamp, context)
  table.update(record, { newValue: record.value, oldValue, timestamp: record.timestamp })
}

function warnOutOfOrder(record: AnyRecord, storedTimestamp: number, { logger, recordContext, nodeName, taskId }: NodeContext): void {
  const { topic, partition, offset } = recordContext
  logger.warn(
    { taskId, processor: nodeName, topic, partition, offset, timestamp: record.timestamp, storedTimestamp },
    'A table update is older than the row that it replaces',
  )
}
