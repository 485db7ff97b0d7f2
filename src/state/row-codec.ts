import { BytesWriter } from '../base/bytes-writer.ts'
import { SerdeError } from '../base/errors.ts'
import { readInt64, writeInt64 } from '../base/int64.ts'
import type { RecordContext } from '../record/record-context.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import { type FastSerde, fastSerdeOf } from '../serdes/fast-serde.ts'
import type { SerdeContext } from '../serdes/serde.ts'
import { ByteSlice } from './byte-slice.ts'
import { serdeTopicOf, type StoreDefinition } from './store-definition.ts'
import { sessionKeySerde } from './sessions/session-key.ts'
import { readRowHeaders, rowHeadersBytes, rowHeadersSize, writeRowHeaders } from './row-headers.ts'
import { SEGMENT_BYTES, windowKeySerde } from './windows/window-key.ts'
import type { WindowTimes } from './windows/window-times.ts'

/** Bytes of the timestamp before a value in the format `timestamped` (P§6.3). */
export const TIMESTAMP_BYTES = 8

/** What a store's serdes see: the changelog topic, and the headers of the record in hand. */
class StoreSerdeContext implements SerdeContext {
  readonly topic: string
  readonly isKey: boolean
  readonly role = 'changelog'
  readonly #record: Readonly<RecordContext>

  constructor(topic: string, isKey: boolean, record: Readonly<RecordContext>) {
    this.topic = topic
    this.isKey = isKey
    this.#record = record
  }

  get headers(): RecordHeaders {
    return this.#record.headers
  }
}

/** Keys and values of one store to and from the bytes of its rows. Slices it gives are valid until it gives the next of the same kind. */
export class RowCodec<K, V> {
  readonly key: FastSerde<K>
  readonly value: FastSerde<V>
  /** Bytes before the plain value; in the format `headers` as long as there are no headers. */
  readonly prefixBytes: number
  /** Whether rows begin with headers. */
  readonly hasHeaders: boolean
  /** Whether a cache may keep values as objects: what is shown of a row is its value and timestamp. */
  readonly cachesValues: boolean
  /** The headers to write with the next row; `null` = none. */
  headers: RecordHeaders | null = null
  /** The headers of the row that was read last; only of a store that shows them. */
  foundHeaders: RecordHeaders | null = null
  /** Bytes before the key as it is in the changelog. */
  readonly keyPrefixBytes: number
  readonly #timestampBytes: number
  readonly #showsHeaders: boolean
  readonly #store: string
  readonly #keyContext: SerdeContext
  readonly #valueContext: SerdeContext
  readonly #keyWriter = new BytesWriter()
  /** The key that was written last stays where it is. */
  readonly #partWriter = new BytesWriter()
  readonly #partSlice = new ByteSlice()
  readonly #valueWriter = new BytesWriter()
  readonly #keySlice = new ByteSlice()
  #writtenKey: K | undefined = undefined
  readonly #valueSlice = new ByteSlice()

  /** `times`: of a window store, whose keys have windows. */
  constructor(store: StoreDefinition, applicationId: string, record: Readonly<RecordContext>, times: WindowTimes | null = null) {
    const topic = serdeTopicOf(store, applicationId)
    const key: unknown = fastSerdeOf(store.key)
    const { window, session } = store
    const windowed = window !== undefined && times !== null ? windowKeySerde(key as FastSerde<unknown>, window, times) : null
    const inSession = session === undefined ? null : sessionKeySerde(key as FastSerde<unknown>, session)
    this.key = (windowed ?? inSession ?? key) as FastSerde<K>
    this.keyPrefixBytes = windowed !== null || inSession !== null ? SEGMENT_BYTES : 0
    this.value = fastSerdeOf(store.value) as unknown as FastSerde<V>
    this.hasHeaders = store.format === 'headers'
    const timestampBytes = store.format === 'plain' || store.kind === 'session' ? 0 : TIMESTAMP_BYTES
    this.#timestampBytes = timestampBytes
    this.prefixBytes = this.hasHeaders ? timestampBytes + 1 : timestampBytes
    this.#showsHeaders = this.hasHeaders && store.kind === 'timestamped'
    this.cachesValues = this.value.immutable && !this.#showsHeaders
    this.#store = store.name
    this.#keyContext = new StoreSerdeContext(topic, true, record)
    this.#valueContext = new StoreSerdeContext(topic, false, record)
  }

  writeKey(key: K): ByteSlice {
    // An operator gets a row and puts it back: the bytes of the key are still there.
    if (Object.is(key, this.#writtenKey)) return this.#keySlice
    const writer = this.#keyWriter
    writer.position = 0
    this.#writtenKey = undefined
    this.key.write(key, writer, this.#keyContext)
    this.#keySlice.set(writer.buffer, 0, writer.position)
    // A key that may change is not known by its identity.
    if (this.key.immutable) this.#writtenKey = key
    return this.#keySlice
  }

  /** The bytes of a key as a buffer of their own. `serde`: another one than the store's. */
  keyBytes<P>(key: P, serde: FastSerde<P>): Buffer {
    return this.writePart(key, serde).copy()
  }

  /** The bytes of a key, valid until the next call of this method and of `keyBytes`. */
  writePart<P>(key: P, serde: FastSerde<P>): ByteSlice {
    const writer = this.#partWriter
    writer.position = 0
    serde.write(key, writer, this.#keyContext)
    this.#partSlice.set(writer.buffer, 0, writer.position)
    return this.#partSlice
  }

  writeRow(value: V, timestamp: number): ByteSlice {
    const writer = this.#valueWriter
    writer.position = 0
    if (this.hasHeaders) {
      writer.ensure(rowHeadersSize(this.headers))
      writer.position = writeRowHeaders(this.headers, writer.buffer, 0)
      this.headers = null
    }
    if (this.#timestampBytes > 0) {
      writer.ensure(TIMESTAMP_BYTES)
      writeInt64(writer.buffer, writer.position, timestamp)
      writer.position += TIMESTAMP_BYTES
    }
    this.value.write(value, writer, this.#valueContext)
    this.#valueSlice.set(writer.buffer, 0, writer.position)
    return this.#valueSlice
  }

  readKey({ buffer, start, end }: ByteSlice): K {
    return this.key.read(buffer, start, end, this.#keyContext)
  }

  /** Throws `SerdeError` `BYTES_INVALID` where the serde gives `null` for bytes that are there, and is not nullable. */
  readValue({ buffer, start, end }: ByteSlice): V | null {
    const valueStart = start + this.#prefixOf(buffer, start)
    if (this.#showsHeaders) this.foundHeaders = readRowHeaders(buffer, start)
    const value: V | null = this.value.read(buffer, valueStart, end, this.#valueContext)
    if (value === null && !this.value.nullable) {
      throw new SerdeError(
        'BYTES_INVALID',
        `Cannot read a row of store "${this.#store}": its value serde gave null for ${end - valueStart} bytes, a value is required; wrap the serde in serdes.nullable if null is one`,
        { store: this.#store, topic: this.#valueContext.topic },
      )
    }
    return value
  }

  /** Whether rows have timestamps. */
  get hasTimestamps(): boolean {
    return this.#timestampBytes > 0
  }

  /** The timestamp of a row, -1 where the format has none. */
  readTimestamp({ buffer, start }: ByteSlice): number {
    if (this.#timestampBytes === 0) return -1
    return readInt64(buffer, this.hasHeaders ? start + rowHeadersBytes(buffer, start) : start)
  }

  /** The headers of a row; `null` = none. */
  readHeaders({ buffer, start }: ByteSlice): RecordHeaders | null {
    return this.hasHeaders ? readRowHeaders(buffer, start) : null
  }

  /** Bytes before the plain value of a row. */
  prefixOf({ buffer, start }: ByteSlice): number {
    return this.#prefixOf(buffer, start)
  }

  #prefixOf(buffer: Buffer, start: number): number {
    return this.hasHeaders ? rowHeadersBytes(buffer, start) + this.#timestampBytes : this.prefixBytes
  }
}
