import { ClusterError } from '../base/errors.ts'

const SIZE_BYTES = 4

/**
 * The largest first frame of a broker: until it has shown that it speaks the protocol, what looks like a size may be the text of an HTTP server
 * or an alert of TLS.
 */
export const FIRST_SIZE_MAX: number = 1024 * 1024

/** What frames carry: a client reads responses, a listener requests. */
export type FramedMessage = 'request' | 'response'

const remedies: Readonly<Record<FramedMessage, string>> = {
  request: 'does a Kafka client connect there without TLS?',
  response: 'does a Kafka broker listen there without TLS?',
}

/**
 * Cuts a stream of bytes into frames (N§0.1): four bytes of size, then as many bytes. A frame that came in one piece is a view of it; one
 * that came in several is put together in a buffer of its own, which copies its bytes once.
 */
export class FrameAssembler {
  readonly #deliver: (frame: Buffer) => void
  readonly #what: FramedMessage
  #sizeMax: number
  /** The frame that has begun to come, once its size is known. */
  #frame: Buffer | null = null
  #filled = 0
  /** The bytes of a size of which fewer than four have come. */
  #head: Buffer | null = null

  /** `deliver` gets every frame without its size. Frames larger than `sizeMax` bytes are refused. `what` is in them, for errors. */
  constructor(deliver: (frame: Buffer) => void, sizeMax: number, what: FramedMessage = 'response') {
    this.#deliver = deliver
    this.#what = what
    this.#sizeMax = sizeMax
  }

  /** Lets larger frames in from now on. */
  allow(sizeMax: number): void {
    this.#sizeMax = sizeMax
  }

  /** Takes the next bytes of the stream. Throws `MALFORMED_MESSAGE` for a size that cannot be one. */
  push(received: Buffer): void {
    const chunk = this.#head === null ? received : Buffer.concat([this.#head, received])
    this.#head = null
    let position = 0
    if (this.#frame !== null) {
      position = chunk.copy(this.#frame, this.#filled)
      this.#filled += position
      if (this.#filled < this.#frame.length) return
      this.#complete(this.#frame)
    }
    while (chunk.length - position >= SIZE_BYTES) {
      const size = this.#checkSize(chunk.readInt32BE(position))
      position += SIZE_BYTES
      if (chunk.length - position < size) return this.#begin(size, chunk.subarray(position))
      this.#complete(chunk.subarray(position, position + size))
      position += size
    }
    if (position < chunk.length) this.#head = chunk.subarray(position)
  }

  #begin(size: number, bytes: Buffer): void {
    this.#frame = Buffer.allocUnsafeSlow(size)
    this.#filled = bytes.copy(this.#frame)
  }

  #complete(frame: Buffer): void {
    this.#frame = null
    this.#deliver(frame)
  }

  #checkSize(size: number): number {
    if (size >= SIZE_BYTES && size <= this.#sizeMax) return size
    throw new ClusterError(
      'MALFORMED_MESSAGE',
      `Cannot read a ${this.#what}: its size is given as ${size} bytes, ${SIZE_BYTES} to ${this.#sizeMax} can be; ${remedies[this.#what]}`,
    )
  }
}
