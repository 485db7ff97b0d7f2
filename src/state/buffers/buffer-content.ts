import { BytesWriter } from '../../base/bytes-writer.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { RowCursor, WritableBytesStore } from '../sorted-bytes-store.ts'
import {
  byteSizeInPlace,
  CHANGE_PREFIX_BYTES,
  changeRows,
  changeRowsFrom,
  placeBuffer,
  placeRows,
  timeInChangeKey,
  timeInPlace,
  writeChangeKey,
  writePlace,
  writePlaceKey,
} from './buffer-rows.ts'

/** Where a change is, and what it weighs. */
export interface Place {
  readonly time: number
  readonly byteSize: number
}

// What Java counts for a change beside its bytes: the buffer time.
const TIME_BYTES = 8

/**
 * Buffered changes as rows of bytes, at most one for each key, ordered by buffer time and then by key; and how many there are. The numbers
 * are counted when first asked for and kept up from then on.
 */
export class BufferContent {
  readonly #rows: WritableBytesStore
  readonly #changeKeyWriter = new BytesWriter()
  readonly #placeKeyWriter = new BytesWriter()
  readonly #changeKey = new ByteSlice()
  readonly #placeKey = new ByteSlice()
  readonly #found = new ByteSlice()
  readonly #place = new ByteSlice(placeBuffer())
  readonly #leavingKey = new ByteSlice()
  #isCounted = false
  #recordCount = 0
  #byteSize = 0
  #minTime = Infinity

  constructor(rows: WritableBytesStore) {
    this.#rows = rows
  }

  /** The number of changes. */
  get recordCount(): number {
    this.#count()
    return this.#recordCount
  }

  /** The bytes of all changes, as Java estimates them. */
  get byteSize(): number {
    this.#count()
    return this.#byteSize
  }

  /** The buffer time of the change that leaves next; `Infinity` where there is none. */
  get minTime(): number {
    this.#count()
    return this.#minTime
  }

  /** The rows have changed: the numbers are counted again when they are asked for. */
  recount(): void {
    this.#isCounted = false
  }

  /** Where the change of `key` is, `null` if there is none. */
  placeOf(key: ByteSlice): Place | null {
    writePlaceKey(key, this.#placeKeyWriter, this.#placeKey)
    if (!this.#rows.get(this.#placeKey, this.#found)) return null
    return { time: timeInPlace(this.#found), byteSize: byteSizeInPlace(this.#found) }
  }

  /** Sets `into` to the change of `key`, whose time is known from its place. */
  changeAt(time: number, key: ByteSlice, into: ByteSlice): boolean {
    writeChangeKey(time, key, this.#changeKeyWriter, this.#changeKey)
    return this.#rows.get(this.#changeKey, into)
  }

  /** Writes the change of `key`, which weighs `valueBytes` besides its key, over that at `known`, or at `time` where there is none. */
  put(
    time: number,
    key: ByteSlice,
    change: { readonly bytes: ByteSlice; readonly valueBytes: number; readonly known: Place | null },
  ): void {
    const { bytes, valueBytes, known } = change
    const placed = known === null ? time : known.time
    const byteSize = TIME_BYTES + key.length + valueBytes
    writeChangeKey(placed, key, this.#changeKeyWriter, this.#changeKey)
    writePlaceKey(key, this.#placeKeyWriter, this.#placeKey)
    writePlace(placed, byteSize, this.#place)
    this.#rows.put(this.#changeKey, bytes)
    this.#rows.put(this.#placeKey, this.#place)
    if (!this.#isCounted) return
    if (known === null) this.#recordCount++
    this.#byteSize += byteSize - (known === null ? 0 : known.byteSize)
    if (placed < this.#minTime) this.#minTime = placed
  }

  /** Removes the change of `key`, if there is one. Then `setFirst` or `recount` must be called. */
  remove(key: ByteSlice): void {
    const place = this.placeOf(key)
    if (place === null) return
    writeChangeKey(place.time, key, this.#changeKeyWriter, this.#changeKey)
    writePlaceKey(key, this.#placeKeyWriter, this.#placeKey)
    this.#rows.put(this.#changeKey, null)
    this.#rows.put(this.#placeKey, null)
    this.#recordCount--
    this.#byteSize -= place.byteSize
  }

  /** The changes in the order in which they leave, as they are now. */
  leaving(): RowCursor {
    const { minTime } = this
    // Not from the very beginning: there are the tombstones of all that have left since the last commit.
    return this.#rows.scan(minTime === Infinity ? changeRows : changeRowsFrom(minTime), false)
  }

  /** The key of the change that a cursor of `leaving` is at; valid until it moves on. */
  keyIn({ key }: RowCursor): ByteSlice {
    this.#leavingKey.set(key.buffer, key.start + CHANGE_PREFIX_BYTES, key.end)
    return this.#leavingKey
  }

  /** Says that the change at `cursor` is the first now; `null`: there is none. */
  setFirst(cursor: RowCursor | null): void {
    this.#minTime = cursor === null ? Infinity : timeInChangeKey(cursor.key)
  }

  #count(): void {
    if (this.#isCounted) return
    this.#isCounted = true
    this.#recordCount = 0
    this.#byteSize = 0
    const places = this.#rows.scan(placeRows, false)
    while (places.next()) {
      this.#recordCount++
      this.#byteSize += byteSizeInPlace(places.value)
    }
    places.close()
    const changes = this.#rows.scan(changeRows, false)
    this.#minTime = changes.next() ? timeInChangeKey(changes.key) : Infinity
    changes.close()
  }
}
