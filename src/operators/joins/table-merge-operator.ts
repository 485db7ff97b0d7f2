import { Change } from '../../model/change.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import { MaterializedTable } from '../materialized-table.ts'
import type { TableParameters } from '../table-source-operator.ts'

/** Brings the changes from both sides of a join of tables together, and keeps the result if it is to be kept (P§4.4). */
export function tableMergeOperator({ store, sendOldValues }: TableParameters): ProcessorFactory {
  return (context) => {
    const table = store === null ? null : new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        const { newValue, oldValue, isLatest }: Change<unknown> = record.value
        if (table !== null) table.update(record, { newValue, oldValue, timestamp: record.timestamp })
        else context.forward(sendOldValues ? record : record.withValue(new Change(newValue, null, isLatest)))
      },
    }
  }
}
