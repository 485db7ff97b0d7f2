/** The primitive types of Kafka's messages (protocol.md 0.2). `records` is nullable bytes that hold record batches. */
export type PrimitiveType =
  | 'bool'
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uuid'
  | 'string'
  | 'bytes'
  | 'records'

/** The type of a field: a primitive, a struct whose `fields` are given beside it, or an array of either. */
export type FieldType = PrimitiveType | 'struct' | `[]${PrimitiveType}` | '[]struct'

/** What a field holds where nobody said otherwise. */
export type FieldDefault = string | number | boolean | null

/**
 * One field of a message or struct, in wire order.
 *
 * In memory: `int64` is a number in which `Infinity` is int64 max; `uuid` is Kafka's base64url text of 22 characters
 * ('AAAAAAAAAAAAAAAAAAAAAA' is the zero id); `bytes` and `records` are `Buffer` views.
 */
export interface FieldSchema {
  /** Kafka's name with a lower-case first letter. */
  readonly name: string
  readonly type: FieldType
  /** The first version that has the field. Default: the first version of its parent. */
  readonly since?: number
  /** The last version that has the field. Default: the last version of its parent. */
  readonly until?: number
  /** Whether null is allowed: `true` in all versions of the field, a number = from that version. Default: never. */
  readonly nullable?: true | number
  /** The tag, where the field is in the tagged section of its struct (in all its versions). */
  readonly tag?: number
  /** Default: 0, false, '', the zero uuid, empty bytes, null records, an empty array, a struct of defaults. */
  readonly default?: FieldDefault
  /** Whether a value that is not the default may be left out silently in a version without the field. Default: encoding throws. */
  readonly ignorable?: true
  /** The fields of a struct or of the elements of an array of structs. */
  readonly fields?: readonly FieldSchema[]
}

/** Request and response of one API. Versions are counted alike for both. */
export interface ApiSchema {
  readonly name: string
  /** The number in the request header. */
  readonly key: number
  /** The first and the last version that Millrace can read and write. */
  readonly versions: readonly [first: number, last: number]
  /** The first flexible version (compact lengths, tagged fields, protocol.md 0.2). Default: none. */
  readonly flexibleSince?: number
  readonly request: readonly FieldSchema[]
  readonly response: readonly FieldSchema[]
}
