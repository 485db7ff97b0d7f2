import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { compress, type Compression, compressionCode, compressionNames, decompress } from './compression.ts'

const codecs: readonly Compression[] = ['gzip', 'snappy', 'lz4', 'zstd']
const BYTES_MAX = 4 * 1024 * 1024
const corrupt = { name: 'ClusterError', code: 'CORRUPT_BATCH' }

test('compressionCode() gives the numbers of the protocol', () => {
  assert.deepEqual(compressionNames.map(compressionCode), [0, 1, 2, 3, 4])
})

test('decompress() gives back what compress() took, at any compressibility', () => {
  const content = fc
    .tuple(fc.uint8Array({ maxLength: 300 }), fc.nat(1_000), fc.uint8Array({ maxLength: 300 }))
    .map(([head, repeats, tail]) => Buffer.concat([...Array.from({ length: repeats }, () => head), tail]))
  fc.assert(
    fc.property(fc.constantFrom(...codecs), content, (codec, bytes) => {
      assert.ok(decompress(codec, compress(codec, bytes), BYTES_MAX).equals(bytes))
    }),
    { numRuns: 200 },
  )
})

test('compress() and decompress() take nothing at all', () => {
  for (const codec of compressionNames) {
    // The memory of the library grows in between.
    decompress(codec, compress(codec, Buffer.alloc(3_000_000)), BYTES_MAX)
    assert.equal(decompress(codec, compress(codec, Buffer.alloc(0)), BYTES_MAX).length, 0, codec)
  }
})

test('decompress() takes exactly the limit and nothing above it', () => {
  const bytes = Buffer.alloc(100_000, 'abcdefgh')
  for (const codec of codecs) {
    const compressed = compress(codec, bytes)
    assert.equal(decompress(codec, compressed, bytes.length).length, bytes.length, codec)
    assert.throws(() => decompress(codec, compressed, bytes.length - 1), corrupt, codec)
  }
})

/** An LZ4 frame of 16 blocks of 16 kB that repeat one byte four million times each. */
function lz4Bomb(): Buffer {
  const block = Buffer.concat([Buffer.from('1f410100', 'hex'), Buffer.alloc(16_000, 0xff), Buffer.from('001041', 'hex')])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(block.length)
  return Buffer.concat([
    Buffer.from('04224d18607073', 'hex'),
    ...Array.from({ length: 16 }, () => Buffer.concat([length, block])),
    Buffer.alloc(4),
  ])
}

test('decompress() refuses a bomb without spending its memory', () => {
  const content = Buffer.alloc(64 * 1024 * 1024)
  // Raw snappy that announces 4 GiB less one byte.
  const snappy = Buffer.from('ffffffff0f00', 'hex')
  const bombs: [Compression, Buffer][] = [
    ['gzip', gzipSync(content)],
    ['zstd', zstdCompressSync(content)],
    ['lz4', lz4Bomb()],
    ['snappy', snappy],
  ]
  const before = process.memoryUsage().rss
  for (const [codec, bytes] of bombs) assert.throws(() => decompress(codec, bytes, BYTES_MAX), corrupt, codec)
  assert.ok(process.memoryUsage().rss - before < 40 * 1024 * 1024)
  assert.throws(() => decompress('lz4', lz4Bomb(), BYTES_MAX), /the content has 65280336 bytes/)
})

test('decompress() reads raw snappy as well as the blocks of snappy-java', () => {
  const raw = Buffer.from('0b286b61666b61206b61666b61', 'hex')
  assert.equal(decompress('snappy', raw, BYTES_MAX).toString(), 'kafka kafka')
  const header = Buffer.from('82534e4150505900000000010000000100000000', 'hex').subarray(0, 16)
  const length = Buffer.from([0, 0, 0, raw.length])
  const framed = Buffer.concat([header, length, raw, length, raw])
  assert.equal(decompress('snappy', framed, BYTES_MAX).toString(), 'kafka kafkakafka kafka')
})

test('decompress() reads stored LZ4 blocks', () => {
  const content = Buffer.from('hello, lz4')
  const frame = Buffer.concat([Buffer.from('04224d18604082', 'hex'), Buffer.from('0a000080', 'hex'), content, Buffer.alloc(4)])
  assert.equal(decompress('lz4', frame, BYTES_MAX).toString(), 'hello, lz4')
})

test('decompress() turns every failure of a codec into CORRUPT_BATCH', () => {
  const content = Buffer.from(Array.from({ length: 400 }, (_, index) => `record ${index * 7919}`).join(' '))
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...codecs), edits, fc.nat(40), (codec, list, cut) => {
      const bytes = Buffer.from(compress(codec, content))
      for (const [at, value] of list) bytes[at % bytes.length] = value
      try {
        assert.ok(decompress(codec, bytes.subarray(0, bytes.length - cut), BYTES_MAX).length <= BYTES_MAX)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'CORRUPT_BATCH', String(error))
      }
    }),
    { numRuns: 400 },
  )
})
