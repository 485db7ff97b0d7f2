import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteSlice } from '../../../byte-slice.ts'
import { BlockCache, CachedBlocks } from './block-cache.ts'

const BLOCKS = 20

function lengthOf(index: number): number {
  // Some of them are larger than a chunk.
  return index % 5 === 0 ? 700 + index : 20 + index
}

/** Adds a block whose bytes say which it is; false if the cache does not take it. */
function add(cache: BlockCache, owner: CachedBlocks, index: number, byte: number = index): boolean {
  const room = new ByteSlice()
  if (!cache.makeRoom(lengthOf(index), room)) return false
  room.buffer.fill(byte, room.start, room.end)
  cache.keep(owner, index, lengthOf(index))
  return true
}

function has(owner: CachedBlocks, index: number): boolean {
  return owner.chunks[index] !== undefined
}

test('BlockCache keeps its limit, and each block as it came, whatever is added, asked for and removed', () => {
  const someStep = fc.record({ file: fc.nat(2), index: fc.nat(BLOCKS - 1), removes: fc.nat(30), limit: fc.nat(40), bytes: fc.nat(8000) })
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 300, size: 'max' }), (steps) => {
      let bytesMax = 8000
      const cache = new BlockCache(() => bytesMax)
      const files = [0, 1, 2].map(() => new CachedBlocks(BLOCKS))
      const seen: (readonly [block: ByteSlice, byte: number])[] = []
      const block = new ByteSlice()
      for (const { file, index, removes, limit, bytes } of steps) {
        const owner = files[file]!
        if (removes === 0) {
          cache.remove(owner)
          files[file] = new CachedBlocks(BLOCKS)
        } else if (limit === 0) {
          bytesMax = bytes
          cache.shrink()
        } else if (owner.find(index, lengthOf(index), block)) {
          cache.copyOut(block)
          seen.push([new ByteSlice(block.buffer, block.start, block.end), file * 50 + index])
        } else add(cache, owner, index, file * 50 + index)
        assert.ok(cache.bytes <= bytesMax)
        const kept = files.flatMap(({ chunks }) => chunks.map((chunk, at) => (chunk === undefined ? 0 : lengthOf(at))))
        assert.ok(kept.reduce((sum, length) => sum + length, 0) <= cache.bytes, 'it counts what it has')
      }
      for (const [{ buffer, start, end }, byte] of seen) {
        assert.equal(end - start, lengthOf(byte % 50))
        assert.ok(
          buffer.subarray(start, end).every((other) => other === byte),
          'a copy stays as it is',
        )
      }
      for (const owner of files) cache.remove(owner)
      assert.equal(cache.bytes, 0)
    }),
  )
})

test('BlockCache takes out what was not used since it was last looked at', () => {
  const cache = new BlockCache(() => 4000)
  const owner = new CachedBlocks(1000)
  const block = new ByteSlice()
  const lengths = (index: number): number => 20 + (index % 10)
  for (let index = 0; index < 1000; index++) {
    assert.ok(cache.makeRoom(lengths(index), block))
    block.buffer.fill(index, block.start, block.end)
    cache.keep(owner, index, lengths(index))
    if (index >= 3) assert.ok(owner.find(3, lengths(3), block), `block 3 is still there when block ${index} has come`)
    if (index >= 3) assert.deepEqual(block.copy(), Buffer.alloc(lengths(3), 3), 'with its bytes, wherever it has moved')
  }
  assert.ok(!has(owner, 5))
  assert.ok(has(owner, 999))
})

test('BlockCache keeps most of what is used again and again while others come once', () => {
  const cache = new BlockCache(() => 100_000)
  const owner = new CachedBlocks(10_000)
  const block = new ByteSlice()
  const hot = 300
  let misses = 0
  for (let index = hot; index < 10_000; index++) {
    for (const wanted of [index, index % hot, (index * 7) % hot]) {
      if (owner.find(wanted, 100, block)) continue
      if (wanted < hot) misses++
      assert.ok(cache.makeRoom(100, block))
      cache.keep(owner, wanted, 100)
    }
  }
  assert.ok(misses < hot * 1.1, `${misses} reads of ${hot} blocks that fit`)
})

test('BlockCache moves what is left of other files together when a file goes', () => {
  const cache = new BlockCache(() => 100_000)
  const [gone, staying] = [new CachedBlocks(1000), new CachedBlocks(1000)]
  const room = new ByteSlice()
  for (let index = 0; index < 400; index++) {
    for (const owner of index % 4 === 0 ? [gone, staying] : [gone]) {
      assert.ok(cache.makeRoom(100, room))
      room.buffer.fill(index, room.start, room.end)
      cache.keep(owner, index, 100)
    }
  }
  cache.remove(gone)
  assert.ok(cache.bytes < 20_000, `${cache.bytes} bytes for blocks of 10,000`)
  for (let index = 0; index < 400; index += 4) {
    assert.ok(staying.find(index, 100, room))
    assert.ok(room.buffer.subarray(room.start, room.end).every((byte) => byte === (index & 255)))
  }
})

test('BlockCache does not keep a block that is larger than all of it', () => {
  const cache = new BlockCache(() => 1000)
  const owner = new CachedBlocks(30)
  assert.ok(add(cache, owner, 1))
  assert.ok(!cache.makeRoom(1000, new ByteSlice()))
  assert.ok(has(owner, 1))
})
