import type { BytesWriter } from '../base/bytes-writer.ts'
import { lossyUtf8 } from '../base/lossy-utf8.ts'
import { readUtf8 } from '../base/native-utf8.ts'
import { withJavaSurrogates } from '../base/surrogate-bytes.ts'
import type { FastSerde } from './fast-serde.ts'
import { requireType } from './invalid-value.ts'
import { SHORT_TEXT_BYTES_MAX, shortAscii } from './short-ascii.ts'

// Below this length a loop over the characters beats the call into native code.
const LOOP_LENGTH_MAX = 48

/** Text as UTF-8. A lone surrogate is written as `?`, as Java does. */
export const stringSerde: FastSerde<string> = {
  read: (bytes, start, end) => {
    const short = end - start <= SHORT_TEXT_BYTES_MAX ? shortAscii(bytes, start, end - start) : null
    return short ?? withJavaSurrogates(readUtf8(bytes, start, end), bytes, start, end)
  },
  nullable: false,
  write: (value, out) => {
    requireType(value, 'string', 'string')
    if (value.length <= LOOP_LENGTH_MAX && writeAscii(value, out)) return
    const start = out.position
    // As many bytes as characters: it is ASCII, and has no surrogates to look for.
    if (out.utf8(value) === value.length || value.isWellFormed()) return
    out.position = start
    out.utf8(lossyUtf8(value))
  },
  windowBytes: 0,
  immutable: true,
  identity: lossyUtf8,
  estimate: utf8Length,
}

/** Exact, so that caches give up entries when Java's do. */
function utf8Length(text: string): number {
  const { length } = text
  if (length > LOOP_LENGTH_MAX) return Buffer.byteLength(lossyUtf8(text))
  for (let index = 0; index < length; index++) if (text.charCodeAt(index) >= 0x80) return Buffer.byteLength(lossyUtf8(text))
  return length
}

/** Gives up, with nothing written, at the first character that is not ASCII. */
function writeAscii(text: string, out: BytesWriter): boolean {
  const length = text.length
  out.ensure(length)
  const buffer = out.buffer
  const start = out.position
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0x7f) return false
    buffer[start + index] = code
  }
  out.position = start + length
  return true
}
