import type { ByteSlice } from '../../../byte-slice.ts'
import { freeBytes } from './free-bytes.ts'

/** Blocks lie in chunks of so many bytes, one behind the other; in smaller ones if the cache is small. */
const CHUNK_BYTES = 256 * 1024
/** The cache has at least so many chunks, so that one is a small part of it. */
const CHUNKS_MIN = 16
/** A block that is larger than this part of a chunk has one of its own. */
const OWN_CHUNK_PART = 1 / 4
/** Of a chunk whose turn it is: if more than this part of it was used it stays as it is, else what was used moves to the newest chunk. */
const STAYING_PART = 3 / 4
/** What a chunk and its blocks take beside their bytes: so much, and this part. */
const OVERHEAD_BYTES = 512
const OVERHEAD_PART = 1 / 128

/** Copies of values lie in buffers of so many bytes; what is larger than an eighth of that has one of its own. */
const COPIES_BYTES = 32 * 1024
// Below this length a loop beats the call into native code.
const LOOP_LENGTH_MAX = 24

/** The blocks of one file that are in a cache. */
export class CachedBlocks {
  /** By the index of the block: what it is in. */
  readonly chunks: (BlockChunk | undefined)[]
  /** Where it begins there. */
  readonly starts: Int32Array
  /** 1 = it was asked for since it came, or since its chunk was passed over. */
  readonly wasUsed: Uint8Array

  constructor(blockCount: number) {
    this.chunks = Array.from({ length: blockCount })
    this.starts = new Int32Array(blockCount)
    this.wasUsed = new Uint8Array(blockCount)
  }

  /** Sets `into` to the block with that index, which has `length` bytes; false if it is not in the cache. */
  find(index: number, length: number, into: ByteSlice): boolean {
    const chunk = this.chunks[index]
    if (chunk === undefined) return false
    this.wasUsed[index] = 1
    const start = this.starts[index]!
    into.set(chunk.bytes, start, start + length)
    return true
  }
}

/** Memory that is filled with blocks, one behind the other. */
class BlockChunk {
  readonly bytes: Buffer
  used = 0
  readonly #owners: CachedBlocks[] = []
  readonly #indexes: number[] = []
  readonly #ends: number[] = []

  constructor(length: number) {
    this.bytes = Buffer.allocUnsafeSlow(length)
  }

  get size(): number {
    return sizeWith(this.bytes.length)
  }

  /** Takes in the block that was written behind those that are there. */
  add(owner: CachedBlocks, index: number, length: number): void {
    owner.chunks[index] = this
    owner.starts[index] = this.used
    // Only the second look counts: what is read once, by a long scan for example, goes first.
    owner.wasUsed[index] = 0
    this.used += length
    this.#owners.push(owner)
    this.#indexes.push(index)
    this.#ends.push(this.used)
  }

  /** Begins again, without blocks. */
  reset(): void {
    this.used = 0
    this.#owners.length = 0
    this.#indexes.length = 0
    this.#ends.length = 0
  }

  /** Bytes of the blocks that are in the cache still; of those that were used only. */
  bytesOf(onlyUsed: boolean): number {
    let bytes = 0
    for (let place = 0; place < this.#ends.length; place++) if (this.#has(place, onlyUsed)) bytes += this.#lengthOf(place)
    return bytes
  }

  /** From now on no block was used. */
  forgetUse(): void {
    for (let place = 0; place < this.#ends.length; place++) this.#owners[place]!.wasUsed[this.#indexes[place]!] = 0
  }

  /** Takes all blocks out of the cache, but for those that `move` puts into another chunk; of those that were used only. */
  leave(onlyUsed: boolean, move: (from: BlockChunk, start: number, end: number) => BlockChunk): void {
    for (let place = 0; place < this.#ends.length; place++) {
      const owner = this.#owners[place]!
      const index = this.#indexes[place]!
      const end = this.#ends[place]!
      const length = this.#lengthOf(place)
      if (this.#has(place, onlyUsed)) move(this, end - length, end).add(owner, index, length)
      else if (owner.chunks[index] === this) owner.chunks[index] = undefined
    }
  }

  #has(place: number, onlyUsed: boolean): boolean {
    const owner = this.#owners[place]!
    const index = this.#indexes[place]!
    return owner.chunks[index] === this && (!onlyUsed || owner.wasUsed[index] === 1)
  }

  #lengthOf(place: number): number {
    return this.#ends[place]! - (place === 0 ? 0 : this.#ends[place - 1]!)
  }
}

/**
 * Blocks of the files of all tasks, as many as fit into what the limit says at that moment. They lie in chunks, which are taken out in the
 * order in which they came, but for the blocks that were used meanwhile: these begin again in the newest chunk (CLOCK). So the memory is
 * that of a few large buffers, which are used again and again: no gaps, no object for each block, nothing for the garbage collector to do.
 * What `find` gives is valid until the next block is added: who keeps it takes a copy, as `copyOut` makes them.
 */
export class BlockCache {
  readonly #bytesMax: () => number
  /** Oldest first. */
  readonly #chunks = new Set<BlockChunk>()
  /** The one that is being filled. */
  #open: BlockChunk | null = null
  /** Where room was made last. */
  #target: BlockChunk | null = null
  /** One that was taken out, for the next. */
  #spare: BlockChunk | null = null
  #chunkBytes = 0
  #bytes = 0
  /** Where copies are made. What was copied is never written again. */
  #copies: Buffer = Buffer.alloc(0)
  #copied = 0

  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax
  }

  /** With what chunks and blocks take beside their bytes, and what is free in chunks. */
  get bytes(): number {
    return this.#bytes
  }

  /** Sets `into` to room for a block of `length` bytes; false if that is more than the cache may have. */
  makeRoom(length: number, into: ByteSlice): boolean {
    let chunk = this.#open
    if (chunk === null || chunk.bytes.length - chunk.used < length) {
      const bytesMax = this.#bytesMax()
      this.#chunkBytes = Math.min(CHUNK_BYTES, Math.floor(bytesMax / CHUNKS_MIN))
      const size = sizeWith(Math.max(length, this.#chunkBytes))
      if (size > bytesMax) return false
      this.#shrinkTo(bytesMax - size)
      chunk = this.#chunkFor(length)
    }
    this.#target = chunk
    into.set(chunk.bytes, chunk.used, chunk.used + length)
    return true
  }

  /** Takes in the block that was written to the room that was made last. It was not in the cache. */
  keep(owner: CachedBlocks, index: number, length: number): void {
    this.#target!.add(owner, index, length)
  }

  /** Makes a slice of a block one of bytes that stay as they are as long as somebody looks at them. */
  copyOut(slice: ByteSlice): void {
    const { buffer, start, end } = slice
    const length = end - start
    if (length > COPIES_BYTES / 8) {
      slice.set(Buffer.from(buffer.subarray(start, end)), 0, length)
      return
    }
    if (this.#copied + length > this.#copies.length) {
      this.#copies = Buffer.allocUnsafeSlow(COPIES_BYTES)
      this.#copied = 0
    }
    const at = this.#copied
    const copies = this.#copies
    if (length > LOOP_LENGTH_MAX) buffer.copy(copies, at, start, end)
    else for (let index = 0; index < length; index++) copies[at + index] = buffer[start + index]!
    this.#copied = at + length
    slice.set(copies, at, at + length)
  }

  /** Takes out blocks until the limit is kept. */
  shrink(): void {
    this.#shrinkTo(this.#bytesMax())
  }

  /** Takes out all blocks of a file, which is not read any more. */
  remove(owner: CachedBlocks): void {
    const touched = new Set(owner.chunks)
    owner.chunks.length = 0
    for (const chunk of touched) {
      // The blocks of other files that are left in it move when they are the lesser part.
      if (chunk !== undefined && chunk.bytesOf(false) < chunk.used / 2) this.#dissolve(chunk, false)
    }
    // They may have begun a chunk.
    this.shrink()
  }

  #shrinkTo(bytes: number): void {
    for (const chunk of this.#chunks) {
      if (this.#bytes <= bytes) return
      if (chunk.bytesOf(true) > chunk.bytes.length * STAYING_PART) {
        chunk.forgetUse()
        this.#chunks.delete(chunk)
        // The loop comes to it again.
        this.#chunks.add(chunk)
      } else this.#dissolve(chunk, true)
    }
  }

  #dissolve(chunk: BlockChunk, onlyUsed: boolean): void {
    if (chunk === this.#open) this.#open = null
    if (chunk === this.#target) this.#target = null
    this.#chunks.delete(chunk)
    this.#bytes -= chunk.size
    chunk.leave(onlyUsed, this.#moved)
    chunk.reset()
    if (this.#spare !== null) freeBytes(this.#spare.bytes)
    this.#spare = chunk
  }

  readonly #moved = (from: BlockChunk, start: number, end: number): BlockChunk => {
    const chunk = this.#chunkFor(end - start)
    from.bytes.copy(chunk.bytes, chunk.used, start, end)
    return chunk
  }

  /** One with room for a block, whatever the limit says. */
  #chunkFor(length: number): BlockChunk {
    const isLarge = length > this.#chunkBytes * OWN_CHUNK_PART
    if (!isLarge && this.#open !== null && this.#open.bytes.length - this.#open.used >= length) return this.#open
    const bytes = isLarge ? length : this.#chunkBytes
    const spare = this.#spare
    this.#spare = null
    if (spare !== null && spare.bytes.length !== bytes) freeBytes(spare.bytes)
    const chunk = spare?.bytes.length === bytes ? spare : new BlockChunk(bytes)
    if (!isLarge) this.#open = chunk
    this.#chunks.add(chunk)
    this.#bytes += chunk.size
    return chunk
  }
}

/** What a chunk of `bytes` takes. */
function sizeWith(bytes: number): number {
  return bytes + OVERHEAD_BYTES + Math.floor(bytes * OVERHEAD_PART)
}
