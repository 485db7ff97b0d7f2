import { BytesWriter } from '../base/bytes-writer.ts'
import { copiedBytes } from './copied-bytes.ts'
import { SerdeError } from '../base/errors.ts'
import type { Deserializer, Serde, SerdeContext, Serializer } from './serde.ts'

/** Reads a value in place (design 3). */
export interface FastReader<out T> {
  /** The value in `bytes[start..end)`, which is only borrowed: what must live longer is copied. Throws where the bytes are none. */
  readonly read: (bytes: Buffer, start: number, end: number, context: SerdeContext) => T
  /** Whether absent bytes and `null` values are allowed where user input is checked (design 7, Null). */
  readonly nullable: boolean
}

/** Writes a value without a buffer of its own (design 3). */
export interface FastWriter<in T> {
  /** Appends the bytes of `value` to `out`. A throw may leave a part behind: the caller resets `out.position`. */
  readonly write: (value: T, out: BytesWriter, context: SerdeContext) => void
  /** How many bytes at the end of a key do not count for its partition: those of the window (P§2.1 `to`). */
  readonly windowBytes: number
}

/** The contract behind the built-in serdes; others are adapted to it by `fastSerdeOf`. */
export interface FastSerde<in out T> extends FastReader<T>, FastWriter<T> {
  /** Values never change, so that caches may keep and share the objects. */
  readonly immutable: boolean
  /** A key for `Map`: equal exactly when the bytes are equal. `null` where only the bytes can tell. */
  readonly identity: ((value: T) => string | number) | null
  /** Whether what is read has no memory in common with the bytes that were given. Default false. */
  readonly ownsMemory?: boolean | undefined
  /** About how many bytes the value takes, without writing it; `null`: write it to know. */
  readonly estimate: ((value: T) => number) | null
}

const fast: unique symbol = Symbol('millrace.fast-serde')

interface WithFast {
  readonly [fast]?: FastSerde<unknown>
}

/** A public serde around a fast one. */
export function builtInSerde<T>(serde: FastSerde<T>): Serde<T> {
  const builtIn: Serde<T> & { readonly [fast]: FastSerde<T> } = {
    serialize: (value, context) => writeToBytes(serde, value, context),
    deserialize: (bytes, context) => {
      const buffer = asBuffer(bytes)
      return serde.read(buffer, 0, buffer.length, context)
    },
    [fast]: serde,
  }
  return Object.freeze(builtIn)
}

/** The fast serde behind `serde`, or an adapter around it. */
export function fastSerdeOf<T>(serde: Serializer<T> & Deserializer<T>): FastSerde<T> {
  const builtIn = (serde as WithFast)[fast]
  if (builtIn !== undefined) return builtIn as FastSerde<unknown> as FastSerde<T>
  const { read } = adaptedReader(serde)
  const { write } = adaptedWriter(serde)
  return { read, nullable: false, write, windowBytes: 0, ownsMemory: true, immutable: false, identity: null, estimate: null }
}

/** As `fastSerdeOf`, for what can only read. */
export function fastReaderOf<T>(deserializer: Deserializer<T>): FastReader<T> {
  const builtIn = (deserializer as WithFast)[fast]
  return builtIn === undefined ? adaptedReader(deserializer) : (builtIn as FastReader<T>)
}

/** As `fastSerdeOf`, for what can only write. */
export function fastWriterOf<T>(serializer: Serializer<T>): FastWriter<T> {
  return (serializer as WithFast)[fast] ?? adaptedWriter(serializer)
}

/** Whether `null` is a value of `serde`: it was made by `serdes.nullable`. */
export function isNullable(serde: Deserializer<unknown>): boolean {
  return (serde as WithFast)[fast]?.nullable === true
}

/** `bytes` as a buffer over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function adaptedReader<T>(deserializer: Deserializer<T>): FastReader<T> {
  return {
    // Copied: nothing stops a user's function from keeping the bytes.
    read: (bytes, start, end, context) => deserializer.deserialize(copiedBytes(bytes, start, end), context),
    nullable: false,
  }
}

function adaptedWriter<T>(serializer: Serializer<T>): FastWriter<T> {
  return {
    write: (value, out, context) => {
      const bytes: unknown = serializer.serialize(value, context)
      if (!(bytes instanceof Uint8Array)) throw notBytes(bytes, context)
      out.bytes(bytes)
    },
    windowBytes: 0,
  }
}

function notBytes(given: unknown, context: SerdeContext): SerdeError {
  const isPromise = typeof given === 'object' && given !== null && 'then' in given
  const found = isPromise ? 'a promise' : given === null ? 'null' : typeof given
  return new SerdeError(
    'VALUE_INVALID',
    `Cannot serialize a ${context.isKey ? 'key' : 'value'} for topic "${context.topic}": the serializer returned ${found}, a Uint8Array is required`,
    { topic: context.topic },
  )
}

function writeToBytes<T>(serde: FastSerde<T>, value: T, context: SerdeContext): Uint8Array {
  const out = new BytesWriter(64)
  serde.write(value, out, context)
  return out.written()
}
