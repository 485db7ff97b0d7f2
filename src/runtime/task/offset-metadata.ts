import { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'

/** What a task keeps beside each committed offset (P§5.4, N§2.10). */
export interface OffsetMetadata {
  /** The greatest timestamp read from the partition, -1 unknown. */
  readonly partitionTime: number
  /** Times that operators keep, by name. Equal in all partitions of a task. */
  readonly processorTimes: ReadonlyMap<string, number>
}

const VERSION = 2
const nothing: ReadonlyMap<string, number> = new Map()

/** The metadata string of an offset commit: base64 as Java members of the group write and read it. */
export function encodeOffsetMetadata(metadata: OffsetMetadata): string {
  const writer = new BytesWriter(32)
  writer.int8(VERSION)
  writer.int64(metadata.partitionTime)
  if (metadata.processorTimes.size > 0) {
    writer.int32(metadata.processorTimes.size)
    for (const [name, time] of metadata.processorTimes) {
      const key = Buffer.from(name)
      writer.int32(key.length)
      writer.bytes(key)
      writer.int64(time)
    }
  }
  return writer.written().toString('base64')
}

/** Reads the metadata of a committed offset; `null` if it is of an unknown version or not ours at all. The empty string has no times. */
export function decodeOffsetMetadata(text: string): OffsetMetadata | null {
  if (text === '') return { partitionTime: -1, processorTimes: nothing }
  try {
    const reader = new BytesReader(Buffer.from(text, 'base64'))
    const version = reader.int8()
    if (version !== 1 && version !== VERSION) return null
    const partitionTime = reader.int64()
    if (version === 1 || reader.remaining === 0) return { partitionTime, processorTimes: nothing }
    const processorTimes = new Map<string, number>()
    for (let count = reader.int32(); count > 0; count--) {
      const name = reader.utf8(reader.int32())
      processorTimes.set(name, reader.int64())
    }
    return { partitionTime, processorTimes }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}
