import type { BatchView } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { RestoreRecord } from '../../state/restore-batch.ts'

/** The records of fetched batches from offset `from` to before `until`, for a store to restore from; each is valid until the next is asked for. */
export class ChangelogRecords implements Iterable<RestoreRecord> {
  readonly #batches: readonly BatchView[]
  readonly #from: number
  readonly #until: number
  /** How many records were given out. */
  count = 0
  /** Of the record that was given out last; -1: none was. */
  offset = -1

  constructor(batches: readonly BatchView[], from: number, until: number) {
    this.#batches = batches
    this.#from = from
    this.#until = until
  }

  *[Symbol.iterator](): Iterator<RestoreRecord> {
    const cursor = new RecordCursor()
    for (const batch of this.#batches) {
      cursor.open(batch)
      while (cursor.next()) {
        if (cursor.offset < this.#from) continue
        if (cursor.offset >= this.#until) return
        this.count++
        this.offset = cursor.offset
        const headers = cursor.headerCount === 0 ? null : cursor.headers()
        yield { key: cursor.key(), value: cursor.value(), timestamp: cursor.timestamp, headers }
      }
    }
  }
}
