import { readLatin1, readUtf8 } from '../base/native-utf8.ts'
import { JsonShape } from './json-shape.ts'

/** Stands for the value of a text that is left to `JSON.parse`. */
const NOT_READ: unique symbol = Symbol('not read')

/** Longer texts are left to `JSON.parse`: what is said of each text there is little of the whole. */
const TEXT_BYTES_MAX = 4096
/** From this length on V8 makes a part of a text a view of the whole, which lives as long as the part. */
const VIEW_LENGTH_MIN = 13
/** In longer texts such parts are copied instead: a name of 20 characters is not to keep a document. */
const VIEWED_TEXT_BYTES_MAX = 512
/** That many digits and no more are exact as an integer, and as a quotient by a power of ten. */
const EXACT_DIGITS_MAX = 15
/** Objects and arrays within each other. */
const DEPTH_MAX = 16
/** Each object that was read gives one credit, each that was not takes some; without any left that many texts go to `JSON.parse` at once. */
const CREDIT_MAX = 64
const MISS_CREDITS = 4
const PAUSE_TEXTS = 1000

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

const PLAIN = 1
const NOT_ASCII = 2

/** What a byte within a string is: `PLAIN`, `NOT_ASCII`, or 0 for what ends the string or is an escape or not allowed. */
const kinds: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return NOT_ASCII
  return byte < 0x20 || byte === QUOTE || byte === BACKSLASH ? 0 : PLAIN
})

const powersOfTen: readonly number[] = Array.from({ length: EXACT_DIGITS_MAX + 1 }, (_, power) => 10 ** power)

const literals: readonly (readonly [text: Buffer, value: boolean | null])[] = [
  [Buffer.from('true'), true],
  [Buffer.from('false'), false],
  [Buffer.from('null'), null],
]

/**
 * Reads JSON as `JSON.parse` does. Objects whose keys it has met before, in that order, it reads from the bytes itself, which takes half the
 * time: most topics have records of few shapes. It leaves to `JSON.parse` whatever is unusual, what is no JSON included.
 */
export class JsonReader {
  readonly #root = new JsonShape()
  #credit = CREDIT_MAX
  /** How many texts are left to `JSON.parse` before shapes are tried again. */
  #pause = 0
  #bytes: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  /** Where the next byte is that was not read yet. */
  #at = 0
  /** The text, a character for each byte. */
  #text = ''
  /** Whether strings may be views of the text. */
  #isViewed = false
  /** The values of objects that are not whole yet, of outer ones first. */
  readonly #values: unknown[] = []
  #valueCount = 0
  #depth = 0

  /** The value of the UTF-8 text `[start, end)`. Throws `SyntaxError` where that is no JSON. */
  read(bytes: Buffer, start: number, end: number): unknown {
    const isObject = bytes[start] === OPEN_BRACE && bytes[end - 1] === CLOSE_BRACE
    if (!isObject || end - start > TEXT_BYTES_MAX) return JSON.parse(readUtf8(bytes, start, end))
    if (this.#pause > 0) {
      this.#pause--
      return JSON.parse(readUtf8(bytes, start, end))
    }
    this.#bytes = bytes
    this.#start = start
    this.#end = end
    this.#at = start + 1
    this.#text = readLatin1(bytes, start, end)
    this.#isViewed = end - start <= VIEWED_TEXT_BYTES_MAX
    this.#valueCount = 0
    this.#depth = 0
    const value = this.#object(this.#root)
    // What lies behind the text may have been looked at on the way, and is no part of it.
    if (value === NOT_READ || this.#at !== end) return this.#parse()
    if (this.#credit < CREDIT_MAX) this.#credit++
    return value
  }

  /** Leaves the text to `JSON.parse`, and looks at what it gives. */
  #parse(): unknown {
    const value: unknown = JSON.parse(readUtf8(this.#bytes, this.#start, this.#end))
    this.#root.learn(value as object)
    this.#credit -= MISS_CREDITS
    if (this.#credit <= 0) {
      this.#credit = CREDIT_MAX
      this.#pause = PAUSE_TEXTS
    }
    return value
  }

  /** From behind the brace. */
  #object(root: JsonShape): unknown {
    if (++this.#depth > DEPTH_MAX) return NOT_READ
    const bytes = this.#bytes
    const base = this.#valueCount
    let shape = root
    let at = this.#at
    if (bytes[at] === CLOSE_BRACE && root.hasEnd) {
      this.#at = at + 1
      this.#depth--
      return {}
    }
    const values = this.#values
    const text = this.#text
    const start = this.#start
    let count = base
    for (let byte: number = COMMA; byte !== CLOSE_BRACE;) {
      if (byte !== COMMA) return NOT_READ
      if (bytes[at] !== QUOTE) at = skipSpaces(bytes, at)
      const next = shape.nextAt(bytes, at)
      if (next === null) return NOT_READ
      shape = next
      at += next.quoted.length
      if (bytes[at] !== COLON) at = skipSpaces(bytes, at)
      if (bytes[at++] !== COLON) return NOT_READ
      if (bytes[at]! <= SPACE) at = skipSpaces(bytes, at)
      let end = at + 1
      if (bytes[at] === QUOTE) while (kinds[bytes[end]!] === PLAIN) end++
      if (bytes[at] === QUOTE && bytes[end] === QUOTE && (end - at <= VIEW_LENGTH_MIN || this.#isViewed)) {
        values[count++] = text.substring(at + 1 - start, end - start)
        at = end + 1
      } else {
        this.#at = at
        this.#valueCount = count
        const value = this.#value(next)
        if (value === NOT_READ) return NOT_READ
        values[count++] = value
        at = this.#at
      }
      byte = bytes[at++]!
      if (byte <= SPACE) {
        at = skipSpaces(bytes, at)
        byte = bytes[at++]!
      }
    }
    this.#at = at
    this.#valueCount = base
    this.#depth--
    return shape.hasEnd ? shape.objectOf(this.#values, base) : NOT_READ
  }

  #value(shape: JsonShape): unknown {
    const byte = this.#bytes[this.#at]!
    if (byte === QUOTE) return this.#string()
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.#number()
    if (byte === OPEN_BRACE) {
      this.#at++
      return this.#object(shape.inner)
    }
    return byte === OPEN_BRACKET ? this.#array(shape) : this.#literal()
  }

  #array(shape: JsonShape): unknown {
    if (++this.#depth > DEPTH_MAX) return NOT_READ
    const bytes = this.#bytes
    const elements: unknown[] = []
    this.#at = skipSpaces(bytes, this.#at + 1)
    if (bytes[this.#at] === CLOSE_BRACKET) this.#at++
    else {
      for (let byte = COMMA; byte !== CLOSE_BRACKET;) {
        const value = this.#value(shape)
        if (value === NOT_READ) return NOT_READ
        elements.push(value)
        const at = skipSpaces(bytes, this.#at)
        byte = bytes[at]!
        if (byte !== COMMA && byte !== CLOSE_BRACKET) return NOT_READ
        this.#at = byte === COMMA ? skipSpaces(bytes, at + 1) : at + 1
      }
    }
    this.#depth--
    return elements
  }

  #string(): unknown {
    const bytes = this.#bytes
    const start = this.#at + 1
    let end = start
    while (kinds[bytes[end]!] === PLAIN) end++
    if (bytes[end] !== QUOTE) return this.#unusualString(start, end)
    this.#at = end + 1
    if (end - start >= VIEW_LENGTH_MIN && !this.#isViewed) return readLatin1(bytes, start, end)
    return this.#text.substring(start - this.#start, end - this.#start)
  }

  /** A string that is not ASCII, or has escapes: its first `from - start` characters are neither. */
  #unusualString(start: number, from: number): unknown {
    const bytes = this.#bytes
    const limit = this.#end
    let hasEscapes = false
    let end = from
    for (; end < limit && bytes[end] !== QUOTE; end++) {
      const byte = bytes[end]!
      if (byte === BACKSLASH) {
        hasEscapes = true
        end++
      } else if (kinds[byte] === 0) return NOT_READ
    }
    if (end >= limit) return NOT_READ
    this.#at = end + 1
    return hasEscapes ? unescaped(readUtf8(bytes, start - 1, end + 1)) : readUtf8(bytes, start, end)
  }

  #number(): unknown {
    const bytes = this.#bytes
    const start = this.#at
    const first = bytes[start] === MINUS ? start + 1 : start
    let at = first
    let digits = 0
    let value = 0
    let byte = bytes[at]!
    for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) value = value * 10 + byte - ZERO
    digits = at - first
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return NOT_READ
    let places = 0
    if (byte === DOT) {
      const dot = at
      byte = bytes[++at]!
      for (; byte >= ZERO && byte <= NINE; byte = bytes[++at]!) value = value * 10 + byte - ZERO
      places = at - dot - 1
      digits += places
      if (places === 0) return NOT_READ
    }
    const isExact = digits <= EXACT_DIGITS_MAX && (byte | 0x20) !== 0x65
    if (!isExact) return this.#longNumber(start, at)
    this.#at = at
    // Both are exact, so that the quotient is the nearest there is, as it has to be.
    if (places > 0) value /= powersOfTen[places]!
    return first === start ? value : -value
  }

  /** A number of many digits, or with an exponent, which begins at `at` then. */
  #longNumber(start: number, at: number): unknown {
    const bytes = this.#bytes
    let end = at
    if ((bytes[end]! | 0x20) === 0x65) {
      end++
      if (bytes[end] === MINUS || bytes[end] === 0x2b) end++
      const first = end
      while (bytes[end]! >= ZERO && bytes[end]! <= NINE) end++
      if (end === first) return NOT_READ
    }
    this.#at = end
    return Number(readLatin1(bytes, start, end))
  }

  #literal(): unknown {
    const bytes = this.#bytes
    const start = this.#at
    for (const [text, value] of literals) {
      let index = 0
      while (index < text.length && bytes[start + index] === text[index]) index++
      if (index < text.length) continue
      this.#at = start + index
      return value
    }
    return NOT_READ
  }
}

/** The position of the next byte that is not white space. */
function skipSpaces(bytes: Buffer, start: number): number {
  let at = start
  for (let byte = bytes[at]!; byte <= 0x20; byte = bytes[++at]!) {
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
  }
  return at
}

/** What a string with escapes says. One that is not well-formed is left to whoever is to say so. */
function unescaped(literal: string): unknown {
  try {
    return JSON.parse(literal)
  } catch {
    return NOT_READ
  }
}
