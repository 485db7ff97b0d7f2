import type { BytesWriter } from '../base/bytes-writer.ts'

const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What is in an object that is in so many others is left to `JSON.stringify`, which knows circles, too. */
const DEPTH_MAX = 16
/** Longer strings are left to native code. */
const LOOP_LENGTH_MAX = 256
const INT32_MAX = 0x7fff_ffff
const BILLION = 1e9

/**
 * Writes the text of `value` to `out`, byte by byte the one that `JSON.stringify` gives, in half of its time: without the text in
 * between. `false` where that is left to `JSON.stringify`, with a part of the text in `out`: objects in too many others, objects without
 * prototype, boxed numbers and texts, bigints, functions (which may have a `toJSON`), and what has no text.
 */
export function writeJson(value: object, out: BytesWriter): boolean {
  return writeValue(replaced(value, ''), out, 0)
}

/** What `toJSON` gives in place of an object that has one. */
function replaced(value: object, key: string): unknown {
  const { toJSON } = value as { readonly toJSON?: unknown }
  return typeof toJSON === 'function' ? (toJSON.call(value, key) as unknown) : value
}

/** `value` is not to be replaced any more. What has no text is refused. */
function writeValue(value: unknown, out: BytesWriter, depth: number): boolean {
  switch (typeof value) {
    case 'string':
      writeString(value, out)
      return true
    case 'number':
      writeNumber(value, out)
      return true
    case 'boolean':
      writeAscii(value ? 'true' : 'false', out)
      return true
    case 'object':
      if (value === null) {
        writeAscii('null', out)
        return true
      }
      if (depth >= DEPTH_MAX) return false
      if (Array.isArray(value)) return writeArray(value, out, depth)
      return isPlain(value) && writeObject(value as Record<string, unknown>, out, depth)
    default:
      return false
  }
}

/** Whether an object is no more than its properties. Objects without prototype may be what `JSON.rawJSON` made. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype) return true
  if (prototype === null) return false
  return !(value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt)
}

function writeObject(value: Readonly<Record<string, unknown>>, out: BytesWriter, depth: number): boolean {
  const names = Object.keys(value)
  writeByte(OPEN_BRACE, out)
  let isFirst = true
  for (let index = 0; index < names.length; index++) {
    const name = names[index]!
    const given = value[name]
    if (typeof given === 'function') return false
    const inner = typeof given === 'object' && given !== null ? replaced(given, name) : given
    if (inner === undefined || typeof inner === 'function' || typeof inner === 'symbol') continue
    if (!isFirst) writeByte(COMMA, out)
    isFirst = false
    writeString(name, out)
    writeByte(COLON, out)
    if (!writeValue(inner, out, depth + 1)) return false
  }
  writeByte(CLOSE_BRACE, out)
  return true
}

function writeArray(values: readonly unknown[], out: BytesWriter, depth: number): boolean {
  writeByte(OPEN_BRACKET, out)
  for (let index = 0; index < values.length; index++) {
    if (index > 0) writeByte(COMMA, out)
    const given = values[index]
    if (typeof given === 'function') return false
    const inner = typeof given === 'object' && given !== null ? replaced(given, String(index)) : given
    const hasText = inner !== undefined && typeof inner !== 'function' && typeof inner !== 'symbol'
    if (!writeValue(hasText ? inner : null, out, depth + 1)) return false
  }
  writeByte(CLOSE_BRACKET, out)
  return true
}

function writeByte(byte: number, out: BytesWriter): void {
  out.ensure(1)
  out.buffer[out.position++] = byte
}

function writeString(text: string, out: BytesWriter): void {
  const { length } = text
  if (length > LOOP_LENGTH_MAX) {
    out.utf8(JSON.stringify(text))
    return
  }
  out.ensure(length + 2)
  const { buffer, position } = out
  const start = position + 1
  buffer[position] = QUOTE
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x20 || code > 0x7f || code === QUOTE || code === BACKSLASH) {
      out.utf8(JSON.stringify(text))
      return
    }
    buffer[start + index] = code
  }
  buffer[start + length] = QUOTE
  out.position = start + length + 1
}

function writeNumber(value: number, out: BytesWriter): void {
  if (!Number.isSafeInteger(value)) {
    writeAscii(Number.isFinite(value) ? String(value) : 'null', out)
    return
  }
  if (value < 0) writeByte(MINUS, out)
  const rest = Math.abs(value)
  if (rest <= INT32_MAX) {
    writeDigits(rest, digitsOf(rest), out)
    return
  }
  // Up to 2^53: nine digits at the end, and seven before them.
  const high = Math.floor(rest / BILLION)
  writeDigits(high, digitsOf(high), out)
  writeDigits(rest - high * BILLION, 9, out)
}

function digitsOf(value: number): number {
  let digits = 1
  for (let limit = 10; limit <= value; limit *= 10) digits++
  return digits
}

/** The last `digits` digits of an integer below 2^31, or 10^9 written with nine. */
function writeDigits(value: number, digits: number, out: BytesWriter): void {
  out.ensure(digits)
  const { buffer, position } = out
  let rest = value | 0
  for (let at = position + digits - 1; at >= position; at--) {
    const tenth = (rest / 10) | 0
    buffer[at] = ZERO + rest - tenth * 10
    rest = tenth
  }
  out.position = position + digits
}

function writeAscii(text: string, out: BytesWriter): void {
  out.ensure(text.length)
  const { buffer, position } = out
  for (let index = 0; index < text.length; index++) buffer[position + index] = text.charCodeAt(index)
  out.position = position + text.length
}
