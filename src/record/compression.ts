import { createRequire } from 'node:module'
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { corruptBatch } from './corrupt-batch.ts'
import { lz4ContentLength } from './lz4-frame.ts'
import { eachSnappyBlock, snappyBlockLength, XERIAL_BLOCK_BYTES, xerialHeader } from './snappy-blocks.ts'

/** How the records of a batch are compressed, as `compression.type` spells it. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** The codecs in the order of their numbers in the attributes of a batch (N§4.1). */
export const compressionNames: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** The number of a codec in the attributes of a batch. */
export function compressionCode(compression: Compression): number {
  return compressionNames.indexOf(compression)
}

/** `bytes` compressed as Kafka's clients expect it: lz4 as a frame, snappy in the blocks of snappy-java. `none` gives `bytes` itself. */
export function compress(compression: Compression, bytes: Buffer): Buffer {
  switch (compression) {
    case 'none':
      return bytes
    case 'gzip':
      return gzipSync(bytes)
    case 'snappy':
      return compressSnappy(bytes)
    case 'lz4':
      return bytes.length === 0 ? EMPTY_LZ4_FRAME : codecs().lz4Compress(bytes)
    case 'zstd':
      return zstdCompressSync(bytes)
  }
}

/**
 * The opposite of `compress`; takes snappy with and without blocks. Throws `ClusterError` `CORRUPT_BATCH` for bytes that the codec does
 * not take and before it gives more than `bytesMax`.
 */
export function decompress(compression: Compression, bytes: Buffer, bytesMax: number): Buffer {
  try {
    switch (compression) {
      case 'none':
        return bytes
      case 'gzip':
        return gunzipSync(bytes, { maxOutputLength: bytesMax })
      case 'snappy':
        return decompressSnappy(bytes, bytesMax)
      case 'lz4':
        return decompressLz4(bytes, bytesMax)
      case 'zstd':
        return zstdDecompressSync(bytes, { maxOutputLength: bytesMax })
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw corruptBatch(`Cannot decompress ${bytes.length} bytes with ${compression}: ${reason}; at most ${bytesMax} bytes are taken`, {
      cause: error,
    })
  }
}

// The library fails on empty input once its memory has grown: it never gets any.
const NOTHING = Buffer.alloc(0)
const EMPTY_LZ4_FRAME = Buffer.from('04224d1860408200000000', 'hex')

interface Codecs {
  readonly lz4Compress: (bytes: Buffer) => Buffer
  readonly lz4Decompress: (bytes: Buffer) => Buffer
  readonly snappyCompress: (bytes: Buffer) => Buffer
  readonly snappyDecompress: (bytes: Buffer) => Buffer
}

let loadedCodecs: Codecs | null = null

/** Loaded at first use: most applications compress with neither, and the WebAssembly module takes some milliseconds. */
function codecs(): Codecs {
  return (loadedCodecs ??= createRequire(import.meta.url)('@platformatic/wasm-utils') as Codecs)
}

function decompressLz4(bytes: Buffer, bytesMax: number): Buffer {
  const length = lz4ContentLength(bytes)
  requireWithin(length, bytesMax)
  return length === 0 ? NOTHING : requireLength(codecs().lz4Decompress(bytes), length)
}

function compressSnappy(bytes: Buffer): Buffer {
  const parts: Buffer[] = [xerialHeader()]
  for (let start = 0; start < bytes.length; start += XERIAL_BLOCK_BYTES) {
    const block = codecs().snappyCompress(bytes.subarray(start, start + XERIAL_BLOCK_BYTES))
    const length = Buffer.allocUnsafe(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

function decompressSnappy(bytes: Buffer, bytesMax: number): Buffer {
  let length = 0
  eachSnappyBlock(bytes, (block) => {
    length += snappyBlockLength(block)
    requireWithin(length, bytesMax)
  })
  const parts: Buffer[] = []
  eachSnappyBlock(bytes, (block) => parts.push(requireLength(codecs().snappyDecompress(block), snappyBlockLength(block))))
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts, length)
}

function requireWithin(length: number, bytesMax: number): void {
  if (length > bytesMax) throw new RangeError(`the content has ${length} bytes`)
}

function requireLength(content: Buffer, length: number): Buffer {
  if (content.length !== length) throw new RangeError(`the content has ${content.length} bytes, ${length} were announced`)
  return content
}
