import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import type { AggregationParameters } from './stream-aggregate-operator.ts'

/** Parameters of `streamReduceOperator`. */
export interface StreamReduceParameters extends AggregationParameters {
  readonly reducer: (aggregate: unknown, value: unknown) => unknown
}

/** Reduces the values of each key: the first is kept as it is. Otherwise as `streamAggregateOperator` (P§2.4). */
export function streamReduceOperator({ reducer, store, sendOldValues }: StreamReduceParameters): ProcessorFactory {
  return (context) => {
    const table = new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        if (record.key === null || record.value === null) {
          context.dropped('null key or value')
          return
        }
        const oldValue = table.rows.get(record.key)
        if (oldValue === null) {
          table.update(record, { newValue: record.value, oldValue, timestamp: record.timestamp })
          return
        }
        const timestamp = Math.max(record.timestamp, table.rows.foundTimestamp)
        table.update(record, { newValue: checkResult(reducer(oldValue, record.value), 'the reducer of reduce()'), oldValue, timestamp })
      },
    }
  }
}
