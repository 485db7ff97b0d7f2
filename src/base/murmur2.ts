const SEED = 0x9747_b28c | 0
const MULTIPLIER = 0x5bd1_e995

/** Kafka's murmur2 of `[start, end)`, as a signed int32 (N§4.2). */
export function murmur2(bytes: Uint8Array, start: number, end: number): number {
  let hash = SEED ^ (end - start)
  let index = start
  for (; index + 4 <= end; index += 4) {
    let word = bytes[index]! | (bytes[index + 1]! << 8) | (bytes[index + 2]! << 16) | (bytes[index + 3]! << 24)
    word = Math.imul(word, MULTIPLIER)
    word ^= word >>> 24
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER)
  }
  const rest = end - index
  if (rest === 3) hash ^= bytes[index + 2]! << 16
  if (rest >= 2) hash ^= bytes[index + 1]! << 8
  if (rest >= 1) hash = Math.imul(hash ^ bytes[index]!, MULTIPLIER)
  hash ^= hash >>> 13
  hash = Math.imul(hash, MULTIPLIER)
  return hash ^ (hash >>> 15)
}

/** Clears the sign bit, as Kafka does before it takes a hash modulo the number of partitions. Not the absolute value. */
export function toPositive(hash: number): number {
  return hash & 0x7fff_ffff
}

/** The partition of a record whose key has the bytes `[start, end)`: what every Java producer and Kafka Streams chooses (N§4.2). */
export function partitionOf(key: Uint8Array, start: number, end: number, partitionCount: number): number {
  return toPositive(murmur2(key, start, end)) % partitionCount
}
