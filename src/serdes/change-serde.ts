import { BytesReader } from '../base/bytes-reader.ts'
import { BytesWriter } from '../base/bytes-writer.ts'
import { Change } from '../model/change.ts'
import type { FastSerde } from './fast-serde.ts'
import { invalidBytes, invalidValue } from './invalid-value.ts'

// The last byte says what is there (N§2.10). 3 to 5 are as 0 to 2 with the byte isLatest before the flag: read, never written.
const OLD_ONLY = 0
const NEW_ONLY = 1
const BOTH = 2
const WITH_LATEST = 3

/** Updates of table rows on a repartition topic. Old and new both `null` throws `SerdeError` `VALUE_INVALID`. */
export function changeSerde<V>(inner: FastSerde<V>): FastSerde<Change<V>> {
  const scratch = new BytesWriter(256)
  return {
    read: (bytes, start, end, context) => {
      const flag = end > start ? bytes[end - 1]! : -1
      if (flag < 0 || flag > BOTH + WITH_LATEST) throw invalidBytes('a table change', `flag ${flag}`, 'a last byte from 0 to 5')
      const hasLatest = flag >= WITH_LATEST
      const dataEnd = hasLatest ? end - 2 : end - 1
      if (dataEnd < start) throw invalidBytes('a table change', `${end - start} bytes`, 'the byte isLatest before the flag')
      const isLatest = !hasLatest || bytes[dataEnd] !== 0
      const form = hasLatest ? flag - WITH_LATEST : flag
      if (form === OLD_ONLY) return new Change<V>(null, inner.read(bytes, start, dataEnd, context), isLatest)
      if (form === NEW_ONLY) return new Change<V>(inner.read(bytes, start, dataEnd, context), null, isLatest)
      const reader = new BytesReader(bytes, start, dataEnd)
      const newEnd = newValueEnd(reader)
      return new Change(inner.read(bytes, reader.position, newEnd, context), inner.read(bytes, newEnd, dataEnd, context), isLatest)
    },
    nullable: false,
    write: (change, out, context) => {
      const { newValue, oldValue } = change
      if (newValue !== null && oldValue !== null) {
        scratch.reset()
        inner.write(newValue, scratch, context)
        out.varint(scratch.position)
        out.range(scratch.buffer, 0, scratch.position)
        inner.write(oldValue, out, context)
        out.uint8(BOTH)
      } else if (newValue !== null) {
        inner.write(newValue, out, context)
        out.uint8(NEW_ONLY)
      } else if (oldValue !== null) {
        inner.write(oldValue, out, context)
        out.uint8(OLD_ONLY)
      } else {
        throw invalidValue(change, 'a table change', 'an old or a new value is required')
      }
    },
    windowBytes: 0,
    immutable: false,
    identity: null,
    estimate: null,
  }
}

/** Leaves the reader at the start of the new value. */
function newValueEnd(reader: BytesReader): number {
  try {
    const length = reader.varint()
    if (length >= 0 && length <= reader.remaining) return reader.position + length
  } catch (cause) {
    throw Object.assign(invalidBytes('a table change', 'a length that is cut off', 'the length of the new value'), { cause })
  }
  throw invalidBytes('a table change', 'an impossible length', 'the length of the new value')
}
