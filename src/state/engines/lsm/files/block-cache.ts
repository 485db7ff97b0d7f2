/** The blocks of one file that are in a cache. */
export class CachedBlocks {
  readonly blocks: (CachedBlock | undefined)[]

  constructor(blockCount: number) {
    this.blocks = Array.from({ length: blockCount })
  }

  /** The block with that index, if it is in the cache. */
  find(index: number): Buffer | undefined {
    const block = this.blocks[index]
    if (block === undefined) return undefined
    block.wasUsed = true
    return block.bytes
  }
}

interface CachedBlock {
  readonly bytes: Buffer
  readonly owner: CachedBlocks
  readonly index: number
  readonly slot: number
  /** Whether it was asked for since the hand has passed it. */
  wasUsed: boolean
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
  readonly #slots: (CachedBlock | null)[] = []
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

  /** For a file with so many blocks. */
  register(blockCount: number): CachedBlocks {
    return new CachedBlocks(blockCount)
  }

  /** Keeps a block that is not in the cache, and gives it back. */
  add(owner: CachedBlocks, index: number, bytes: Buffer): Buffer {
    const size = bytes.length + BLOCK_OVERHEAD_BYTES
    const bytesMax = this.#bytesMax()
    if (size > bytesMax) return bytes
    this.#shrinkTo(bytesMax - size)
    const slot = this.#free.pop() ?? this.#slots.length
    const block: CachedBlock = { bytes, owner, index, slot, wasUsed: false }
    this.#slots[slot] = block
    owner.blocks[index] = block
    this.#bytes += size
    return bytes
  }

  /** Takes out blocks until the limit is kept. */
  shrink(): void {
    this.#shrinkTo(this.#bytesMax())
  }

  /** Takes out all blocks of a file. */
  remove(owner: CachedBlocks): void {
    for (const block of owner.blocks) if (block !== undefined) this.#remove(block)
  }

  #shrinkTo(bytes: number): void {
    const slots = this.#slots
    while (this.#bytes > bytes && this.#bytes > 0) {
      if (this.#hand >= slots.length) this.#hand = 0
      const block = slots[this.#hand++]!
      if (block === null) continue
      if (block.wasUsed) block.wasUsed = false
      else this.#remove(block)
    }
  }

  #remove(block: CachedBlock): void {
    this.#slots[block.slot] = null
    this.#free.push(block.slot)
    block.owner.blocks[block.index] = undefined
    this.#bytes -= block.bytes.length + BLOCK_OVERHEAD_BYTES
  }
}
