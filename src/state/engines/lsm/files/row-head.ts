/**
 * What stands before each row of a block: three unsigned LEB128 integers. One object is set again and again, so that looking at rows makes
 * no objects.
 */
export class RowHead {
  /** How many bytes at its beginning the key shares with the key before it. */
  shared = 0
  /** How many bytes of the key follow the head. */
  rest = 0
  /** 0 = the row is a tombstone; else the length of the value, which follows the key, plus one. */
  value = 0
  /** Where the rest of the key begins. */
  body = 0
  #position = 0

  /** Reads the head of the row that begins at `at`. */
  read(block: Buffer, at: number): void {
    const shared = block[at]!
    const rest = block[at + 1]!
    const value = block[at + 2]!
    if ((shared | rest | value) < 0x80) {
      this.shared = shared
      this.rest = rest
      this.value = value
      this.body = at + 3
      return
    }
    this.#position = at
    this.shared = this.#number(block)
    this.rest = this.#number(block)
    this.value = this.#number(block)
    this.body = this.#position
  }

  /** Where the value begins; for a tombstone where the next row does. */
  get valueStart(): number {
    return this.body + this.rest
  }

  /** Where the next row begins. */
  get end(): number {
    return this.value === 0 ? this.body + this.rest : this.body + this.rest + this.value - 1
  }

  #number(block: Buffer): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = block[this.#position++]!
      value |= (byte & 0x7f) << shift
      if (byte < 0x80 || shift >= 28) return value >>> 0
    }
  }
}
