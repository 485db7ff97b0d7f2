import { lossyUtf8 } from '../base/lossy-utf8.ts'
import { corruptBatch } from './corrupt-batch.ts'
import { MAX_VARINT_BYTES, signedVarintSize, writeSignedVarint } from './varint.ts'

/** One header of a record. */
export interface RecordHeader {
  readonly key: string
  readonly value: Uint8Array | null
}

/**
 * The headers of a record: a list in which a key may occur several times. Mutable; who holds the same object sees the changes (P§15).
 */
export interface RecordHeaders extends Iterable<RecordHeader> {
  /** The value of the last header with that key; `null` if there is none or its value is absent. */
  last(key: string): Uint8Array | null
  /** Adds to the end. A text is stored as UTF-8; bytes are kept, not copied. Returns this object. */
  add(key: string, value: Uint8Array | string | null): RecordHeaders
  /** Removes all headers with that key. Returns this object. */
  remove(key: string): RecordHeaders
}

/**
 * Headers made of `entries`, by default none.
 *
 * ```ts
 * const headers = recordHeaders([['trace', '4bf92f']]).add('tenant', 'blue')
 * ```
 */
export function recordHeaders(entries?: Iterable<readonly [key: string, value: Uint8Array | string | null]>): RecordHeaders {
  const headers = new HeaderList(null, 0)
  if (entries !== undefined) for (const [key, value] of entries) headers.add(key, value)
  return headers
}

/** Where the headers of a record lie in a batch, as `RecordCursor` gives it: `count` headers in `[start, end)`, already checked. */
export interface HeaderRange {
  readonly buffer: Buffer
  readonly headersStart: number
  readonly headersEnd: number
  readonly headerCount: number
}

/** The headers in `range`, as an object that owns its bytes. They are decoded when first looked at. */
export function headersIn(range: HeaderRange): RecordHeaders {
  if (range.headerCount === 0) return new HeaderList(null, 0)
  return new HeaderList(Buffer.from(range.buffer.subarray(range.headersStart, range.headersEnd)), range.headerCount)
}

/** Whether there are no headers. Costs nothing where they are ours: most records have none. */
export function hasNoHeaders(headers: RecordHeaders): boolean {
  return ownHeaders(headers).isEmpty
}

/** The number of bytes of `headers` in a record, their count included. `null` = none. */
export function headersSize(headers: RecordHeaders | null): number {
  return headers === null ? 1 : ownHeaders(headers).encodedSize()
}

/** The bytes of the names and values in `range`, without what says how long they are. Allocates nothing. */
export function headerContentSize({ buffer, headersStart, headerCount }: HeaderRange): number {
  return contentSize(buffer, headersStart, headerCount)
}

/** The bytes of the names and values of `headers`, without what says how long they are. */
export function headersContentSize(headers: RecordHeaders): number {
  return ownHeaders(headers).contentSize()
}

/** Writes `headers`, their count first, at `position` of `target`, which has room. Returns the position after them. */
export function writeHeaders(headers: RecordHeaders | null, target: Buffer, position: number): number {
  if (headers !== null) return ownHeaders(headers).encodeInto(target, position)
  target[position] = 0
  return position + 1
}

/** Users may bring headers of their own making. */
function ownHeaders(headers: RecordHeaders): HeaderList {
  if (headers instanceof HeaderList) return headers
  const copy = new HeaderList(null, 0)
  for (const { key, value } of headers) copy.add(key, value)
  return copy
}

/**
 * Encoded until somebody looks, a list afterwards, and encoded again until somebody changes it: headers that only pass through are
 * copied as bytes.
 */
class HeaderList implements RecordHeaders {
  #encoded: Buffer | null
  #encodedCount: number
  #entries: RecordHeader[] | null

  constructor(encoded: Buffer | null, count: number) {
    this.#encoded = encoded
    this.#encodedCount = count
    this.#entries = null
  }

  /** Whether there are none. */
  get isEmpty(): boolean {
    return this.#entries === null ? this.#encodedCount === 0 : this.#entries.length === 0
  }

  last(key: string): Uint8Array | null {
    return this.#list().findLast((entry) => entry.key === key)?.value ?? null
  }

  add(key: string, value: Uint8Array | string | null): RecordHeaders {
    if (typeof key !== 'string') throw new TypeError(`Cannot add a header: the key is ${String(key)}, required is a text`)
    const bytes = typeof value === 'string' ? Buffer.from(lossyUtf8(value)) : value
    if (bytes !== null && !(bytes instanceof Uint8Array)) {
      throw new TypeError(`Cannot add header "${key}": the value is of type ${typeof value}, required are bytes, a text or null`)
    }
    this.#list().push({ key, value: bytes })
    this.#encoded = null
    return this
  }

  remove(key: string): RecordHeaders {
    const kept = this.#list().filter((entry) => entry.key !== key)
    this.#entries = kept
    this.#encoded = null
    return this
  }

  [Symbol.iterator](): Iterator<RecordHeader> {
    return this.#list()[Symbol.iterator]()
  }

  /** Bytes in a record, the count included. */
  encodedSize(): number {
    const encoded = this.#encode()
    return signedVarintSize(this.#encodedCount) + encoded.length
  }

  /** Bytes of names and values alone. */
  contentSize(): number {
    if (this.#encoded !== null) return contentSize(this.#encoded, 0, this.#encodedCount)
    let size = 0
    for (const { key, value } of this.#list()) size += Buffer.byteLength(lossyUtf8(key)) + (value === null ? 0 : value.length)
    return size
  }

  encodeInto(target: Buffer, position: number): number {
    const encoded = this.#encode()
    const start = writeSignedVarint(target, position, this.#encodedCount)
    encoded.copy(target, start)
    return start + encoded.length
  }

  #list(): RecordHeader[] {
    return (this.#entries ??= this.#encoded === null ? [] : decode(this.#encoded, this.#encodedCount))
  }

  #encode(): Buffer {
    if (this.#encoded === null) {
      this.#encoded = this.#entries === null ? noBytes : encode(this.#entries)
      this.#encodedCount = this.#entries?.length ?? 0
    }
    return this.#encoded
  }
}

const noBytes = Buffer.alloc(0)

function encode(entries: readonly RecordHeader[]): Buffer {
  if (entries.length === 0) return noBytes
  const keys = entries.map((entry) => Buffer.from(lossyUtf8(entry.key)))
  let bound = 0
  entries.forEach((entry, index) => (bound += 2 * MAX_VARINT_BYTES + keys[index]!.length + (entry.value?.length ?? 0)))
  const bytes = Buffer.allocUnsafe(bound)
  let position = 0
  entries.forEach((entry, index) => {
    const key = keys[index]!
    position = writeSignedVarint(bytes, position, key.length)
    bytes.set(key, position)
    position = writeSignedVarint(bytes, position + key.length, entry.value === null ? -1 : entry.value.length)
    if (entry.value !== null) {
      bytes.set(entry.value, position)
      position += entry.value.length
    }
  })
  return bytes.subarray(0, position)
}

/** `count` headers from `start` on, which were checked: each is a length, the name, a length or -1, the value. */
function contentSize(bytes: Uint8Array, start: number, count: number): number {
  let position = start
  let size = 0
  for (let part = 0; part < 2 * count; part++) {
    let zigzag = 0
    let byte: number
    let shift = 0
    do {
      byte = bytes[position++]!
      zigzag |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80)
    // An odd number is negative: there is no value.
    if ((zigzag & 1) === 1) continue
    size += zigzag >>> 1
    position += zigzag >>> 1
  }
  return size
}

/** The bytes were checked by the cursor that found them; a failure here is still a typed error. */
function decode(bytes: Buffer, count: number): RecordHeader[] {
  let position = 0
  const length = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++]
      if (byte === undefined || shift > 28) throw corruptBatch('Cannot read the headers of a record: a length is cut off')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
    }
  }
  const entries: RecordHeader[] = []
  for (let index = 0; index < count; index++) {
    const keyLength = length()
    const key = bytes.toString('utf8', position, position + keyLength)
    position += keyLength
    const valueLength = length()
    const value = valueLength < 0 ? null : bytes.subarray(position, position + valueLength)
    position += Math.max(0, valueLength)
    entries.push({ key, value })
  }
  return entries
}
