import { SerdeError } from '../base/errors.ts'

/** The error for a value that `serde` cannot write. `required` completes the sentence. */
export function invalidValue(value: unknown, serde: string, required: string): SerdeError {
  return new SerdeError('VALUE_INVALID', `Cannot serialize ${shown(value)} as ${serde}: ${required}`)
}

/** The error for bytes that `serde` cannot read. `found` and `required` are parts of the sentence. */
export function invalidBytes(serde: string, found: string, required: string): SerdeError {
  return new SerdeError('BYTES_INVALID', `Cannot deserialize ${serde}: found ${found}, required ${required}`)
}

/** Throws `SerdeError` `VALUE_INVALID` unless `value` is of `type`. */
export function requireType(value: unknown, type: 'string' | 'number' | 'boolean' | 'bigint', serde: string): void {
  if (typeof value !== type) throw invalidValue(value, serde, `a ${type} is required`)
}

/** Throws `SerdeError` `BYTES_INVALID` unless the range is `required` bytes long. */
export function requireLength(length: number, required: number, serde: string): void {
  if (length !== required) throw invalidBytes(serde, `${length} bytes`, `${required}`)
}

/** A value, short enough for a message. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'object' && 'then' in value) return 'a promise'
  return typeof value === 'object' ? `an object (${value.constructor?.name ?? 'Object'})` : `a ${typeof value}`
}
