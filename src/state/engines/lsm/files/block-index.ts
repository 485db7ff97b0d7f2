import { BytesReader } from '../../../../base/bytes-reader.ts'
import { type ByteSlice, compareTo } from '../../../byte-slice.ts'
import { prefixNumber, sharedLength } from '../../memory/key-prefix.ts'
import { readBlockEntry } from './file-format.ts'
import { freeBytes } from './free-bytes.ts'

/** Which block of a file a key is in: the separators in one buffer, and of each the first bytes that differ as a number. */
export class BlockIndex {
  readonly count: number
  readonly #starts: Float64Array
  #keys: Buffer
  readonly #keyStarts: Uint32Array
  /** What all separators begin with. */
  readonly #shared: number
  readonly #prefixes: Float64Array

  /** Decodes an index section. Throws `RangeError` if it is not one. */
  constructor(section: Buffer) {
    const reader = new BytesReader(section)
    this.count = reader.uint32()
    this.#starts = new Float64Array(this.count + 1)
    this.#keyStarts = new Uint32Array(this.count + 1)
    this.#keys = Buffer.allocUnsafeSlow(section.length)
    let separator: Buffer = Buffer.alloc(0)
    for (let block = 0; block < this.count; block++) {
      const entry = readBlockEntry(reader, separator)
      separator = entry.separator
      this.#starts[block + 1] = this.#starts[block]! + entry.byteLength
      this.#addKey(block, separator)
    }
    if (reader.remaining !== 0) throw new RangeError(`${reader.remaining} bytes are left`)
    const keys = Buffer.allocUnsafeSlow(this.#keyStarts[this.count]!)
    this.#keys.copy(keys, 0, 0, keys.length)
    freeBytes(this.#keys)
    this.#keys = keys
    this.#shared = this.count === 0 ? 0 : sharedPrefix(keys.subarray(0, this.#keyStarts[1]), separator)
    this.#prefixes = new Float64Array(this.count)
    for (let block = 0; block < this.count; block++) {
      this.#prefixes[block] = prefixNumber(keys, this.#keyStarts[block]! + this.#shared, this.#keyStarts[block + 1]!)
    }
  }

  /** Bytes that the index takes in memory. */
  get bytes(): number {
    return this.#keys.length + this.count * 20
  }

  /** Gives its memory back: nothing is asked of it any more. */
  close(): void {
    for (const bytes of [this.#starts, this.#keys, this.#keyStarts, this.#prefixes]) freeBytes(bytes)
  }

  startOf(block: number): number {
    return this.#starts[block]!
  }

  lengthOf(block: number): number {
    return this.#starts[block + 1]! - this.#starts[block]!
  }

  /** The only block in which `key` can be; the first for keys before it. */
  blockFor(key: ByteSlice): number {
    const keys = this.#keys
    const shared = this.#shared
    if (shared > 0 && commonLength(key, keys, shared) < shared) {
      return compareTo(key, keys, 0, this.#keyStarts[1]!) < 0 ? 0 : this.count - 1
    }
    const prefix = prefixNumber(key.buffer, key.start + shared, key.end)
    const prefixes = this.#prefixes
    // The number of separators that are at most `key`.
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      let order = prefix - prefixes[middle]!
      if (order === 0) order = compareTo(key, keys, this.#keyStarts[middle]!, this.#keyStarts[middle + 1]!)
      if (order < 0) high = middle
      else low = middle + 1
    }
    return low === 0 ? 0 : low - 1
  }

  #addKey(block: number, separator: Buffer): void {
    const start = this.#keyStarts[block]!
    if (start + separator.length > this.#keys.length) {
      const grown = Buffer.allocUnsafeSlow((start + separator.length) * 2)
      this.#keys.copy(grown, 0, 0, start)
      freeBytes(this.#keys)
      this.#keys = grown
    }
    separator.copy(this.#keys, start)
    this.#keyStarts[block + 1] = start + separator.length
  }
}

function sharedPrefix(first: Buffer, last: Buffer): number {
  let length = 0
  const max = Math.min(first.length, last.length)
  while (length < max && first[length] === last[length]) length++
  return length
}

function commonLength(key: ByteSlice, bytes: Buffer, max: number): number {
  return sharedLength(key, bytes, 0, max)
}
