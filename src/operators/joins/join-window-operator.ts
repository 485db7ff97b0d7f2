import { assert } from '../../base/assert.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import { TypedWindowStore } from '../../state/windows/typed-window-store.ts'

/**
 * Keeps the records of one side of a join of two streams for those of the other side (P§4.1). First it forwards the record, so that it does
 * not meet itself, then it puts it into `store`: each record is a window of its own, which begins at the record's time. A record without a
 * key is only forwarded; one without a value is only in the changelog.
 */
export function joinWindowOperator(store: string): ProcessorFactory {
  return (context) => {
    const opened: unknown = context.store(store)
    assert(opened instanceof TypedWindowStore, `Operator "${context.nodeName}" may write to its window store "${store}"`)
    const windows = opened as TypedWindowStore<unknown, unknown>
    return {
      process(record) {
        context.forward(record)
        if (record.key !== null) windows.put(record.key, record.value, record.timestamp)
      },
    }
  }
}
