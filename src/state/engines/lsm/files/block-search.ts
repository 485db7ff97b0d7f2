import { type ByteSlice, compareTo } from '../../../byte-slice.ts'
import type { RowHead } from './row-head.ts'

/** What a file knows of a key. */
export const Found = { nothing: 0, tombstone: 1, value: 2 } as const
export type Found = (typeof Found)[keyof typeof Found]

/** A big-endian unsigned integer of 32 bits, without the checks of Buffer's own. */
export function uint32At(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** How many restarts a block has. */
export function restartCountOf({ buffer, end }: ByteSlice): number {
  return uint32At(buffer, end - 8)
}

/** Where the restart offsets of a block begin, which is where its rows end: a place in the buffer that it is in. */
export function rowsEndOf({ buffer, end }: ByteSlice): number {
  return end - 8 - uint32At(buffer, end - 8) * 4
}

/** The last restart whose key is at most `key`, 0 if there is none. */
export function restartFor(block: ByteSlice, key: ByteSlice, head: RowHead): number {
  const { buffer, start } = block
  const rowsEnd = rowsEndOf(block)
  let low = 0
  let high = restartCountOf(block) - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    head.read(buffer, start + uint32At(buffer, rowsEnd + middle * 4))
    if (compareTo(key, buffer, head.body, head.body + head.rest) < 0) high = middle - 1
    else low = middle
  }
  return low
}

/** Looks for `key` in a block. Sets `into` to its value, in the block, if there is one. `head` is scratch space. */
export function findInBlock(block: ByteSlice, key: ByteSlice, head: RowHead, into: ByteSlice): Found {
  const rowsEnd = rowsEndOf(block)
  const bytes = block.buffer
  const { buffer, start } = key
  const length = key.end - start
  let at = block.start + uint32At(bytes, rowsEnd + restartFor(block, key, head) * 4)
  // How many bytes the key before, which is lesser, has in common with `key`: keys are compared without being put together.
  let matched = 0
  while (at < rowsEnd) {
    head.read(bytes, at)
    at = head.end
    const shared = head.shared
    // It has the byte in which the one before was lesser.
    if (shared > matched) continue
    // It differs from the one before where that was still equal to `key`: it is greater.
    if (shared < matched) return Found.nothing
    const body = head.body
    const rest = head.rest
    const limit = Math.min(rest, length - matched)
    let index = 0
    while (index < limit && bytes[body + index] === buffer[start + matched + index]) index++
    if (index === rest) {
      if (matched + index === length) {
        if (head.value === 0) return Found.tombstone
        into.set(bytes, body + rest, body + rest + head.value - 1)
        return Found.value
      }
      matched += index
      continue
    }
    if (matched + index === length || bytes[body + index]! > buffer[start + matched + index]!) return Found.nothing
    matched += index
  }
  return Found.nothing
}
