import { crc32 } from 'node:zlib'
import { RecordCursor } from '../../../src/record/record-cursor.ts'
import type { Ground } from '../ground.ts'
import { LastValues } from './last-values.ts'

/** What of an output has to be the same: all records, in whatever order, or the last one of each key. */
export type Compared = 'records' | 'last-values'

const SUM_MAX = 2 ** 52

/**
 * Reads an output to its end, and says what is in it: keys, values and timestamps. Markers and what was aborted do not count, nor do records that
 * `isCounted` leaves out, by the bytes that end their keys.
 */
export async function outcomeOf(
  ground: Ground,
  topic: string,
  compared: Compared,
  isCounted: (bytes: Buffer, keyEnd: number) => boolean = () => true,
): Promise<string> {
  const at = { topic, partition: 0 }
  const end = (await ground.admin.listOffsets([at], 'latest', 'read_committed')).get(topic, 0)!
  const fetcher = ground.fetcher()
  const cursor = new RecordCursor()
  const stamp = Buffer.alloc(8)
  const last = new LastValues()
  let records = 0
  let sum = 0
  try {
    fetcher.add(at, 0)
    for (let position = 0; position < end;) {
      await fetcher.whenReady()
      for (const chunk of fetcher.poll()) {
        for (const batch of chunk.batches) {
          cursor.open(batch)
          while (cursor.next()) {
            if (!isCounted(cursor.buffer, cursor.keyEnd)) continue
            records++
            stamp.writeDoubleBE(cursor.timestamp)
            const content = crc32(cursor.buffer.subarray(Math.max(0, cursor.valueStart), Math.max(0, cursor.valueEnd)), crc32(stamp))
            if (compared === 'last-values') last.set(cursor.buffer, cursor.keyStart, cursor.keyEnd, content)
            else sum = (sum + crc32(cursor.buffer.subarray(cursor.keyStart, cursor.keyEnd), content)) % SUM_MAX
          }
        }
        position = chunk.nextOffset
        chunk.release()
      }
    }
  } finally {
    await fetcher.close()
  }
  return compared === 'records' ? `${records} records, sum ${sum.toString(36)}` : `${last.size} keys, sum ${last.sum().toString(36)}`
}

/** Waits for the first committed record of a topic. */
export class FirstOutput implements AsyncDisposable {
  readonly #fetcher: ReturnType<Ground['fetcher']>
  readonly #seen: Promise<number | null>
  #isClosed = false

  constructor(ground: Ground, topic: string) {
    this.#fetcher = ground.fetcher()
    this.#fetcher.add({ topic, partition: 0 }, 0)
    this.#seen = this.#watch()
  }

  /** When it came, on the wall in milliseconds; `null`: it never did. */
  atMs(): Promise<number | null> {
    return this.#seen
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#fetcher.close()
  }

  async #watch(): Promise<number | null> {
    while (!this.#isClosed) {
      await this.#fetcher.whenReady()
      const chunks = this.#fetcher.poll()
      for (const chunk of chunks) chunk.release()
      if (!chunks.some(({ batches }) => batches.length > 0)) continue
      const atMs = Date.now()
      await this.#fetcher.close()
      return atMs
    }
    return null
  }
}
