import type { FetchedChunk } from '../client/fetched-chunk.ts'
import { BatchBuilder } from '../record/batch-builder.ts'
import { readBatches } from '../record/batch-reader.ts'
import type { RecordHeaders } from '../record/record-headers.ts'

/** A record of a chunk that was not fetched. */
export interface BuiltRecord {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  /** `null`: none. */
  readonly headers: RecordHeaders | null
}

/** Where a built chunk pretends to come from. */
export interface ChunkOrigin {
  readonly topic: string
  readonly partition: number
  /** Offset of the first record. */
  readonly offset: number
}

/** A chunk as a fetcher would give it: the records in one batch of real bytes. `onRelease` is called when its bytes are not needed any more. */
export function builtChunk(origin: ChunkOrigin, records: readonly BuiltRecord[], onRelease: () => void = () => {}): FetchedChunk {
  const builder = new BatchBuilder()
  for (const { key, value, timestamp, headers } of records) {
    const bytes = Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)])
    const keyEnd = key === null ? -1 : key.length
    const valueStart = value === null ? -1 : Math.max(0, keyEnd)
    const valueEnd = value === null ? -1 : bytes.length
    builder.append({ timestamp, bytes, keyStart: key === null ? -1 : 0, keyEnd, valueStart, valueEnd, headers })
  }
  const bytes = builder.seal({ baseOffset: origin.offset })
  const { topic, partition, offset: from } = origin
  const batches = readBatches(bytes, 0, bytes.length)
  const leaderEpoch = batches.at(-1)?.partitionLeaderEpoch ?? -1
  return { topic, partition, batches, from, nextOffset: from + records.length, leaderEpoch, byteLength: bytes.length, release: onRelease }
}
