import type { RecordHeaders } from '../record/record-headers.ts'

/** What a serde knows of the bytes in hand. Valid during the call only: the runtime reuses the object. */
export interface SerdeContext {
  /** The topic as the cluster knows it; for a store its changelog topic, also where logging is off (P§15). */
  readonly topic: string
  readonly isKey: boolean
  /** The headers of the record; a serializer may add to them. */
  readonly headers: RecordHeaders
  readonly role: 'source' | 'sink' | 'repartition' | 'changelog'
}

/** Reads values. Function properties instead of methods, so that types are checked strictly. */
export interface Deserializer<out T> {
  /** Absent bytes never get here. The bytes belong to the callee. Giving `null` is an error unless the serde is `serdes.nullable`. */
  readonly deserialize: (bytes: Uint8Array, context: SerdeContext) => T
}

/** Writes values. */
export interface Serializer<in T> {
  /** `null` never gets here (unless the serde is `serdes.nullable`). The bytes given belong to the caller. */
  readonly serialize: (value: T, context: SerdeContext) => Uint8Array
}

/**
 * Turns values into bytes and back, synchronously. Make one with `serdes.of` from a pair of functions.
 *
 * ```ts
 * const hex: Serde<string> = serdes.of({
 *   serialize: (text: string) => Buffer.from(text, 'hex'),
 *   deserialize: (bytes: Uint8Array) => Buffer.from(bytes).toString('hex'),
 * })
 * ```
 */
export interface Serde<in out T> extends Serializer<T>, Deserializer<T> {
  /** Awaited once per topic when a task opens: the place for I/O. */
  readonly prepare?: ((topic: string, isKey: boolean) => Promise<void>) | undefined
}

/** "Accepts at least `T`": the type of options whose type is already known. */
export interface SerdeFor<in T> extends Serializer<T>, Deserializer<unknown> {}

/** The values that a serde reads. */
export type SerdeType<S> = S extends Deserializer<infer T> ? T : never
