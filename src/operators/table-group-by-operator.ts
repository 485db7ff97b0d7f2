import { isDeepStrictEqual } from 'node:util'
import { Change } from '../model/change.ts'
import { copied, headersOrNull, type StreamRecord, streamRecord } from '../model/stream-record.ts'
import { hasOlder } from '../model/upgrade-from.ts'
import type { NodeContext, ProcessorFactory } from '../processor/node-context.ts'
import { checkResult } from './check-result.ts'
import { requireTableKey } from './require-table-key.ts'

type Pair = readonly [key: unknown, value: unknown]
type Selector = (key: unknown, value: unknown) => Pair | null

/** Parameters of `tableGroupByOperator`. */
export interface TableGroupByParameters {
  readonly selector: (key: unknown, value: unknown) => Pair
  /** Whether the changes are versions: those that come late are then left out (P§4.7). */
  readonly isVersioned: boolean
}

/**
 * Gives each change of a table the key and value by which it is grouped, for the repartition topic: one change where old and new row
 * have the same new key, else the removal of the old one first, then the new one. A side whose new key or value is `null` is left out
 * (P§2.3). A change without a key throws `TaskError` `TABLE_KEY_NULL`.
 */
export function tableGroupByOperator({ selector, isVersioned }: TableGroupByParameters): ProcessorFactory {
  return (context) => {
    // Instances before 3.5 cannot read a change with both values.
    const isSplit = hasOlder(context.upgradeFrom, '3.5')
    return {
      process(record) {
        requireTableKey(record.key, context)
        const { oldValue, newValue, isLatest }: Change<unknown> = record.value
        if (isVersioned && !isLatest) return
        const added = newValue === null ? null : grouped(selector, record.key, newValue)
        const removed = oldValue === null ? null : grouped(selector, record.key, oldValue)
        if (!isSplit && added !== null && removed !== null && isSameKey(added[0], removed[0])) {
          forward(context, record, added[0], new Change(added[1], removed[1]))
          return
        }
        if (removed !== null) forward(context, record, removed[0], new Change<unknown>(null, removed[1]))
        if (added !== null) forward(context, record, added[0], new Change<unknown>(added[1], null))
      },
    }
  }
}

/** The pair by which a row is grouped, `null` where it has no key or no value. */
function grouped(selector: Selector, key: unknown, value: unknown): Pair | null {
  const pair = checkResult(selector(key, value), 'the selector of groupBy()')
  if (pair === null) return null
  const [newKey, newValue] = pair
  checkResult(newKey, 'the selector of groupBy()')
  checkResult(newValue, 'the selector of groupBy()')
  return newKey === null || newValue === null ? null : pair
}

function isSameKey(left: unknown, right: unknown): boolean {
  // Java compares arrays of bytes by identity.
  return Object.is(left, right) || (typeof left === 'object' && !(left instanceof Uint8Array) && isDeepStrictEqual(left, right))
}

function forward(context: NodeContext, record: StreamRecord<unknown, unknown>, key: unknown, change: Change<unknown>): void {
  context.forward(streamRecord(key, change, record.timestamp, copied(headersOrNull(record))))
}
