/**
 * MurmurHash3 (x86, 32 bits) of `bytes[start, end)` as an unsigned integer. Bloom filters on disk depend on it: it never changes.
 * `seed`: the id of the store that the key is of.
 */
export function hashOfKey(bytes: Buffer, start: number, end: number, seed: number): number {
  let hash = seed | 0
  let index = start
  for (const last = end - 4; index <= last; index += 4) {
    const word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    hash ^= scramble(word)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0
  }
  let tail = 0
  for (let shift = 0; index < end; index++, shift += 8) tail |= bytes[index]! << shift
  if (((end - start) & 3) !== 0) hash ^= scramble(tail)
  hash ^= end - start
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scramble(word: number): number {
  const mixed = Math.imul(word, 0xcc9e_2d51)
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b87_3593)
}
