import { readUtf8 } from './native-utf8.ts'

const REPLACEMENT = '\ufffd'

/**
 * The text of `[start, end)` of which `decoded` is the text as Node decodes it. Where both decoders replace what is no UTF-8 they agree,
 * but for surrogates, which are written as three bytes by encoders that do not know better: Java replaces all three by one character,
 * Node each of them.
 */
export function withJavaSurrogates(decoded: string, bytes: Buffer, start: number, end: number): string {
  if (!decoded.includes(REPLACEMENT)) return decoded
  let text = ''
  let from = start
  for (let at = bytes.indexOf(0xed, start); at >= 0 && at + 1 < end; at = bytes.indexOf(0xed, at + 1)) {
    const second = bytes[at + 1]!
    if (second < 0xa0 || second > 0xbf) continue
    text += readUtf8(bytes, from, at) + REPLACEMENT
    from = at + (at + 2 < end && (bytes[at + 2]! & 0xc0) === 0x80 ? 3 : 2)
  }
  return from === start ? decoded : text + readUtf8(bytes, from, end)
}
