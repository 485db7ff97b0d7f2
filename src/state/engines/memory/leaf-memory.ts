const FIRST_PIECE_BYTES = 16 * 1024
const PIECE_BYTES_MAX = 256 * 1024
const ALIGNMENT = 8
/** A larger leaf gets memory of its own: at the end of a piece less than this is wasted. */
const SHARED_BYTES_MAX = PIECE_BYTES_MAX / 8

/**
 * Cuts the memory of many leaves out of few large pieces: each piece is something that the garbage collector has to know. A piece is free
 * when none of its leaves is left, so it is for leaves that come and go together: those of rows that come in order.
 */
export class LeafMemory {
  #piece: Buffer = Buffer.alloc(0)
  #used = 0
  #pieceBytes = FIRST_PIECE_BYTES / 2

  /** So many bytes, at a multiple of eight, with anything in them. */
  take(length: number): Buffer {
    if (length > SHARED_BYTES_MAX) return Buffer.allocUnsafeSlow(length)
    if (this.#used + length > this.#piece.length) {
      this.#pieceBytes = Math.min(this.#pieceBytes * 2, PIECE_BYTES_MAX)
      this.#piece = Buffer.allocUnsafeSlow(Math.max(length, this.#pieceBytes))
      this.#used = 0
    }
    const start = this.#used
    this.#used = Math.ceil((start + length) / ALIGNMENT) * ALIGNMENT
    return this.#piece.subarray(start, start + length)
  }
}
