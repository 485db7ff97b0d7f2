import type { Change } from '../model/change.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import { requireTableKey } from './require-table-key.ts'
import type { AggregationParameters } from './stream-aggregate-operator.ts'

/** Parameters of `tableReduceOperator`. */
export interface TableReduceParameters extends AggregationParameters {
  readonly adder: (aggregate: unknown, value: unknown) => unknown
  readonly subtractor: (aggregate: unknown, value: unknown) => unknown
}

/** Reduces the rows of a grouped table: as `tableAggregateOperator`, but the first value is kept as it is (P§2.5). */
export function tableReduceOperator({ adder, subtractor, store, sendOldValues }: TableReduceParameters): ProcessorFactory {
  return (context) => {
    const table = new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        requireTableKey(record.key, context)
        const { oldValue, newValue }: Change<unknown> = record.value
        const before = table.rows.get(record.key)
        const isTimeShared = before !== null && (oldValue !== null || newValue !== null)
        const timestamp = isTimeShared ? Math.max(record.timestamp, table.rows.foundTimestamp) : record.timestamp
        let aggregate = before
        if (oldValue !== null && aggregate !== null) {
          aggregate = checkResult(subtractor(aggregate, oldValue), 'the subtractor of reduce()')
        }
        if (newValue !== null) {
          aggregate = aggregate === null ? newValue : checkResult(adder(aggregate, newValue), 'the adder of reduce()')
        }
        table.update(record, { newValue: aggregate, oldValue: before, timestamp })
      },
    }
  }
}
