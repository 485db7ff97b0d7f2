import { Change } from '../../model/change.ts'
import { copied, headersOrNull, streamRecord } from '../../model/stream-record.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { TableViewSource } from '../table-view.ts'
import type { TableJoinRow } from './table-join-row.ts'

/** Parameters of `tableJoinOperator`. */
export interface TableJoinParameters {
  /** The join as the table sees it whose changes come in. */
  readonly row: TableJoinRow
  readonly other: TableViewSource
  /** Whether something downstream needs the old value of each change. */
  readonly sendOldValues: boolean
  /** Whether the changes are versions: those that come late are then dropped (P§4.7). */
  readonly isVersioned: boolean
}

/**
 * Joins each change of a table with the row of another one as it is now. A change of a key without a row in the other table is passed over
 * if the join needs one there, or if neither of its own values is known. The result has the greater of both timestamps (P§4.4).
 */
export function tableJoinOperator({ row, other, sendOldValues, isVersioned }: TableJoinParameters): ProcessorFactory {
  const { join, requiresOther } = row
  return (context) => {
    const view = other.open(context)
    return {
      process(record) {
        const { key } = record
        if (key === null) {
          context.dropped('null key')
          return
        }
        const { newValue, oldValue, isLatest }: Change<unknown> = record.value
        if (isVersioned && !isLatest) {
          context.dropped('outdated version')
          return
        }
        const found = view.get(key)
        if (found === null && (requiresOther || (newValue === null && oldValue === null))) return
        const timestamp = found === null ? record.timestamp : Math.max(record.timestamp, view.foundTimestamp)
        const joined = join(newValue, found, key)
        const change = new Change(joined, sendOldValues ? join(oldValue, found, key) : null, isLatest)
        context.forward(streamRecord(key, change, timestamp, copied(headersOrNull(record))))
      },
    }
  }
}
