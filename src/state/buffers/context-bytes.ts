import type { BytesWriter } from '../../base/bytes-writer.ts'
import { readInt64 } from '../../base/int64.ts'
import { lossyUtf8 } from '../../base/lossy-utf8.ts'
import type { RecordContext } from '../../record/record-context.ts'
import { recordHeaders } from '../../record/record-headers.ts'

// Record context: int64 timestamp, int64 offset, int32 length and topic, int32 partition, int32 number of headers, each int32 length and
// key, int32 length (-1: absent) and value (P§6.6).

/** Before the topic: timestamp, offset, length of the topic. */
const HEAD_BYTES = 20
const NO_HEADERS = -1

/** Writes `context`. One without topic (of a punctuator) is written with an empty one, where Java fails. */
export function writeContext({ timestamp, offset, topic, partition, headers }: Readonly<RecordContext>, out: BytesWriter): void {
  out.int64(timestamp)
  out.int64(offset)
  writeText(topic ?? '', out)
  out.int32(partition)
  const countAt = out.position
  out.int32(0)
  let count = 0
  for (const { key, value } of headers) {
    count++
    writeText(key, out)
    out.int32(value === null ? -1 : value.length)
    if (value !== null) out.bytes(value)
  }
  out.buffer.writeInt32BE(count, countAt)
}

/** The bytes that Java counts for a context: 20, the characters of the topic, and of each header those of the key and the bytes of the value. */
export function contextSize({ topic, headers }: Readonly<RecordContext>): number {
  let size = HEAD_BYTES + (topic?.length ?? 0)
  for (const { key, value } of headers) size += key.length + (value?.length ?? 0)
  return size
}

function writeText(text: string, out: BytesWriter): void {
  out.int32(0)
  const start = out.position
  out.utf8(lossyUtf8(text))
  out.buffer.writeInt32BE(out.position - start, start - 4)
}

/** The context that begins at `start`, as an object that owns its bytes. */
export function readContext(buffer: Buffer, start: number): RecordContext {
  const topicEnd = start + HEAD_BYTES + buffer.readInt32BE(start + HEAD_BYTES - 4)
  const headers = recordHeaders()
  let position = topicEnd + 8
  for (let left = buffer.readInt32BE(topicEnd + 4); left > 0; left--) {
    const keyEnd = position + 4 + buffer.readInt32BE(position)
    const length = buffer.readInt32BE(keyEnd)
    const valueEnd = keyEnd + 4 + Math.max(0, length)
    headers.add(buffer.toString('utf8', position + 4, keyEnd), length < 0 ? null : Buffer.from(buffer.subarray(keyEnd + 4, valueEnd)))
    position = valueEnd
  }
  const topic = buffer.toString('utf8', start + HEAD_BYTES, topicEnd)
  return {
    timestamp: readInt64(buffer, start),
    offset: readInt64(buffer, start + 8),
    topic: topic === '' ? null : topic,
    partition: buffer.readInt32BE(topicEnd),
    headers,
    source: null,
  }
}

/** Where the context that begins at `start` ends. Throws `RangeError` outside of the buffer. */
export function contextEnd(buffer: Buffer, start: number): number {
  const topicEnd = start + HEAD_BYTES + lengthAt(buffer, start + HEAD_BYTES - 4)
  const count = buffer.readInt32BE(topicEnd + 4)
  let position = topicEnd + 8
  // Early versions of Java wrote -1 for a record without headers.
  for (let left = count === NO_HEADERS ? 0 : count; left > 0; left--) {
    const keyEnd = position + 4 + lengthAt(buffer, position)
    position = keyEnd + 4 + Math.max(0, buffer.readInt32BE(keyEnd))
  }
  if (position > buffer.length) throw new RangeError(`Cannot read a record context: it ends at ${position} of ${buffer.length} bytes`)
  return position
}

function lengthAt(buffer: Buffer, position: number): number {
  const length = buffer.readInt32BE(position)
  if (length < 0) throw new RangeError(`Cannot read a record context: the length at ${position} is ${length}`)
  return length
}
