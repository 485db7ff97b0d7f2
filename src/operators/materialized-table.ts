import { assert } from '../base/assert.ts'
import { Change } from '../model/change.ts'
import { copied, headersOrNull, streamRecord, type StreamRecord } from '../model/stream-record.ts'
import type { NodeContext } from '../processor/node-context.ts'
import type { TypedRows } from '../state/layers/typed-rows.ts'
import { tableRowsOf } from '../state/table-rows.ts'
import { versionedRowsOf } from '../state/versioned/typed-versioned-store.ts'
import { IS_LATEST, NOT_PUT } from '../state/versioned/versioned-key-value-store.ts'

type AnyRecord = StreamRecord<unknown, unknown>

/** A row that an operator has computed. `null` = deleted. */
export interface NewRow {
  readonly newValue: unknown
  readonly oldValue: unknown
  readonly timestamp: number
}

/**
 * The store of a table operator, and the way out: a change is forwarded at once, or, where the store has a cache, when the cache gives it
 * up (P§2.0 "Forwarding and caching").
 */
export class MaterializedTable {
  readonly rows: TypedRows<unknown, unknown>
  readonly #context: NodeContext
  readonly #sendOldValues: boolean
  readonly #isVersioned: boolean

  constructor(context: NodeContext, store: string, sendOldValues: boolean) {
    const opened: unknown = context.store(store)
    const rows = tableRowsOf(opened)
    assert(rows !== null, `Operator "${context.nodeName}" may write to its store "${store}"`)
    this.rows = rows
    this.#isVersioned = versionedRowsOf(opened) !== null
    this.#context = context
    this.#sendOldValues = sendOldValues
    if (rows.isCached) forwardFlushes(context, rows, sendOldValues)
  }

  /** Writes the row of `record`'s key, and forwards the change unless the cache is to do that. */
  update(record: AnyRecord, row: NewRow): void {
    this.updateAt(record.key, record, row)
  }

  /** As `update` for the row of another key than the record's. */
  updateAt(key: unknown, record: AnyRecord, { newValue, oldValue, timestamp }: NewRow): void {
    // A deletion has no time of its own: the store keeps that of the record. One of versions is a version like others.
    const isTimeless = newValue === null && !this.#isVersioned
    const validTo = this.rows.put(key, newValue, isTimeless ? record.timestamp : timestamp)
    if (this.rows.isCached || validTo === NOT_PUT) return
    const change = new Change(newValue, this.#sendOldValues ? oldValue : null, validTo === IS_LATEST)
    this.#context.forward(streamRecord(key, change, timestamp, copied(headersOrNull(record))))
  }
}

function forwardFlushes(context: NodeContext, rows: TypedRows<unknown, unknown>, sendOldValues: boolean): void {
  let flushed: AnyRecord
  // One function for all updates: it is called before the next one is set.
  const forward = (): void => context.forward(flushed)
  rows.setFlushListener(({ key, newValue, oldValue, timestamp, context: recordContext }) => {
    flushed = streamRecord(key, new Change(newValue, oldValue), timestamp, copied(recordContext.headers))
    context.withRecordContext(recordContext, forward)
  }, sendOldValues)
}
