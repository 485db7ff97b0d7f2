import { SerdeError } from '../../base/errors.ts'
import { readInt64 } from '../../base/int64.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { RestoreRecord } from '../restore-batch.ts'
import { BufferedChangeReader, type ChangeBytes } from './buffered-change.ts'
import { contextEnd, readContext } from './context-bytes.ts'

// What Java wrote to the changelogs of its buffers, by the header "v" (P§6.6):
// 0 (without it): int64 time, old, new
// 1: int64 time, context, int32 length of (old, new)
// 2: context, int32 length of (old, new), prior, int64 time; some releases wrote version 3 and called it 2
// 3: context, prior, old, new, int64 time

const TIME_BYTES = 8
const VERSION_HEADER = 'v'

/** A changelog record of a buffer, read. */
export interface RestoredChange {
  readonly time: number
  readonly context: RecordContext
  readonly change: ChangeBytes
}

/** The value of a changelog record with its header `v`, and where it was. */
export interface RestoredBytes extends Pick<RestoreRecord, 'timestamp' | 'headers'> {
  readonly value: Buffer
  readonly topic: string
  readonly partition: number
}

/**
 * Reads a changelog record of any version. `priorValue` is that of the change of the same key that is held, `undefined` where none is: the
 * first versions did not write it. Throws `SerdeError` `BYTES_INVALID` for what is no such record.
 */
export function readRestoredChange(record: RestoredBytes, priorValue: () => ByteSlice | null | undefined): RestoredChange {
  const version = record.headers?.last(VERSION_HEADER) ?? null
  const read = version === null ? readVersion0 : version.length === 1 ? readers[version[0]!] : undefined
  try {
    if (read === undefined) throw new RangeError('its version is not known')
    return read(record, priorValue)
  } catch (cause) {
    throw new SerdeError(
      'BYTES_INVALID',
      `Cannot restore a buffer from topic "${record.topic}": a record of ${record.value.length} bytes with version ${version === null ? 'none' : Buffer.from(version).toString('hex')} is no buffered change`,
      { cause, topic: record.topic },
    )
  }
}

type Reader = (record: RestoredBytes, priorValue: () => ByteSlice | null | undefined) => RestoredChange

const readers: Readonly<Record<number, Reader | undefined>> = { 1: readVersion1, 2: readVersion2, 3: readVersion3 }

function readVersion0(
  { value, timestamp, topic, partition, headers }: RestoredBytes,
  priorValue: () => ByteSlice | null | undefined,
): RestoredChange {
  const values = new Values(value, TIME_BYTES)
  const context = { timestamp, offset: -1, topic, partition, headers: headers ?? recordHeaders(), source: null }
  return { time: readInt64(value, 0), context, change: withPrior(values.oldAndNew(), priorValue()) }
}

function readVersion1({ value }: RestoredBytes, priorValue: () => ByteSlice | null | undefined): RestoredChange {
  const values = new Values(value, contextEnd(value, TIME_BYTES))
  values.skipLength()
  return { time: readInt64(value, 0), context: readContext(value, TIME_BYTES), change: withPrior(values.oldAndNew(), priorValue()) }
}

function readVersion2(record: RestoredBytes): RestoredChange {
  try {
    return readTrueVersion2(record)
  } catch {
    // Releases 2.4.0 to 2.5.0 called version 3 version 2.
    return readVersion3(record)
  }
}

function readTrueVersion2({ value }: RestoredBytes): RestoredChange {
  const values = new Values(value, contextEnd(value, 0))
  values.skipLength()
  const { oldValue, newValue } = values.oldAndNew()
  const priorValue = values.next()
  return { time: readInt64(value, values.position), context: readContext(value, 0), change: { priorValue, oldValue, newValue } }
}

function readVersion3({ value }: RestoredBytes): RestoredChange {
  const reader = new BufferedChangeReader()
  reader.open(value, 0)
  return { time: readInt64(value, reader.end), context: reader.context(), change: reader }
}

type OldAndNew = Pick<ChangeBytes, 'oldValue' | 'newValue'>

function withPrior({ oldValue, newValue }: OldAndNew, known: ByteSlice | null | undefined): ChangeBytes {
  // As in Java, an absent prior value is taken for an unknown one.
  return { priorValue: known ?? oldValue, oldValue, newValue }
}

/** Values with their lengths, one after the other. */
class Values {
  readonly #buffer: Buffer
  position: number

  constructor(buffer: Buffer, position: number) {
    this.#buffer = buffer
    this.position = position
  }

  skipLength(): void {
    this.position += 4
  }

  oldAndNew(): OldAndNew {
    const oldValue = this.next()
    return { oldValue, newValue: this.next() }
  }

  next(): ByteSlice | null {
    const length = this.#buffer.readInt32BE(this.position)
    const start = this.position + 4
    if (length < -1 || start + length > this.#buffer.length) throw new RangeError(`a value has the length ${length}`)
    this.position = start + Math.max(0, length)
    return length === -1 ? null : new ByteSlice(this.#buffer, start, this.position)
  }
}
