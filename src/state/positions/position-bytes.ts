import { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'
import { byHash, javaHashCode } from '../../base/java-order.ts'
import { Position, type PositionEntry } from '../position.ts'

const VERSION = 0

/**
 * The bytes of a position as Java's `PositionSerde` writes them, version 0: the version as one byte, how many topics; for each its name with
 * the length as int32 before it, how many partitions; for each its number as int32 and its offset as int64. Topics and partitions are in the
 * order of Java's hash maps, as far as that is the same each time: Java moves those that share a bucket when a map grows. Zeros follow: Java takes room for as many bytes as its numbers have bits.
 */
export function positionBytes(position: Position): Buffer {
  const writer = new BytesWriter()
  writer.uint8(VERSION)
  const { topics } = position
  writer.int32(topics.length)
  for (const topic of inMapOrder(topics, javaHashCode)) {
    const name = Buffer.from(topic)
    writer.int32(name.length)
    writer.bytes(name)
    const offsets = Array.from(position).filter((entry) => entry[0] === topic)
    writer.int32(offsets.length)
    for (const [, partition, offset] of inMapOrder(offsets, (entry) => entry[1])) {
      writer.int32(partition)
      writer.int64(offset)
    }
  }
  const bytes = Buffer.alloc(javaRoomFor(position))
  writer.written().copy(bytes)
  return bytes
}

function javaRoomFor(position: Position): number {
  const [byteBits, intBits, longBits] = [8, 32, 64]
  let room = byteBits + intBits
  for (const topic of position.topics) room += intBits + Buffer.byteLength(topic) + intBits
  return room + Array.from(position).length * (intBits + longBits)
}

/** The position that `bytes` are, which `positionBytes` or Java wrote; what follows is not looked at. Throws `RangeError` for other bytes. */
export function positionOf(bytes: Uint8Array): Position {
  const reader = new BytesReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  const version = reader.uint8()
  if (version !== VERSION) throw new RangeError(`Cannot read a position: its version is ${version}, known is ${VERSION}`)
  const entries: PositionEntry[] = []
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topic = reader.utf8(reader.int32())
    for (let partitions = reader.int32(); partitions > 0; partitions--) entries.push([topic, reader.int32(), reader.int64()])
  }
  return Position.of(entries)
}

/** A `ConcurrentHashMap` grows one entry earlier than a `HashMap`. */
function inMapOrder<T>(items: readonly T[], hashOf: (item: T) => number): T[] {
  return byHash(items, hashOf, items.length + 1)
}
