import { ByteSlice } from '../../src/state/byte-slice.ts'

const KEY_BYTES = 16
const INDEX_AT = 8

/**
 * Keys of 16 bytes for the numbers from 0: the first half is scattered, so that keys which follow each other in number do not follow each
 * other in order; the second is the number.
 */
export class MeasuredKey {
  /** The bytes of the key that was set last. */
  readonly slice: ByteSlice = new ByteSlice(Buffer.alloc(KEY_BYTES))

  set(index: number): void {
    const { buffer } = this.slice
    writeUint32(buffer, 0, scatter(index, 0x9e37_79b9))
    writeUint32(buffer, 4, scatter(index, 0x85eb_ca6b))
    writeUint32(buffer, INDEX_AT, 0)
    writeUint32(buffer, INDEX_AT + 4, index)
  }
}

function writeUint32(buffer: Buffer, at: number, value: number): void {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
}

/** Mixes the bits of a number so that each depends on all. */
export function scatter(index: number, salt: number): number {
  let mixed = (index + salt) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0_aaad)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
  return (mixed ^ (mixed >>> 15)) >>> 0
}
