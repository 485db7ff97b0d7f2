/** Bytes to be copied to where they are kept: a slice, or what is put together only there. */
export interface CopiedBytes {
  readonly length: number
  /** Writes them to `target`, which has room, from `at` on. */
  copyTo(target: Buffer, at: number): void
}

// Up to here a loop beats the call into native code.
const LOOP_BYTES_MAX = 24

/**
 * Bytes somewhere: `buffer[start, end)`. A cursor rather than a value: it is set again and again, so that looking at bytes makes no object.
 * Whoever is given one copies what it keeps.
 */
export class ByteSlice implements CopiedBytes {
  buffer: Buffer
  start: number
  end: number

  constructor(buffer: Buffer = noBytes, start = 0, end: number = buffer.length) {
    this.buffer = buffer
    this.start = start
    this.end = end
  }

  get length(): number {
    return this.end - this.start
  }

  set(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer
    this.start = start
    this.end = end
  }

  copyTo(target: Buffer, at: number): void {
    const { buffer, start, end } = this
    if (end - start > LOOP_BYTES_MAX) buffer.copy(target, at, start, end)
    else for (let index = start; index < end; index++) target[at + index - start] = buffer[index]!
  }

  /** The bytes as a buffer of their own. */
  copy(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.end - this.start)
    this.buffer.copy(copy, 0, this.start, this.end)
    return copy
  }
}

const noBytes: Buffer = Buffer.alloc(0)

/** Negative, zero or positive as `slice` comes before, equals or comes after `bytes[start, end)` in unsigned byte order. */
export function compareTo(slice: ByteSlice, bytes: Buffer, start: number, end: number): number {
  const left = slice.buffer
  const offset = slice.start - start
  const shared = Math.min(slice.end - offset, end)
  for (let index = start; index < shared; index++) {
    const difference = left[index + offset]! - bytes[index]!
    if (difference !== 0) return difference
  }
  return slice.end - slice.start - (end - start)
}

/** As `compareTo`, for two slices. */
export function compareSlices(left: ByteSlice, right: ByteSlice): number {
  return compareTo(left, right.buffer, right.start, right.end)
}
