import { assert } from '../base/assert.ts'
import { MessageWriter } from './message-writer.ts'
import type { MessageReader } from './message-reader.ts'
import { primitiveCodec, primitiveDefault, readCompactLength, refuseNull, type ValueCodec } from './primitive-codec.ts'
import type { FieldSchema, PrimitiveType } from './schema.ts'

/** A struct in memory: every field of its schema, whatever the version. */
export type Struct = Readonly<Record<string, unknown>>

/** One version of a message, of which structs are compiled. */
export interface MessageVersion {
  readonly version: number
  /** Whether lengths are compact and structs end with a tagged section. */
  readonly flexible: boolean
}

interface FieldCodec {
  readonly name: string
  /** How it is written in this version; undefined when the version lacks the field. */
  readonly codec: ValueCodec | undefined
  readonly tag: number | undefined
  readonly ignorable: boolean
  /** The value where nobody said otherwise; frozen, because it is shared. */
  readonly defaultValue: unknown
  readonly isDefault: (value: unknown) => boolean
}

/**
 * Compiles the fields of a struct for one version. Reading gives objects with every field of the schema in schema order, so all versions
 * have one shape; fields that the version lacks hold their default. Writing a field that the version lacks throws
 * `UnsupportedFieldError`, unless it holds its default or is ignorable.
 */
export function structCodec(fields: readonly FieldSchema[], at: MessageVersion): ValueCodec {
  const all = fields.map((field) => fieldCodec(field, at))
  const tagged = all.filter((field) => field.codec !== undefined && field.tag !== undefined).sort((a, b) => a.tag! - b.tag!)
  const untagged = all.filter((field) => field.codec !== undefined && field.tag === undefined)
  const absent = all.filter((field) => field.codec === undefined && !field.ignorable)
  const minBytes = untagged.reduce((sum, field) => sum + field.codec!.minBytes, at.flexible ? 1 : 0)
  return {
    minBytes,
    write: (value, writer) => {
      const struct = value as Struct
      for (const field of untagged) {
        writer.field = field.name
        field.codec!.write(struct[field.name], writer)
      }
      for (const field of absent) {
        if (!field.isDefault(struct[field.name])) throw new UnsupportedFieldError(field.name, struct[field.name])
      }
      if (at.flexible) writeTagged(tagged, struct, writer)
    },
    read: (reader) => {
      const struct: Record<string, unknown> = {}
      for (const field of all) {
        reader.field = field.name
        struct[field.name] = field.codec === undefined || field.tag !== undefined ? field.defaultValue : field.codec.read(reader)
      }
      if (at.flexible) readTagged(tagged, struct, reader)
      return struct
    },
  }
}

/** A field holds a value that the version to be written cannot carry. */
export class UnsupportedFieldError extends Error {
  override readonly name = 'UnsupportedFieldError'
  readonly field: string
  readonly value: unknown

  constructor(field: string, value: unknown) {
    super(`field "${field}" holds a value that this version cannot carry`)
    this.field = field
    this.value = value
  }
}

function writeTagged(tagged: readonly FieldCodec[], struct: Struct, writer: MessageWriter): void {
  let count = 0
  for (const field of tagged) if (!field.isDefault(struct[field.name])) count++
  writer.out.uvarint(count)
  if (count === 0) return
  for (const field of tagged) {
    const value = struct[field.name]
    if (field.isDefault(value)) continue
    writer.field = field.name
    const inner = new MessageWriter()
    field.codec!.write(value, inner)
    assert(inner.inserts.length === 0, 'record batches are never in a tagged field')
    writer.out.uvarint(field.tag!)
    writer.out.uvarint(inner.length)
    writer.out.bytes(inner.out.written())
  }
}

function readTagged(tagged: readonly FieldCodec[], struct: Record<string, unknown>, reader: MessageReader): void {
  const bytes = reader.in
  reader.field = 'tagged fields'
  let previous = -1
  for (let count = bytes.uvarint(); count > 0; count--) {
    const tag = bytes.uvarint()
    if (tag <= previous) throw new RangeError(`Cannot read tagged fields: tag ${tag} follows tag ${previous}`)
    previous = tag
    const size = bytes.uvarint()
    if (size > bytes.remaining) throw new RangeError(`Cannot read tag ${tag} of ${size} bytes: ${bytes.remaining} are left`)
    const end = bytes.position + size
    const field = tagged.find((candidate) => candidate.tag === tag)
    if (field === undefined) {
      bytes.skip(size)
      continue
    }
    reader.field = field.name
    struct[field.name] = field.codec!.read(reader)
    if (bytes.position !== end)
      throw new RangeError(`Cannot read tag ${tag}: its value takes ${bytes.position - end + size} bytes, not ${size}`)
  }
}

function fieldCodec(field: FieldSchema, at: MessageVersion): FieldCodec {
  const { name, since = 0, until = Infinity, nullable, tag, default: given, ignorable = false } = field
  const isPresent = since <= at.version && at.version <= until
  const isNullable = nullable === true || (nullable !== undefined && at.version >= nullable)
  const element = field.type.startsWith('[]') ? field.type.slice(2) : undefined
  if (element === undefined && field.type === 'struct') {
    const inner = structCodec(fieldsOf(field), at)
    const defaultValue = given === null ? null : structDefault(fieldsOf(field))
    const isDefault = given === null ? isNull : structIsDefault(fieldsOf(field), defaultValue)
    const codec = isNullable ? nullableStruct(inner) : inner
    return { name, codec: isPresent ? codec : undefined, tag, ignorable, defaultValue, isDefault }
  }
  if (element !== undefined) {
    const inner = element === 'struct' ? structCodec(fieldsOf(field), at) : primitiveCodec(element as PrimitiveType, at.flexible, false)
    const codec = isPresent ? arrayCodec(inner, at.flexible, isNullable) : undefined
    const defaultValue = given === null ? null : emptyArray
    const isDefault = given === null ? isNull : isEmpty
    return { name, codec, tag, ignorable, defaultValue, isDefault }
  }
  const type = field.type as PrimitiveType
  const value = given === undefined ? primitiveDefault(type) : given
  const isDefault = type === 'bytes' && value !== null ? isEmpty : (candidate: unknown) => candidate === value
  const codec = isPresent ? primitiveCodec(type, at.flexible, isNullable) : undefined
  return { name, codec, tag, ignorable, defaultValue: value, isDefault }
}

function fieldsOf(field: FieldSchema): readonly FieldSchema[] {
  assert(field.fields !== undefined, `the schema of "${field.name}" names its fields`)
  return field.fields
}

function isNull(value: unknown): boolean {
  return value === null
}

function isEmpty(value: unknown): boolean {
  return value !== null && (value as { readonly length: number }).length === 0
}

const emptyArray: readonly unknown[] = Object.freeze([])
// Defaults do not depend on the version.
const anyVersion: MessageVersion = { version: 0, flexible: false }

function structDefault(fields: readonly FieldSchema[]): unknown {
  return Object.freeze(Object.fromEntries(fields.map((field) => [field.name, fieldCodec(field, anyVersion).defaultValue])))
}

function structIsDefault(fields: readonly FieldSchema[], shared: unknown): (value: unknown) => boolean {
  const checks = fields.map((field) => fieldCodec(field, anyVersion))
  return (value) => value === shared || (value !== null && checks.every((field) => field.isDefault((value as Struct)[field.name])))
}

function nullableStruct(inner: ValueCodec): ValueCodec {
  return {
    minBytes: 1,
    write: (value, writer) => {
      writer.out.int8(value === null ? -1 : 1)
      if (value !== null) inner.write(value, writer)
    },
    read: (reader) => (reader.in.int8() < 0 ? null : inner.read(reader)),
  }
}

function arrayCodec(inner: ValueCodec, flexible: boolean, nullable: boolean): ValueCodec {
  const elementBytesMin = Math.max(1, inner.minBytes)
  return {
    minBytes: flexible ? 1 : 4,
    write: (value, writer) => {
      if (value === null && nullable) {
        if (flexible) writer.out.uvarint(0)
        else writer.out.int32(-1)
        return
      }
      const elements = value as readonly unknown[]
      if (flexible) writer.out.uvarint(elements.length + 1)
      else writer.out.int32(elements.length)
      for (const element of elements) inner.write(element, writer)
    },
    read: (reader) => {
      const count = flexible ? readCompactLength(reader) : reader.in.int32()
      if (count < 0) return nullable ? null : refuseNull(reader)
      if (count * elementBytesMin > reader.in.remaining) {
        throw new RangeError(`Cannot read ${count} elements of "${reader.field}": ${reader.in.remaining} bytes are left`)
      }
      const elements: unknown[] = []
      for (let index = 0; index < count; index++) elements.push(inner.read(reader))
      return elements
    },
  }
}
