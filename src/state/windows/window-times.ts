/** What a window store remembers beside its rows; it is part of the store's meta row (design 4, "Trust"). */
export interface StoreTimes {
  /** The last start of a window that was put, -1 before the first. */
  readonly storeTime: number
  /** The greatest timestamp that the operator which owns the store has seen, -1 before the first. */
  readonly operatorTime: number
  /** The sequence number of the last row of a store that retains duplicates. */
  readonly sequence: number
}

/** Of a store that has no rows. */
export const noTimes: StoreTimes = { storeTime: -1, operatorTime: -1, sequence: 0 }

/** The times of an open store: the committed ones, and what has happened since. */
export class WindowTimes implements StoreTimes {
  storeTime = -1
  operatorTime = -1
  sequence = 0
  /** No committed row begins later; not kept. `Infinity`: that is not known. */
  committedTime: number = Infinity
  /** What is written into the key of a row; not kept. */
  writtenSequence = 0

  /** Goes back to what was committed. */
  set({ storeTime, operatorTime, sequence }: StoreTimes): void {
    this.storeTime = storeTime
    this.operatorTime = operatorTime
    this.sequence = sequence
  }

  /** What there is now is committed, or is to be soon. */
  commit(): void {
    this.committedTime = this.storeTime
  }

  /** As they are now. */
  copy(): StoreTimes {
    return { storeTime: this.storeTime, operatorTime: this.operatorTime, sequence: this.sequence }
  }
}
