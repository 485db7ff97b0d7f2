import { BytesWriter } from '../../../../base/bytes-writer.ts'
import { crc32c } from '../../../../base/crc32c.ts'
import type { ByteSlice } from '../../../byte-slice.ts'
import { sharedLength } from '../../memory/key-prefix.ts'

/** A row in so many has its whole key, so that a search in a block can jump there. */
const RESTART_INTERVAL = 8

/** Writes the rows of a block (docs/internals/lsm.md, "Block"). */
export class BlockBuilder {
  readonly #out: BytesWriter = new BytesWriter(8192)
  readonly #lastKey: BytesWriter = new BytesWriter(256)
  #restarts: number[] = []
  #rowCount = 0

  get rowCount(): number {
    return this.#rowCount
  }

  /** How long the block is if it is finished now. */
  get byteLength(): number {
    return this.#out.position + this.#restarts.length * 4 + 8
  }

  /** The key that was added last, of this block or the one before; empty before the first. */
  get lastKey(): Buffer {
    return this.#lastKey.written()
  }

  /** Adds a row, with a key greater than all before; `null` = a tombstone. */
  add(key: ByteSlice, value: ByteSlice | null): void {
    const out = this.#out
    const last = this.#lastKey
    let shared = 0
    if (this.#rowCount++ % RESTART_INTERVAL === 0) this.#restarts.push(out.position)
    else shared = sharedLength(key, last.buffer, 0, last.position)
    const rest = key.end - key.start - shared
    this.#writeHead(shared, rest, value === null ? 0 : value.end - value.start + 1)
    out.range(key.buffer, key.start + shared, key.end)
    if (value !== null) out.range(value.buffer, value.start, value.end)
    last.reset()
    last.range(key.buffer, key.start, key.end)
  }

  #writeHead(shared: number, rest: number, value: number): void {
    const out = this.#out
    if ((shared | rest | value) >= 0x80) {
      out.uvarint(shared)
      out.uvarint(rest)
      out.uvarint(value)
      return
    }
    out.ensure(3)
    const { buffer, position } = out
    buffer[position] = shared
    buffer[position + 1] = rest
    buffer[position + 2] = value
    out.position = position + 3
  }

  /** The finished block, valid until the next call; the builder begins a new one. */
  finish(): Buffer {
    const out = this.#out
    for (const restart of this.#restarts) out.uint32(restart)
    out.uint32(this.#restarts.length)
    out.uint32(crc32c(out.buffer, 0, out.position))
    const block = out.written()
    out.reset()
    this.#restarts = []
    this.#rowCount = 0
    return block
  }
}
