import { StoreError } from '../../../base/errors.ts'
import { ByteSlice } from '../../byte-slice.ts'
import type { RowCursor } from '../../sorted-bytes-store.ts'
import type { RocksScan, RowChunk } from './rocksdb-binding.ts'
import { PREFIX_BYTES } from './rocksdb-keys.ts'

const FIRST_ROWS = 8
const ROWS_MAX = 1024

/** The rows of a scan, fetched in chunks that grow. */
export class RocksCursor implements RowCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #scan: RocksScan | null
  #chunk: RowChunk = { rows: [], finished: false }
  #next = 0
  #count = FIRST_ROWS
  #isCut = false
  readonly #open: Set<RocksCursor>

  /** `scan`: `null` = there are no rows. `open` has the cursor as long as it uses its scan. */
  constructor(scan: RocksScan | null, open: Set<RocksCursor>) {
    this.#scan = scan
    this.#open = open
    if (scan !== null) open.add(this)
  }

  next(): boolean {
    while (this.#next >= this.#chunk.rows.length) {
      if (this.#isCut) throw new StoreError('STORE_CLOSED', 'Cannot go on with an iterator of a RocksDB store: its application is closed')
      if (this.#scan === null) return false
      this.#fetch(this.#scan)
    }
    const key = this.#chunk.rows[this.#next]!
    const value = this.#chunk.rows[this.#next + 1]!
    this.#next += 2
    this.key.set(key, PREFIX_BYTES, key.length)
    this.value.set(value, 0, value.length)
    return true
  }

  close(): void {
    this.#chunk = { rows: [], finished: true }
    this.#isCut = false
    this.#end()
  }

  /** Closes the scan because its database is closed; rows that were not fetched are lost, and asking for them throws. */
  cut(): void {
    if (this.#scan === null) return
    this.#isCut = true
    this.#end()
  }

  #fetch(scan: RocksScan): void {
    this.#chunk = scan.next(this.#count)
    this.#next = 0
    this.#count = Math.min(ROWS_MAX, this.#count * 4)
    if (this.#chunk.finished) this.#end()
  }

  #end(): void {
    if (this.#scan === null) return
    this.#scan.close()
    this.#scan = null
    this.#open.delete(this)
  }
}
