import { type Duration, durationMs } from '../base/durations.ts'
import type { Windowed } from '../model/windowed.ts'
import { booleanSerde, bytesSerde, uuidSerde, viewSerde } from './basic-serdes.ts'
import { builtInSerde, fastSerdeOf } from './fast-serde.ts'
import { type JsonOptions, type JsonSchemaOptions, jsonSerde, schemaCheck } from './json-serde.ts'
import { listSerde } from './list-serde.ts'
import { nullableSerde } from './nullable-serde.ts'
import { bigint64Serde, float32Serde, float64Serde, int16Serde, int32Serde, int64Serde } from './number-serdes.ts'
import type { Deserializer, Serde, Serializer } from './serde.ts'
import type { StandardSchema } from './standard-schema.ts'
import { stringSerde } from './string-serde.ts'
import { changelogWindowedSerde, sessionWindowedSerde, timeWindowedSerde } from './windowed-serdes.ts'

/**
 * The built-in serdes. Their bytes are those of Java's serdes of the same kind (P§15).
 *
 * ```ts
 * const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
 * ```
 */
export interface Serdes {
  /** UTF-8; a lone surrogate is written as `?`. */
  readonly string: Serde<string>
  /** Bytes, copied when read. As with buffers of Node, the memory behind them is shared: who looks at `buffer` minds `byteOffset`. */
  readonly bytes: Serde<Uint8Array>
  /** One byte, 0 or 1. */
  readonly boolean: Serde<boolean>
  /** A UUID as text, lower case. */
  readonly uuid: Serde<string>
  readonly int16: Serde<number>
  readonly int32: Serde<number>
  /** 64 bits, safe integers only: other values throw at both ends. */
  readonly int64: Serde<number>
  readonly bigint64: Serde<bigint>
  readonly float32: Serde<number>
  readonly float64: Serde<number>
  /** Bytes without a copy: valid only while the record is processed. */
  readonly view: Serde<Uint8Array>
  /** JSON, unchecked: `T` is a promise of whoever wrote the bytes. */
  json<T>(options?: JsonOptions): Serde<T>
  /** JSON, checked by a schema when read. A value that does not fit: `SCHEMA_INVALID`; an asynchronous schema: `SCHEMA_ASYNC`. */
  json<T>(schema: StandardSchema<T>, options?: JsonSchemaOptions): Serde<T>
  /** Java's `ListSerde`. */
  list<T>(inner: Serde<T>): Serde<readonly T[]>
  /** `inner`, with `null` (absent bytes) as a value. */
  nullable<T>(inner: Serde<T>): Serde<T | null>
  /**
   * Key and start of a window of `size`, that of sliding windows their time difference, of unlimited ones `Infinity`. The end is not written.
   * `changelog`: as the keys are in the changelog of a window store, with a number behind the start.
   */
  timeWindowed<T>(inner: Serde<T>, size: Duration, options?: { readonly changelog?: boolean | undefined }): Serde<Windowed<T>>
  /** Key, end and start of a session. */
  sessionWindowed<T>(inner: Serde<T>): Serde<Windowed<T>>
  /** A serde from two functions. */
  of<T>(serde: Serializer<T> & Deserializer<T>): Serde<T>
}

function isSchema(given: StandardSchema<unknown> | JsonOptions | undefined): given is StandardSchema<unknown> {
  return given !== undefined && '~standard' in given
}

function json<T>(schemaOrOptions?: StandardSchema<T> | JsonOptions, options: JsonSchemaOptions = {}): Serde<T> {
  if (!isSchema(schemaOrOptions)) return builtInSerde(jsonSerde((value) => value as T, schemaOrOptions))
  return builtInSerde(jsonSerde(schemaCheck<T>(schemaOrOptions as StandardSchema<T>, options.validate ?? 'source'), options))
}

/** Adds the `prepare` of `inner`, which the serde made of it must pass on. */
function preparedAs<T, I>(serde: Serde<T>, inner: Serde<I>): Serde<T> {
  return inner.prepare === undefined ? serde : Object.freeze({ ...serde, prepare: inner.prepare })
}

const int16: Serde<number> = builtInSerde(int16Serde)
const int32: Serde<number> = builtInSerde(int32Serde)
const int64: Serde<number> = builtInSerde(int64Serde)
const bigint64: Serde<bigint> = builtInSerde(bigint64Serde)
const float32: Serde<number> = builtInSerde(float32Serde)
const float64: Serde<number> = builtInSerde(float64Serde)
const uuid: Serde<string> = builtInSerde(uuidSerde)

/** The inner serdes for which Java's `ListSerde` leaves out the lengths (P§6.6). */
const constantBytes: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  [int16Serde, 2],
  [int32Serde, 4],
  [float32Serde, 4],
  [int64Serde, 8],
  [bigint64Serde, 8],
  [float64Serde, 8],
  [uuidSerde, 36],
])

/** The built-in serdes; see {@link Serdes}. */
export const serdes: Serdes = Object.freeze({
  string: builtInSerde(stringSerde),
  bytes: builtInSerde(bytesSerde),
  boolean: builtInSerde(booleanSerde),
  uuid,
  int16,
  int32,
  int64,
  bigint64,
  float32,
  float64,
  view: builtInSerde(viewSerde),
  json,
  list: <T>(inner: Serde<T>) =>
    preparedAs(builtInSerde(listSerde(fastSerdeOf(inner), constantBytes.get(fastSerdeOf(inner)) ?? null)), inner),
  nullable: <T>(inner: Serde<T>) => preparedAs(builtInSerde(nullableSerde(fastSerdeOf(inner))), inner),
  timeWindowed: <T>(inner: Serde<T>, size: Duration, options: { readonly changelog?: boolean | undefined } = {}) => {
    const sizeMs = size === Infinity ? Infinity : durationMs(size, 'size')
    const serdeOf = options.changelog === true ? changelogWindowedSerde : timeWindowedSerde
    return preparedAs(builtInSerde(serdeOf(fastSerdeOf(inner), sizeMs)), inner)
  },
  sessionWindowed: <T>(inner: Serde<T>) => preparedAs(builtInSerde(sessionWindowedSerde(fastSerdeOf(inner))), inner),
  of: <T>(serde: Serializer<T> & Deserializer<T>) => serde as Serde<T>,
})
