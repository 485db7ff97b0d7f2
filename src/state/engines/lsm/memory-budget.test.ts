import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteSlice } from '../../byte-slice.ts'
import { CachedBlocks } from './files/block-cache.ts'
import { type BudgetMember, MemoryBudget } from './memory-budget.ts'

class Member implements BudgetMember {
  memtableBytes: number
  pinnedBytes = 0
  given = 0
  #canGive: boolean

  constructor(memtableBytes: number, canGive = true) {
    this.memtableBytes = memtableBytes
    this.#canGive = canGive
  }

  giveUpMemtables(): void {
    this.given++
    if (this.#canGive) this.memtableBytes = 0
  }
}

test('MemoryBudget has the largest memtables written when all together pass half of it', () => {
  const budget = new MemoryBudget(1000)
  const members = [100, 250, 150].map((bytes) => new Member(bytes))
  for (const member of members) budget.join(member)
  budget.keep()
  assert.deepEqual(
    members.map(({ given }) => given),
    [0, 0, 0],
  )
  members[0]!.memtableBytes = 101
  budget.keep()
  assert.deepEqual(
    members.map(({ given }) => given),
    [0, 1, 0],
  )
  members[2]!.memtableBytes = 900
  members[0]!.memtableBytes = 600
  budget.keep()
  assert.deepEqual(
    members.map(({ given }) => given),
    [1, 1, 1],
  )
  assert.equal(budget.bytes, 0)
})

test('MemoryBudget gives up on memtables that cannot be written', () => {
  const budget = new MemoryBudget(1000)
  const member = new Member(2000, false)
  budget.join(member)
  budget.keep()
  assert.equal(member.given, 1)
  budget.leave(member)
  budget.keep()
  assert.equal(member.given, 1)
})

test('MemoryBudget gives the block cache what the others leave but for a tenth, and a sixteenth at least', () => {
  const budget = new MemoryBudget(160_000)
  const member = new Member(0)
  budget.join(member)
  const owner = new CachedBlocks(1000)
  for (let index = 0; index < 1000; index++) {
    assert.ok(budget.cache.makeRoom(800, new ByteSlice()))
    budget.cache.keep(owner, index, 800)
  }
  assertNearly(budget.bytes, 144_000)
  member.memtableBytes = 50_000
  member.pinnedBytes = 10_000
  budget.keep()
  assertNearly(budget.cache.bytes, 84_000)
  assertNearly(budget.bytes, 144_000)
  member.pinnedBytes = 1_000_000
  budget.keep()
  assert.ok(budget.cache.bytes <= 10_000)
})

/** The cache takes and leaves whole chunks. */
function assertNearly(bytes: number, bytesMax: number): void {
  assert.ok(bytes <= bytesMax && bytes > bytesMax * 0.9, `${bytes} of ${bytesMax} bytes`)
}
