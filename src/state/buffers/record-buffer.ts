import { BytesWriter } from '../../base/bytes-writer.ts'
import { readInt64, writeInt64 } from '../../base/int64.ts'
import type { StreamRecord } from '../../model/stream-record.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import { allKeys } from '../key-range.ts'
import type { LoggedBytesStore } from '../layers/change-logged.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { StoreGuard } from '../store-guard.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import { BufferedChangeReader, writeBufferedChange } from './buffered-change.ts'
import { contextSize } from './context-bytes.ts'

// Rows: 0x00, int64 time, key, int32 number (P§6.6) -> a buffered change with a new value alone. The keys are those of the changelog.

const PREFIX = 0x00
const TIME_AT = 1
const KEY_AT = 9
const NUMBER_BYTES = 4
const NUMBER_MAX = 0x7fff_ffff

/** What a buffer of records is made of. */
export interface RecordBufferParts {
  readonly name: string
  readonly rows: LoggedBytesStore
  readonly codec: RowCodec<unknown, unknown>
  readonly times: WindowTimes
}

/** A record that leaves a buffer. */
export interface LeavingRecord {
  readonly key: unknown
  readonly value: unknown
  readonly context: RecordContext
}

/**
 * The records that a join of a stream and a table with grace waits with (P§4.2), in order of time, then key, then arrival. Its own time,
 * `times.storeTime`, is the greatest of all records that it took.
 */
export class RecordBuffer {
  readonly times: WindowTimes
  readonly #parts: RecordBufferParts
  readonly #keyWriter = new BytesWriter()
  readonly #valueWriter = new BytesWriter()
  readonly #reader = new BufferedChangeReader()
  readonly #rowKey = new ByteSlice()
  readonly #row = new ByteSlice()
  readonly #key = new ByteSlice()
  /** The time of the first record, `Infinity` where there is none; `null`: not known. */
  #minTime: number | null = null
  readonly #guard: StoreGuard

  constructor(parts: RecordBufferParts) {
    this.#parts = parts
    this.times = parts.times
    this.#guard = new StoreGuard(parts.name)
  }

  /** The number of records: all are counted. */
  get recordCount(): number {
    const rows = this.#parts.rows.scan(allKeys, false)
    let count = 0
    while (rows.next()) count++
    rows.close()
    return count
  }

  /** Bytes of all records, as Java estimates them: all are looked at. */
  get byteSize(): number {
    const rows = this.#parts.rows.scan(allKeys, false)
    let size = 0
    while (rows.next()) {
      this.#reader.open(rows.value.buffer, rows.value.start)
      size += rows.key.length + contextSize(this.#reader.context()) + (this.#reader.newValue?.length ?? 0)
    }
    rows.close()
    return size
  }

  /** Takes `record`; false, and nothing is taken, if it is older than the buffer's time by more than `graceMs`. */
  put({ key, value, timestamp }: StreamRecord<unknown, unknown>, context: Readonly<RecordContext>, graceMs: number): boolean {
    this.#guard.checkOpen()
    const { codec, rows } = this.#parts
    const { times } = this
    if (times.storeTime - graceMs > timestamp) return false
    const keyBytes = codec.writeKey(key)
    const newValue = codec.writeRow(value, -1)
    const number = (times.sequence + 1) & NUMBER_MAX
    this.#writeRowKey(timestamp, keyBytes, number)
    this.#valueWriter.reset()
    writeBufferedChange(context, { priorValue: null, oldValue: null, newValue }, this.#valueWriter)
    this.#row.set(this.#valueWriter.buffer, 0, this.#valueWriter.position)
    rows.put(this.#rowKey, this.#row, timestamp)
    times.sequence = number
    if (timestamp > times.storeTime) times.storeTime = timestamp
    if (this.#minTime !== null && timestamp < this.#minTime) this.#minTime = timestamp
    return true
  }

  /** Gives the records that have waited for `graceMs` to `emit`, in order. A record is removed after `emit` has returned. */
  evict(graceMs: number, emit: (record: LeavingRecord) => void): void {
    this.#guard.checkOpen()
    const timeMax = this.times.storeTime - graceMs
    const first = this.#firstTime()
    if (first > timeMax) return
    // Not from the very beginning: there are the tombstones of all that have left since the last commit.
    const records = this.#parts.rows.scan({ ...allKeys, from: rowsFrom(first) }, false)
    try {
      let hasNext = records.next()
      while (hasNext && timeOf(records) <= timeMax) {
        emit(this.#recordAt(records))
        this.#parts.rows.put(records.key, null, timeOf(records))
        hasNext = records.next()
        this.#minTime = hasNext ? timeOf(records) : Infinity
      }
    } finally {
      records.close()
    }
  }

  /** The rows have changed beneath the buffer. */
  reset(): void {
    this.#minTime = null
  }

  /** From now on every call throws `STORE_CLOSED`. */
  close(): void {
    this.#guard.close()
  }

  #firstTime(): number {
    if (this.#minTime === null) {
      const records = this.#parts.rows.scan(allKeys, false)
      this.#minTime = records.next() ? timeOf(records) : Infinity
      records.close()
    }
    return this.#minTime
  }

  #writeRowKey(time: number, { buffer, start, end }: ByteSlice, number: number): void {
    const writer = this.#keyWriter
    writer.reset()
    writer.uint8(PREFIX)
    writer.int64(time)
    writer.range(buffer, start, end)
    writer.int32(number)
    this.#rowKey.set(writer.buffer, 0, writer.position)
  }

  #recordAt({ key, value }: RowCursor): LeavingRecord {
    const { codec } = this.#parts
    this.#reader.open(value.buffer, value.start)
    this.#key.set(key.buffer, key.start + KEY_AT, key.end - NUMBER_BYTES)
    const { newValue } = this.#reader
    return {
      key: codec.readKey(this.#key),
      value: newValue === null ? null : codec.readValue(newValue),
      context: this.#reader.context(),
    }
  }
}

/** Where the rows of the records of `time` begin. */
function rowsFrom(time: number): Buffer {
  const from = Buffer.allocUnsafe(KEY_AT)
  from[0] = PREFIX
  writeInt64(from, TIME_AT, time)
  return from
}

function timeOf({ key }: RowCursor): number {
  return readInt64(key.buffer, key.start + TIME_AT)
}

/** The time and the number in the key of a changelog record; `null` if it is none. */
export function placeInRecordKey(key: Buffer): { readonly time: number; readonly number: number } | null {
  if (key.length < KEY_AT + NUMBER_BYTES) return null
  return { time: readInt64(key, TIME_AT), number: key.readInt32BE(key.length - NUMBER_BYTES) }
}
