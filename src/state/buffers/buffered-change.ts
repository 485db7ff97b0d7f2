import type { BytesWriter } from '../../base/bytes-writer.ts'
import type { RecordContext, SourceBytes } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import { contextEnd, contextSize, readContext, writeContext } from './context-bytes.ts'

// A buffered change: record context, then prior, old and new value, each int32 length (-1: absent) and its bytes; the old value has the
// length -2 where it is the same as the prior one (P§6.6, version 3). In memory the key and value of the source record may follow: the changelog
// does not have them.

const ABSENT = -1
const SAME_AS_PRIOR = -2
const LENGTH_BYTES = 4

/** The three values of a change; `null` = absent. Slices are copied by what takes them. */
export interface ChangeBytes {
  /** The value before the first change of the key that is buffered. */
  readonly priorValue: ByteSlice | null
  readonly oldValue: ByteSlice | null
  readonly newValue: ByteSlice | null
}

/** Writes a change and returns the bytes that Java counts for it: those of the values (one for both where prior and old are the same) and of the context. */
export function writeBufferedChange(
  context: Readonly<RecordContext>,
  { priorValue, oldValue, newValue }: ChangeBytes,
  out: BytesWriter,
): number {
  writeContext(context, out)
  writeValue(priorValue, out)
  const isSame = oldValue !== null && priorValue !== null && equal(priorValue, oldValue)
  if (isSame) out.int32(SAME_AS_PRIOR)
  else writeValue(oldValue, out)
  writeValue(newValue, out)
  return contextSize(context) + lengthOf(priorValue) + (isSame ? 0 : lengthOf(oldValue)) + lengthOf(newValue)
}

/** Writes the bytes of the source record behind a change, if there are any. */
export function writeSource({ source }: Readonly<RecordContext>, out: BytesWriter): void {
  if (source === null || source === undefined) return
  writeBytes(source.key, out)
  writeBytes(source.value, out)
}

function writeBytes(value: Uint8Array | null, out: BytesWriter): void {
  out.int32(value === null ? ABSENT : value.length)
  if (value !== null) out.bytes(value)
}

function writeValue(value: ByteSlice | null, out: BytesWriter): void {
  if (value === null) {
    out.int32(ABSENT)
    return
  }
  out.int32(value.length)
  out.range(value.buffer, value.start, value.end)
}

function lengthOf(value: ByteSlice | null): number {
  return value === null ? 0 : value.length
}

function equal(left: ByteSlice, right: ByteSlice): boolean {
  return left.buffer.compare(right.buffer, right.start, right.end, left.start, left.end) === 0
}

/** Reads buffered changes, one after the other: its slices lie in the bytes that were opened last. */
export class BufferedChangeReader implements ChangeBytes {
  readonly #prior = new ByteSlice()
  readonly #old = new ByteSlice()
  readonly #new = new ByteSlice()
  #buffer: Buffer = this.#prior.buffer
  #start = 0
  #end = 0
  priorValue: ByteSlice | null = null
  oldValue: ByteSlice | null = null
  newValue: ByteSlice | null = null

  /** Sets the values to those of the change that begins at `start`. Throws `RangeError` for bytes that are none. */
  open(buffer: Buffer, start: number): void {
    this.#buffer = buffer
    this.#start = start
    this.#end = contextEnd(buffer, start)
    this.priorValue = this.#next(this.#prior)
    const isSame = buffer.readInt32BE(this.#end) === SAME_AS_PRIOR
    if (isSame) this.#end += LENGTH_BYTES
    this.oldValue = isSame ? this.priorValue : this.#next(this.#old)
    this.newValue = this.#next(this.#new)
  }

  /** Where the change ends. */
  get end(): number {
    return this.#end
  }

  /** A context of its own, with the bytes of the source record if they lie between the change and `rowEnd`. */
  context(rowEnd: number = this.#end): RecordContext {
    const context = readContext(this.#buffer, this.#start)
    if (this.#end < rowEnd) context.source = this.#source(this.#end)
    return context
  }

  #source(start: number): SourceBytes {
    const key = this.#bytesAt(start)
    return { key, value: this.#bytesAt(start + LENGTH_BYTES + (key?.length ?? 0)) }
  }

  #bytesAt(start: number): Uint8Array | null {
    const length = this.#buffer.readInt32BE(start)
    const from = start + LENGTH_BYTES
    return length === ABSENT ? null : new Uint8Array(this.#buffer.subarray(from, from + length))
  }

  #next(slice: ByteSlice): ByteSlice | null {
    const length = this.#buffer.readInt32BE(this.#end)
    const start = this.#end + LENGTH_BYTES
    this.#end = start + Math.max(0, length)
    if (length < ABSENT || this.#end > this.#buffer.length)
      throw new RangeError(`Cannot read a buffered change: a value has the length ${length}`)
    if (length === ABSENT) return null
    slice.set(this.#buffer, start, this.#end)
    return slice
  }
}
