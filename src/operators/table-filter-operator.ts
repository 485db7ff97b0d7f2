import { Change } from '../model/change.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { checkPredicate } from './check-result.ts'
import { MaterializedTable } from './materialized-table.ts'
import type { TableParameters } from './table-source-operator.ts'
import type { RowMapper } from './views/mapped-table-view.ts'

/** Parameters of `tableFilterOperator`. */
export interface TableFilterParameters extends TableParameters {
  readonly predicate: (key: unknown, value: unknown) => boolean
  /** Whether the changes are versions: a deletion is then forwarded even if it deletes nothing, since it is part of the history (P§4.7). */
  readonly isVersioned: boolean
}

/**
 * Keeps the rows for which `predicate` holds; what does not pass becomes a deletion. Without old values it cannot tell whether the row
 * was there, and forwards a deletion in any case (P§2.3).
 */
export function tableFilterOperator({ predicate, store, sendOldValues, isVersioned }: TableFilterParameters): ProcessorFactory {
  const row = filteredRow(predicate)
  return (context) => {
    const table = store === null ? null : new MaterializedTable(context, store, sendOldValues)
    const passing = (key: unknown, value: unknown): unknown => (value === null ? null : row(key, value))
    return {
      process(record) {
        const change: Change<unknown> = record.value
        const newValue = passing(record.key, change.newValue)
        const kept = (): unknown => (table === null ? passing(record.key, change.oldValue) : table.rows.get(record.key))
        const oldValue = sendOldValues ? kept() : null
        if (!isVersioned && sendOldValues && oldValue === null && newValue === null) return
        if (table !== null) table.update(record, { newValue, oldValue, timestamp: record.timestamp })
        else context.forward(record.withValue(new Change(newValue, oldValue, change.isLatest)))
      },
    }
  }
}

/** The value of a row that is there: `value` if it passes, else `null`. */
export function filteredRow(predicate: TableFilterParameters['predicate']): RowMapper {
  return (key, value) => (checkPredicate(predicate(key, value), 'the predicate of filter()') ? value : null)
}
