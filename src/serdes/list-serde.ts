import { BytesReader } from '../base/bytes-reader.ts'
import type { BytesWriter } from '../base/bytes-writer.ts'
import type { FastSerde } from './fast-serde.ts'
import { invalidBytes, invalidValue } from './invalid-value.ts'

/** How the entries are written: all of one length, or each with its length (P§6.6). */
const CONSTANT_SIZE = 0
const VARIABLE_SIZE = 1
const NULL_ENTRY = -1

/**
 * A list, in the bytes of Java's `ListSerde`. `constantBytes` is the length of every entry where Java's inner serializer has a constant
 * one, else `null`. Entries that are `null` are kept if `inner` is nullable.
 */
export function listSerde<T>(inner: FastSerde<T>, constantBytes: number | null): FastSerde<readonly T[]> {
  return {
    read: (bytes, start, end, context) => {
      const reader = new BytesReader(bytes, start, end)
      try {
        const strategy = reader.int8()
        if (strategy !== CONSTANT_SIZE && strategy !== VARIABLE_SIZE) throw invalidBytes('list', `strategy ${strategy}`, '0 or 1')
        if (strategy === CONSTANT_SIZE && constantBytes === null) throw invalidBytes('list', 'strategy 0', '1 for entries of any length')
        const nulls = strategy === CONSTANT_SIZE ? readNulls(reader) : null
        const count = reader.int32()
        const entries: T[] = []
        for (let index = 0; index < count; index++) {
          // A null entry of constant size takes no bytes.
          const length = nulls === null ? reader.int32() : nulls.has(index) ? NULL_ENTRY : constantBytes!
          const at = reader.position
          if (length !== NULL_ENTRY) reader.skip(length)
          entries.push(length === NULL_ENTRY ? nullEntry(inner) : inner.read(bytes, at, at + length, context))
        }
        return entries
      } catch (cause) {
        if (cause instanceof RangeError) throw Object.assign(invalidBytes('list', 'bytes that are cut off', 'a whole list'), { cause })
        throw cause
      }
    },
    nullable: false,
    write: (value, out, context) => {
      if (!Array.isArray(value)) throw invalidValue(value, 'list', 'an array is required')
      out.int8(constantBytes === null ? VARIABLE_SIZE : CONSTANT_SIZE)
      if (constantBytes !== null) writeNulls(value, out)
      out.int32(value.length)
      for (const entry of value) {
        if (entry === null) {
          if (constantBytes === null) out.int32(NULL_ENTRY)
          continue
        }
        const at = out.position
        if (constantBytes === null) out.int32(0)
        inner.write(entry, out, context)
        if (constantBytes === null) out.buffer.writeInt32BE(out.position - at - 4, at)
      }
    },
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  }
}

function nullEntry<T>(inner: FastSerde<T>): T {
  if (!inner.nullable) throw invalidBytes('list', 'an entry that is null', 'entries; use serdes.nullable to allow null')
  return null as T
}

function readNulls(reader: BytesReader): Set<number> {
  const nulls = new Set<number>()
  const count = reader.int32()
  for (let index = 0; index < count; index++) nulls.add(reader.int32())
  return nulls
}

function writeNulls(value: readonly unknown[], out: BytesWriter): void {
  let count = 0
  for (const entry of value) if (entry === null) count++
  out.int32(count)
  for (let index = 0; index < value.length; index++) if (value[index] === null) out.int32(index)
}
