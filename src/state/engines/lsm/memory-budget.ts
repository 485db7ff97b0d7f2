import { BlockCache } from './files/block-cache.ts'

/** An engine that takes memory from a budget. */
export interface BudgetMember {
  /** What its memtables have allocated. */
  readonly memtableBytes: number
  /** What its open files keep in memory: filters and indexes. */
  readonly pinnedBytes: number
  /** Writes the memtables to a file. Does not throw: a failure shows at the next call of the engine's owner. */
  giveUpMemtables(): void
}

/** The block cache never gets less than this part of the budget. */
const CACHE_PART_MIN = 1 / 16
/** Nobody gets this part: what memtables have given up stays until the garbage collector comes. */
const GARBAGE_PART = 1 / 10

/**
 * What all engines of a process may keep in memory. Memtables get half of it; when they have more the largest is written to a file. The block
 * cache gets what memtables, filters and indexes leave, but for a tenth.
 */
export class MemoryBudget {
  readonly cache: BlockCache
  readonly #members = new Set<BudgetMember>()
  #bytesMax: number

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
    this.cache = new BlockCache(() => this.#cacheBytesMax())
  }

  get bytesMax(): number {
    return this.#bytesMax
  }

  /** Gives the engines more, or less: then memtables are written and blocks are forgotten. */
  resize(bytesMax: number): void {
    this.#bytesMax = bytesMax
    this.keep()
  }

  /** What is taken now. */
  get bytes(): number {
    return this.cache.bytes + this.#sum()
  }

  join(member: BudgetMember): void {
    this.#members.add(member)
  }

  leave(member: BudgetMember): void {
    this.#members.delete(member)
  }

  /** To be called when a member has taken more. */
  keep(): void {
    let memtables = 0
    for (const { memtableBytes } of this.#members) memtables += memtableBytes
    while (memtables > this.bytesMax / 2) {
      const largest = this.#largest()
      const before = largest?.memtableBytes ?? 0
      largest?.giveUpMemtables()
      const gained = before - (largest?.memtableBytes ?? 0)
      // It could not be written.
      if (gained <= 0) break
      memtables -= gained
    }
    this.cache.shrink()
  }

  #largest(): BudgetMember | null {
    let largest: BudgetMember | null = null
    for (const member of this.#members) if (largest === null || member.memtableBytes > largest.memtableBytes) largest = member
    return largest
  }

  #sum(): number {
    let bytes = 0
    for (const { memtableBytes, pinnedBytes } of this.#members) bytes += memtableBytes + pinnedBytes
    return bytes
  }

  #cacheBytesMax(): number {
    return Math.max(this.bytesMax * CACHE_PART_MIN, this.bytesMax * (1 - GARBAGE_PART) - this.#sum())
  }
}
