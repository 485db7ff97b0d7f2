const fromCodes = String.fromCharCode

/** Up to this length text is made here, beyond it by native code. */
export const SHORT_TEXT_BYTES_MAX = 16

/**
 * The text of `[start, start + length)`, or `null` where this is not the way to read it: when it is not ASCII, or less than 16 bytes are
 * left in `bytes`. `length` is at most 16. Keys are short, and a call of native code for each costs about twice as much.
 */
export function shortAscii(bytes: Uint8Array, start: number, length: number): string | null {
  if (start + SHORT_TEXT_BYTES_MAX > bytes.length) return null
  let bits = 0
  for (let index = start; index < start + length; index++) bits |= bytes[index]!
  if (bits > 0x7f) return null
  // One call with all arguments makes the text at once; what lies behind it in memory is cut off again.
  const text = fromCodes(
    bytes[start]!,
    bytes[start + 1]!,
    bytes[start + 2]!,
    bytes[start + 3]!,
    bytes[start + 4]!,
    bytes[start + 5]!,
    bytes[start + 6]!,
    bytes[start + 7]!,
    bytes[start + 8]!,
    bytes[start + 9]!,
    bytes[start + 10]!,
    bytes[start + 11]!,
    bytes[start + 12]!,
    bytes[start + 13]!,
    bytes[start + 14]!,
    bytes[start + 15]!,
  )
  return length === SHORT_TEXT_BYTES_MAX ? text : text.slice(0, length)
}
