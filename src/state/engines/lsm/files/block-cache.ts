/** The blocks of one file that are in a cache. */
export class CachedBlocks {
  /** By the index of the block. Buffers stand here themselves, because a look at them waits for memory often enough. */
  readonly blocks: (Buffer | undefined)[]
  /** 1 = the block was asked for since the hand has passed it. */
  readonly wasUsed: Uint8Array
  /** The place of a block in the cache. */
  readonly slots: Int32Array

  constructor(blockCount: number) {
    this.blocks = Array.from({ length: blockCount })
    this.wasUsed = new Uint8Array(blockCount)
    this.slots = new Int32Array(blockCount)
  }

  /** The block with that index, if it is in the cache. */
  find(index: number): Buffer | undefined {
    this.wasUsed[index] = 1
    return this.blocks[index]
  }
}

/** What a block takes beside its bytes. */
const BLOCK_OVERHEAD_BYTES = 200

/**
 * Blocks of the files of all tasks, as many as fit into what the limit says at that moment. When there is no more room a hand goes round over
 * the blocks and takes out the first that was not used since it passed the last time (CLOCK). A block that is taken out lives as long as
 * somebody looks at it.
 */
export class BlockCache {
  readonly #bytesMax: () => number
  // What is in a slot; nobody's slots are free.
  readonly #owners: (CachedBlocks | null)[] = []
  readonly #indexes: number[] = []
  readonly #free: number[] = []
  #hand = 0
  #bytes = 0

  constructor(bytesMax: () => number) {
    this.#bytesMax = bytesMax
  }

  /** With the overhead of each block. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a block that is not in the cache, and gives it back. */
  add(owner: CachedBlocks, index: number, bytes: Buffer): Buffer {
    const size = bytes.length + BLOCK_OVERHEAD_BYTES
    const bytesMax = this.#bytesMax()
    if (size > bytesMax) return bytes
    this.#shrinkTo(bytesMax - size)
    const slot = this.#free.pop() ?? this.#owners.length
    this.#owners[slot] = owner
    this.#indexes[slot] = index
    owner.blocks[index] = bytes
    owner.slots[index] = slot
    // Only the second look counts: what is read once, by a long scan for example, goes first.
    owner.wasUsed[index] = 0
    this.#bytes += size
    return bytes
  }

  /** Takes out blocks until the limit is kept. */
  shrink(): void {
    this.#shrinkTo(this.#bytesMax())
  }

  /** Takes out all blocks of a file. */
  remove(owner: CachedBlocks): void {
    for (let index = 0; index < owner.blocks.length; index++) this.#remove(owner, index)
  }

  #shrinkTo(bytes: number): void {
    while (this.#bytes > bytes && this.#bytes > 0) {
      if (this.#hand >= this.#owners.length) this.#hand = 0
      const slot = this.#hand++
      const owner = this.#owners[slot]!
      if (owner === null) continue
      const index = this.#indexes[slot]!
      if (owner.wasUsed[index] === 0) this.#remove(owner, index)
      else owner.wasUsed[index] = 0
    }
  }

  #remove(owner: CachedBlocks, index: number): void {
    const block = owner.blocks[index]
    if (block === undefined) return
    const slot = owner.slots[index]!
    owner.blocks[index] = undefined
    this.#owners[slot] = null
    this.#free.push(slot)
    this.#bytes -= block.length + BLOCK_OVERHEAD_BYTES
  }
}
