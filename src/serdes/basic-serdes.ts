import { copiedBytes } from './copied-bytes.ts'
import { asBuffer, type FastSerde } from './fast-serde.ts'
import { invalidBytes, invalidValue, requireLength, requireType } from './invalid-value.ts'

/** One byte, 1 or 0. */
export const booleanSerde: FastSerde<boolean> = {
  read: (bytes, start, end) => {
    requireLength(end - start, 1, 'boolean')
    const byte = bytes[start]!
    if (byte > 1) throw invalidBytes('boolean', `byte ${byte}`, '0 or 1')
    return byte === 1
  },
  nullable: false,
  write: (value, out) => {
    requireType(value, 'boolean', 'boolean')
    out.bool(value)
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => (value ? 1 : 0),
  estimate: () => 1,
}

const uuidForm = /^([0-9a-f]{1,8})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,4})-([0-9a-f]{1,12})$/i

/** The canonical text of a UUID, or `null`. Groups may lack leading zeros, as in Java's `UUID.fromString`. */
function canonicalUuid(text: string): string | null {
  const match = uuidForm.exec(text)
  if (match === null) return null
  const [, a = '', b = '', c = '', d = '', e = ''] = match
  return `${a.padStart(8, '0')}-${b.padStart(4, '0')}-${c.padStart(4, '0')}-${d.padStart(4, '0')}-${e.padStart(12, '0')}`.toLowerCase()
}

function requireUuid(value: string): string {
  requireType(value, 'string', 'uuid')
  const canonical = canonicalUuid(value)
  if (canonical === null) throw invalidValue(value, 'uuid', 'text like "6ba7b810-9dad-11d1-80b4-00c04fd430c8" is required')
  return canonical
}

/** A UUID as text of 36 characters, in lower case. */
export const uuidSerde: FastSerde<string> = {
  read: (bytes, start, end) => {
    const text = bytes.toString('utf8', start, end)
    const canonical = canonicalUuid(text)
    if (canonical === null) throw invalidBytes('uuid', JSON.stringify(text.slice(0, 60)), 'the text of a UUID')
    return canonical
  },
  nullable: false,
  write: (value, out) => {
    out.utf8(requireUuid(value))
  },
  windowBytes: 0,
  immutable: true,
  identity: requireUuid,
  estimate: () => 36,
}

/** The bytes as they are, copied when read. */
export const bytesSerde: FastSerde<Uint8Array> = bytesOf(copiedBytes, true)

/** The bytes as they are, not copied: a value read is valid only while its record is processed. */
export const viewSerde: FastSerde<Uint8Array> = bytesOf((bytes, start, end) => bytes.subarray(start, end), false)

function bytesOf(read: FastSerde<Uint8Array>['read'], ownsMemory: boolean): FastSerde<Uint8Array> {
  return {
    read,
    ownsMemory,
    nullable: false,
    write: (value, out) => {
      if (!(value instanceof Uint8Array)) throw invalidValue(value, 'bytes', 'a Uint8Array is required')
      out.bytes(value)
    },
    windowBytes: 0,
    immutable: false,
    identity: (value) => asBuffer(value).toString('latin1'),
    estimate: (value) => value.length,
  }
}
