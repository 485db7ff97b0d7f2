const FIRST_SLOTS = 64
const NONE = -1

/**
 * Slots of a table in an order: a doubly linked list in two arrays of numbers. Links in the entries themselves would be all over the heap:
 * to move an entry would wait for the memory of its neighbours, and tell the garbage collector of each link.
 */
export class SlotOrder {
  #before: Int32Array = new Int32Array(FIRST_SLOTS)
  #after: Int32Array = new Int32Array(FIRST_SLOTS)
  #first = NONE
  #last = NONE

  /** The first slot, -1: there is none. */
  get first(): number {
    return this.#first
  }

  get isEmpty(): boolean {
    return this.#first === NONE
  }

  /** Puts a slot that is not in the order behind all others. */
  append(slot: number): void {
    if (slot >= this.#before.length) this.#widen(slot)
    this.#before[slot] = this.#last
    this.#after[slot] = NONE
    if (this.#last === NONE) this.#first = slot
    else this.#after[this.#last] = slot
    this.#last = slot
  }

  /** Puts a slot of the order behind all others. */
  moveToEnd(slot: number): void {
    if (slot === this.#last) return
    this.remove(slot)
    this.append(slot)
  }

  /** The slot is in the order. */
  remove(slot: number): void {
    const before = this.#before[slot]!
    const after = this.#after[slot]!
    if (before === NONE) this.#first = after
    else this.#after[before] = after
    if (after === NONE) this.#last = before
    else this.#before[after] = before
  }

  /** The slots in their order. */
  slots(): number[] {
    const slots: number[] = []
    for (let slot = this.#first; slot !== NONE; slot = this.#after[slot]!) slots.push(slot)
    return slots
  }

  clear(): void {
    this.#first = NONE
    this.#last = NONE
  }

  #widen(slot: number): void {
    let length = this.#before.length
    while (length <= slot) length *= 2
    const before = new Int32Array(length)
    const after = new Int32Array(length)
    before.set(this.#before)
    after.set(this.#after)
    this.#before = before
    this.#after = after
  }
}
