import type { OutgoingRecord } from '../../client/outgoing-record.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import { headerContentSize, headersContentSize } from '../../record/record-headers.ts'

/** Timestamp, offset and partition, as Java counts them. */
const PLACE_BYTES = 20

/**
 * What a node of a task has read from, or written to, a topic (P§9.6, KIP-846). A record has the bytes of its key, value, headers and of the
 * topic's name, and 20 for its place. Plain numbers, bumped in place.
 */
export class TopicCounts {
  readonly node: string
  readonly topic: string
  records = 0
  bytes = 0
  readonly #placeBytes: number

  constructor(node: string, topic: string) {
    this.node = node
    this.topic = topic
    this.#placeBytes = PLACE_BYTES + Buffer.byteLength(topic)
  }

  /** Counts the record under `cursor`. A key or value that is absent has -1 bytes: that is what Java's consumer says of it. */
  consumed(cursor: RecordCursor): void {
    const { keyStart, valueStart } = cursor
    this.records++
    this.bytes +=
      this.#placeBytes +
      (keyStart < 0 ? -1 : cursor.keyEnd - keyStart) +
      (valueStart < 0 ? -1 : cursor.valueEnd - valueStart) +
      (cursor.headerCount === 0 ? 0 : headerContentSize(cursor))
  }

  /** Counts a record that was written. */
  produced({ keyStart, keyEnd, valueStart, valueEnd, headers }: OutgoingRecord): void {
    this.records++
    this.bytes += this.#placeBytes + keyEnd - keyStart + valueEnd - valueStart + (headers === null ? 0 : headersContentSize(headers))
  }
}
