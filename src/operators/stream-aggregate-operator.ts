import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'

/** The store of an aggregation. */
export interface AggregationParameters {
  readonly store: string
  /** Whether something downstream needs the old value of each change. */
  readonly sendOldValues: boolean
}

/** Parameters of `streamAggregateOperator`. */
export interface StreamAggregateParameters extends AggregationParameters {
  readonly initializer: () => unknown
  readonly aggregator: (key: unknown, value: unknown, aggregate: unknown) => unknown
}

/**
 * Aggregates the values of each key: `aggregate` and `count`. A record without key or value is dropped. The aggregate gets the greatest
 * timestamp of its records; an aggregator that returns `null` deletes it (P§2.4).
 */
export function streamAggregateOperator({ initializer, aggregator, store, sendOldValues }: StreamAggregateParameters): ProcessorFactory {
  return (context) => {
    const table = new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        if (record.key === null || record.value === null) {
          context.dropped('null key or value')
          return
        }
        let aggregate = table.rows.get(record.key)
        let timestamp = record.timestamp
        if (aggregate === null) aggregate = checkResult(initializer(), 'the initializer of aggregate()')
        else timestamp = Math.max(timestamp, table.rows.foundTimestamp)
        const newValue = checkResult(aggregator(record.key, record.value, aggregate), 'the aggregator of aggregate()')
        // As in Java, the old value of a first record is what the initializer gave.
        table.update(record, { newValue, oldValue: aggregate, timestamp })
      },
    }
  }
}
