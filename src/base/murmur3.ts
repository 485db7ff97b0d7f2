/** The seed with which Kafka Streams hashes the values of foreign-key joins (P§5). */
export const FOREIGN_KEY_HASH_SEED = 104_729

// A 64-bit number is two int32 halves. The results of the operations below come in these two, so that nothing is allocated.
let high = 0
let low = 0

/** The low 64 bits of a product. */
function multiply(leftHigh: number, leftLow: number, rightHigh: number, rightLow: number): void {
  const a1 = leftLow >>> 16
  const a0 = leftLow & 0xffff
  const b1 = rightLow >>> 16
  const b0 = rightLow & 0xffff
  const bottom = a0 * b0
  const middle = a1 * b0 + (bottom >>> 16)
  const cross = a0 * b1 + (middle & 0xffff)
  const carried = a1 * b1 + Math.floor(middle / 0x1_0000) + Math.floor(cross / 0x1_0000)
  high = (carried + Math.imul(leftHigh, rightLow) + Math.imul(leftLow, rightHigh)) | 0
  low = ((cross & 0xffff) << 16) | (bottom & 0xffff)
}

function add(leftHigh: number, leftLow: number, rightHigh: number, rightLow: number): void {
  const sum = (leftLow >>> 0) + (rightLow >>> 0)
  high = (leftHigh + rightHigh + (sum > 0xffff_ffff ? 1 : 0)) | 0
  low = sum | 0
}

/** Rotates `high` and `low` left by 0 < `bits` < 32, or by 32 + that many when `isBeyond32`. */
function rotate(bits: number, isBeyond32: boolean): void {
  const left = isBeyond32 ? low : high
  const right = isBeyond32 ? high : low
  high = (left << bits) | (right >>> (32 - bits))
  low = (right << bits) | (left >>> (32 - bits))
}

function mixFirst(wordHigh: number, wordLow: number): void {
  multiply(wordHigh, wordLow, 0x87c3_7b91, 0x1142_53d5)
  rotate(31, false)
  multiply(high, low, 0x4cf5_ad43, 0x2745_937f)
}

function mixSecond(wordHigh: number, wordLow: number): void {
  multiply(wordHigh, wordLow, 0x4cf5_ad43, 0x2745_937f)
  rotate(1, true)
  multiply(high, low, 0x87c3_7b91, 0x1142_53d5)
}

function finish(wordHigh: number, wordLow: number): void {
  low = wordLow ^ (wordHigh >>> 1)
  multiply(wordHigh, low, 0xff51_afd7, 0xed55_8ccd)
  low ^= high >>> 1
  multiply(high, low, 0xc4ce_b9fe, 0x1a85_ec53)
  low ^= high >>> 1
}

/** A little-endian int32 of which only `[index, end)` exists; the rest is zero. */
function wordAt(bytes: Uint8Array, index: number, end: number): number {
  if (index + 4 <= end) return bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
  let word = 0
  for (let at = end - 1; at >= index; at--) word = (word << 8) | bytes[at]!
  return word
}

/** A range of bytes to hash and a seed. */
export interface Murmur3Input {
  readonly bytes: Uint8Array
  readonly start: number
  readonly end: number
  /** Default `FOREIGN_KEY_HASH_SEED`. */
  readonly seed?: number | undefined
}

/** Writes murmur3 (128 bits, x64 variant) as 16 bytes at `offset` of `out`: two big-endian int64, the order in which Java writes them. */
export function murmur3(input: Murmur3Input, out: Buffer, offset: number): void {
  const { bytes, start, end } = input
  const seed = input.seed ?? FOREIGN_KEY_HASH_SEED
  let firstHigh = seed >> 31
  let firstLow = seed
  let secondHigh = seed >> 31
  let secondLow = seed
  let index = start
  for (; index + 16 <= end; index += 16) {
    mixFirst(wordAt(bytes, index + 4, end), wordAt(bytes, index, end))
    low ^= firstLow
    high ^= firstHigh
    rotate(27, false)
    add(high, low, secondHigh, secondLow)
    multiply(high, low, 0, 5)
    add(high, low, 0, 0x52dc_e729)
    firstHigh = high
    firstLow = low

    mixSecond(wordAt(bytes, index + 12, end), wordAt(bytes, index + 8, end))
    low ^= secondLow
    high ^= secondHigh
    rotate(31, false)
    add(high, low, firstHigh, firstLow)
    multiply(high, low, 0, 5)
    add(high, low, 0, 0x3849_5ab5)
    secondHigh = high
    secondLow = low
  }
  if (end - index > 8) {
    mixSecond(wordAt(bytes, index + 12, end), wordAt(bytes, index + 8, end))
    secondHigh ^= high
    secondLow ^= low
  }
  if (end > index) {
    mixFirst(wordAt(bytes, index + 4, end), wordAt(bytes, index, end))
    firstHigh ^= high
    firstLow ^= low
  }
  firstLow ^= end - start
  secondLow ^= end - start
  add(firstHigh, firstLow, secondHigh, secondLow)
  firstHigh = high
  firstLow = low
  add(secondHigh, secondLow, firstHigh, firstLow)
  secondHigh = high
  secondLow = low
  finish(firstHigh, firstLow)
  firstHigh = high
  firstLow = low
  finish(secondHigh, secondLow)
  secondHigh = high
  secondLow = low
  add(firstHigh, firstLow, secondHigh, secondLow)
  out.writeInt32BE(high, offset)
  out.writeInt32BE(low, offset + 4)
  add(secondHigh, secondLow, high, low)
  out.writeInt32BE(high, offset + 8)
  out.writeInt32BE(low, offset + 12)
}
