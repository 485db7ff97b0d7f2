import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BlockCache, CachedBlocks } from './block-cache.ts'

const OVERHEAD = 200

test('BlockCache keeps its limit, whatever is added, asked for and removed', () => {
  const someStep = fc.record({ file: fc.nat(2), index: fc.nat(19), size: fc.nat(400), removes: fc.nat(30), limit: fc.nat(40) })
  fc.assert(
    fc.property(fc.array(someStep, { maxLength: 200, size: 'max' }), (steps) => {
      let bytesMax = 3000
      const cache = new BlockCache(() => bytesMax)
      const files = [0, 1, 2].map(() => new CachedBlocks(20))
      for (const { file, index, size, removes, limit } of steps) {
        const owner = files[file]!
        if (removes === 0) cache.remove(owner)
        else if (limit === 0) {
          bytesMax = size * 10
          cache.shrink()
        } else if (owner.find(index) === undefined) {
          const block = Buffer.alloc(size, index)
          assert.equal(cache.add(owner, index, block), block)
        } else assert.ok(owner.find(index)!.every((byte) => byte === index))
        assert.ok(cache.bytes <= bytesMax)
        const kept = files.flatMap(({ blocks }) => blocks.filter((block) => block !== undefined))
        assert.equal(
          cache.bytes,
          kept.reduce((sum, block) => sum + block.length + OVERHEAD, 0),
        )
      }
      for (const owner of files) cache.remove(owner)
      assert.equal(cache.bytes, 0)
    }),
  )
})

test('BlockCache takes out what was not used since it was last looked at', () => {
  const cache = new BlockCache(() => 10 * (100 + OVERHEAD))
  const owner = new CachedBlocks(1000)
  for (let index = 0; index < 10; index++) cache.add(owner, index, Buffer.alloc(100))
  for (let index = 10; index < 1000; index++) {
    assert.ok(owner.find(3) !== undefined, `block 3 is still there when block ${index} comes`)
    cache.add(owner, index, Buffer.alloc(100))
  }
  assert.equal(owner.find(5), undefined)
})

test('BlockCache does not keep a block that is larger than all of it', () => {
  const cache = new BlockCache(() => 1000)
  const owner = new CachedBlocks(2)
  cache.add(owner, 0, Buffer.alloc(100))
  cache.add(owner, 1, Buffer.alloc(1000))
  assert.equal(owner.find(1), undefined)
  assert.ok(owner.find(0) !== undefined)
})
