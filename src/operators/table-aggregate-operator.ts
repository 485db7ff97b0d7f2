import type { Change } from '../model/change.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import { requireTableKey } from './require-table-key.ts'
import type { AggregationParameters, StreamAggregateParameters } from './stream-aggregate-operator.ts'

/** Parameters of `tableAggregateOperator`. */
export interface TableAggregateParameters extends AggregationParameters {
  readonly initializer: () => unknown
  readonly adder: StreamAggregateParameters['aggregator']
  readonly subtractor: StreamAggregateParameters['aggregator']
}

/**
 * Aggregates the rows of a grouped table: `aggregate` and `count`. The old value of a change is subtracted before the new one is added;
 * it is left alone where there is no aggregate yet. Either function may return `null` for no aggregate (P§2.5). A change without a key
 * throws `TaskError` `TABLE_KEY_NULL`.
 */
export function tableAggregateOperator(parameters: TableAggregateParameters): ProcessorFactory {
  const { initializer, adder, subtractor, store, sendOldValues } = parameters
  return (context) => {
    const table = new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        const { key } = record
        requireTableKey(key, context)
        const { oldValue, newValue }: Change<unknown> = record.value
        const before = table.rows.get(key)
        const isTimeShared = before !== null && (oldValue !== null || newValue !== null)
        const timestamp = isTimeShared ? Math.max(record.timestamp, table.rows.foundTimestamp) : record.timestamp
        let aggregate = before
        if (oldValue !== null && aggregate !== null) {
          aggregate = checkResult(subtractor(key, oldValue, aggregate), 'the subtractor of aggregate()')
        }
        if (newValue !== null) {
          aggregate ??= checkResult(initializer(), 'the initializer of aggregate()')
          aggregate = checkResult(adder(key, newValue, aggregate), 'the adder of aggregate()')
        }
        table.update(record, { newValue: aggregate, oldValue: before, timestamp })
      },
    }
  }
}
