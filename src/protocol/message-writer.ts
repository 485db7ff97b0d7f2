import { BytesWriter } from '../base/bytes-writer.ts'

/** A run of bytes that is sent by reference, between what was written before and after it. */
export interface Insert {
  /** The position in the written bytes before which the run goes. */
  readonly at: number
  readonly bytes: Buffer
}

/** Record batches shorter than this are copied: cheaper than one more piece in a gathered write. */
const COPY_BELOW_BYTES = 1024

/**
 * Writes one message. Record batches are not copied but kept as inserts, so `chunks()` gives pieces for a gathered write; the inserted
 * buffers must not change until they have been sent.
 */
export class MessageWriter {
  /** The bytes without the inserts. */
  readonly out: BytesWriter
  readonly inserts: Insert[] = []
  /** The name of the field that is being written, for errors. */
  field = ''
  readonly #copyBelowBytes: number
  #insertedBytes = 0

  /**
   * `memory`: as of `BytesWriter`. `copyBelowBytes`: record batches shorter than this are copied; default 1024, 0 copies none.
   */
  constructor(memory: number | Buffer = 256, copyBelowBytes: number = COPY_BELOW_BYTES) {
    this.out = new BytesWriter(memory)
    this.#copyBelowBytes = copyBelowBytes
  }

  /** How many bytes the message has so far, inserts included. */
  get length(): number {
    return this.out.position + this.#insertedBytes
  }

  /** Puts record batches in, by reference when they are long. */
  records(bytes: Buffer): void {
    if (bytes.length < this.#copyBelowBytes) {
      this.out.bytes(bytes)
      return
    }
    this.inserts.push({ at: this.out.position, bytes })
    this.#insertedBytes += bytes.length
  }

  /** The whole message in order. The pieces are views of this writer's memory and of the inserted buffers. */
  chunks(): Buffer[] {
    const { buffer, position } = this.out
    const chunks: Buffer[] = []
    let from = 0
    for (const { at, bytes } of this.inserts) {
      if (at > from) chunks.push(buffer.subarray(from, at))
      chunks.push(bytes)
      from = at
    }
    if (position > from) chunks.push(buffer.subarray(from, position))
    return chunks
  }

  /** The whole message as one piece; copies only when there are inserts. */
  toBuffer(): Buffer {
    return this.inserts.length === 0 ? this.out.written() : Buffer.concat(this.chunks())
  }
}
