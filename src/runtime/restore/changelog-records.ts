import type { BatchView } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { RecordWalk, RestoreRecord } from '../../state/restore-batch.ts'

/** The records of fetched batches from offset `from` to before `until`, for a store to restore from; each is valid until the next is asked for. */
export class ChangelogRecords implements RecordWalk {
  readonly #batches: readonly BatchView[]
  readonly #from: number
  readonly #until: number
  readonly #cursor = new RecordCursor()
  /** How many batches were opened. */
  #opened = 0
  /** How many records were given out. */
  count = 0
  /** Of the record that was given out last; -1: none was. */
  offset = -1

  constructor(batches: readonly BatchView[], from: number, until: number) {
    this.#batches = batches
    this.#from = from
    this.#until = until
  }

  step(): RecordCursor | null {
    const cursor = this.#cursor
    for (;;) {
      while (this.#opened === 0 || !cursor.next()) {
        if (this.#opened === this.#batches.length) return null
        cursor.open(this.#batches[this.#opened++]!)
      }
      const { offset } = cursor
      if (offset < this.#from) continue
      if (offset >= this.#until) return null
      this.count++
      this.offset = offset
      return cursor
    }
  }

  *[Symbol.iterator](): Iterator<RestoreRecord> {
    for (let cursor = this.step(); cursor !== null; cursor = this.step()) {
      const headers = cursor.headerCount === 0 ? null : cursor.headers()
      yield { key: cursor.key(), value: cursor.value(), timestamp: cursor.timestamp, headers }
    }
  }
}
