const fromCodes = String.fromCharCode

/** Up to this length text is made here, beyond it by native code. */
export const SHORT_TEXT_BYTES_MAX = 16

/**
 * The text of `[start, start + length)`, or `null` where this is not the way to read it: when it is not ASCII, or `bytes` ends too soon
 * behind it. `length` is at most 16. Keys are short, and a call of native code for each costs two to three times as much.
 */
export function shortAscii(bytes: Uint8Array, start: number, length: number): string | null {
  const width = length <= 8 ? 8 : SHORT_TEXT_BYTES_MAX
  if (start + width > bytes.length) return null
  let bits = 0
  for (let index = start; index < start + length; index++) bits |= bytes[index]!
  if (bits > 0x7f) return null
  const text = width === 8 ? eight(bytes, start) : sixteen(bytes, start)
  return length === width ? text : text.slice(0, length)
}

// One call with all arguments makes the text at once; what lies behind it in memory is cut off again.

function eight(bytes: Uint8Array, at: number): string {
  return fromCodes(
    bytes[at]!,
    bytes[at + 1]!,
    bytes[at + 2]!,
    bytes[at + 3]!,
    bytes[at + 4]!,
    bytes[at + 5]!,
    bytes[at + 6]!,
    bytes[at + 7]!,
  )
}

function sixteen(bytes: Uint8Array, at: number): string {
  return fromCodes(
    bytes[at]!,
    bytes[at + 1]!,
    bytes[at + 2]!,
    bytes[at + 3]!,
    bytes[at + 4]!,
    bytes[at + 5]!,
    bytes[at + 6]!,
    bytes[at + 7]!,
    bytes[at + 8]!,
    bytes[at + 9]!,
    bytes[at + 10]!,
    bytes[at + 11]!,
    bytes[at + 12]!,
    bytes[at + 13]!,
    bytes[at + 14]!,
    bytes[at + 15]!,
  )
}
