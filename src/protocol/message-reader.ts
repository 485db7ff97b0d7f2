import { BytesReader } from '../base/bytes-reader.ts'
import type { Insert } from './message-writer.ts'

/** Reads one message. Records and bytes come as views of the buffer. */
export class MessageReader {
  readonly in: BytesReader
  /** The name of the field that is being read, for errors. */
  field = ''
  readonly #inserts: readonly Insert[]
  #nextInsert = 0

  /** `inserts`: those of the `MessageWriter` whose bytes without inserts are in `bytes`. Default: none, the bytes are whole. */
  constructor(bytes: Buffer, inserts: readonly Insert[] = []) {
    this.in = new BytesReader(bytes)
    this.#inserts = inserts
  }

  /** The next `length` bytes of record batches. */
  records(length: number): Buffer {
    const insert = this.#inserts[this.#nextInsert]
    if (insert !== undefined && insert.at === this.in.position && insert.bytes.length === length) {
      this.#nextInsert++
      return insert.bytes
    }
    return this.in.slice(length)
  }
}
