import { Change } from '../model/change.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import type { TableParameters } from './table-source-operator.ts'
import type { RowMapper } from './views/mapped-table-view.ts'

/** Parameters of `tableMapValuesOperator`. */
export interface TableMapValuesParameters extends TableParameters {
  readonly mapper: (value: unknown, key: unknown) => unknown
}

/**
 * Gives each row the value that `mapper` returns, `null` = no row. `mapper` is not called for deletions. Without a store it is called
 * again on the old value where that is needed (P§2.3).
 */
export function tableMapValuesOperator({ mapper, store, sendOldValues }: TableMapValuesParameters): ProcessorFactory {
  const row = mappedRow(mapper)
  const mapped = (key: unknown, value: unknown): unknown => (value === null ? null : row(key, value))
  return (context) => {
    const table = store === null ? null : new MaterializedTable(context, store, sendOldValues)
    return {
      process(record) {
        const change: Change<unknown> = record.value
        const newValue = mapped(record.key, change.newValue)
        if (table === null) {
          const oldValue = sendOldValues ? mapped(record.key, change.oldValue) : null
          context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
        } else {
          const oldValue = sendOldValues ? table.rows.get(record.key) : null
          table.update(record, { newValue, oldValue, timestamp: record.timestamp })
        }
      },
    }
  }
}

/** The value of a row that is there: what `mapper` makes of `value`. */
export function mappedRow(mapper: TableMapValuesParameters['mapper']): RowMapper {
  return (key, value) => checkResult(mapper(value, key), 'the mapper of mapValues()')
}
