const BITS_PER_KEY = 10
/** A line of a processor's cache: all bits of a key are in one, so that a look costs one access to memory. */
const LINE_BYTES = 64
const LINE_BITS_MASK = LINE_BYTES * 8 - 1
const TWO_32 = 0x1_0000_0000

/** The bytes of a filter with the keys of these hashes (`hashOfKey`): ten bits for each, in whole lines, at least one. */
export function buildFilter(hashes: Uint32Array): Buffer {
  const lines = Math.max(1, Math.ceil((hashes.length * BITS_PER_KEY) / (LINE_BYTES * 8)))
  const filter = Buffer.alloc(lines * LINE_BYTES)
  for (let index = 0; index < hashes.length; index++) addTo(filter, hashes[index]!)
  return filter
}

function addTo(filter: Buffer, hash: number): void {
  const at = lineOf(hash, filter)
  let bits = mix(hash)
  const more = mix(bits)
  for (let probe = 0; probe < 6; probe++) {
    if (probe === 3) bits = more
    const bit = bits & LINE_BITS_MASK
    filter[at + (bit >>> 3)]! |= 1 << (bit & 7)
    bits >>>= 9
  }
}

/** False if no key with that hash was added; true if one was, and for about one in eighty others. */
export function mayContain(filter: Buffer, hash: number): boolean {
  const at = lineOf(hash, filter)
  let bits = mix(hash)
  const more = mix(bits)
  for (let probe = 0; probe < 6; probe++) {
    if (probe === 3) bits = more
    const bit = bits & LINE_BITS_MASK
    if ((filter[at + (bit >>> 3)]! & (1 << (bit & 7))) === 0) return false
    bits >>>= 9
  }
  return true
}

/** Where the line of a hash begins: the hash, scaled to the number of lines. */
function lineOf(hash: number, filter: Buffer): number {
  return Math.floor((hash * (filter.length / LINE_BYTES)) / TWO_32) * LINE_BYTES
}

/** The finish of MurmurHash3 with other constants: bits that are independent of the line. */
function mix(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x7feb_352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846c_a68b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
