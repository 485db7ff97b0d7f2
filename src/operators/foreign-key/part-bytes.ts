import { BytesWriter } from '../../base/bytes-writer.ts'
import { murmur3 } from '../../base/murmur3.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import { type FastWriter, fastWriterOf } from '../../serdes/fast-serde.ts'
import type { SerdeContext, Serializer } from '../../serdes/serde.ts'

const HASH_BYTES = 16

/** Serialises outside of any topic, for hashing and comparing: a serde sees the name of a topic that does not exist (P§2.10). */
export class PartBytes implements SerdeContext {
  readonly topic: string
  readonly isKey: boolean
  readonly role = 'repartition'
  headers!: RecordHeaders
  readonly #serde: FastWriter<unknown>
  readonly #writer = new BytesWriter(256)

  constructor(serde: Serializer<unknown>, topic: string, isKey: boolean) {
    this.topic = topic
    this.isKey = isKey
    this.#serde = fastWriterOf(serde)
  }

  /** The writer that holds the bytes of `value`, until the next call. */
  write(value: unknown, headers: RecordHeaders): BytesWriter {
    this.headers = headers
    this.#writer.reset()
    this.#serde.write(value, this.#writer, this)
    return this.#writer
  }
}

/** The hash by which an answer is recognised as one to the left value as it is now (P§4.5). */
export function hashOf(bytes: PartBytes, value: unknown, headers: RecordHeaders): Buffer {
  const { buffer, position } = bytes.write(value, headers)
  const hash = Buffer.allocUnsafeSlow(HASH_BYTES)
  murmur3({ bytes: buffer, start: 0, end: position }, hash, 0)
  return hash
}
