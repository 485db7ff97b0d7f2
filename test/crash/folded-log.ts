import type { StoredRecord } from '../../src/broker/log/direct-read.ts'
import { RETENTION_MS, type StoreName } from './crash-stores.ts'
import { digestOf, type DumpedRow } from './store-dump.ts'

/** Gives the committed records of a changelog from an offset on. */
export type ReadLog = (from: number) => readonly StoredRecord[]

/** Bytes behind the key of a window in its changelog: start, sequence number. */
const WINDOW_SUFFIX_BYTES = 12

/** What the committed records up to some offset come to. */
interface Fold {
  nextOffset: number
  rows: Map<string, string>
  /** The greatest start of a window. */
  storeTime: number
}

/**
 * What a store must be, from its changelog alone: the last value of each key, without the windows that are past the retention. Made
 * to be too simple to be wrong: it shares no code with the stores.
 */
export class FoldedLog {
  readonly #store: StoreName
  readonly #read: ReadLog
  #base: Fold = { nextOffset: 0, rows: new Map(), storeTime: -1 }

  constructor(store: StoreName, read: ReadLog) {
    this.#store = store
    this.#read = read
  }

  /** The rows after all records up to `offset`, that one too, in order of their keys; `null`: after none. */
  rowsAt(offset: number | null): readonly DumpedRow[] {
    const nextOffset = offset === null ? 0 : offset + 1
    if (nextOffset < this.#base.nextOffset) this.#base = { nextOffset: 0, rows: new Map(), storeTime: -1 }
    this.#advance(this.#base, nextOffset)
    return this.#visible(this.#base)
  }

  /** The rows after all records. */
  rowsAtEnd(): readonly DumpedRow[] {
    const fold = { ...this.#base, rows: new Map(this.#base.rows) }
    this.#advance(fold, Infinity)
    return this.#visible(fold)
  }

  /** The committed records after `offset`; `null`: all. */
  recordsAfter(offset: number | null): readonly StoredRecord[] {
    return this.#read(offset === null ? 0 : offset + 1)
  }

  #advance(fold: Fold, nextOffset: number): void {
    for (const { offset, key, value, timestamp } of this.#read(fold.nextOffset)) {
      if (offset >= nextOffset) break
      this.#apply(fold, key!, value, timestamp)
    }
    if (nextOffset !== Infinity) fold.nextOffset = nextOffset
  }

  #apply(fold: Fold, key: Buffer, value: Buffer | null, timestamp: number): void {
    let row = key.toString('latin1')
    if (this.#store === 'segments' || this.#store === 'exact') {
      const start = Number(key.readBigInt64BE(key.length - WINDOW_SUFFIX_BYTES))
      fold.storeTime = Math.max(fold.storeTime, start)
      row = windowKey(key.toString('latin1', 0, key.length - WINDOW_SUFFIX_BYTES), start)
    }
    if (value === null) fold.rows.delete(row)
    else fold.rows.set(row, this.#store === 'stamped' ? `${digestOf(value.toString())}@${timestamp}` : digestOf(value.toString()))
  }

  #visible({ rows, storeTime }: Fold): readonly DumpedRow[] {
    const isWindowed = this.#store === 'segments' || this.#store === 'exact'
    const live = [...rows].filter(([row]) => !isWindowed || startOf(row) > storeTime - RETENTION_MS)
    return live.toSorted(([left], [right]) => (left < right ? -1 : 1))
  }
}

/** Key and start of a window as one text. */
export function windowKey(key: string, start: number): string {
  return `${key}@${start}`
}

function startOf(row: string): number {
  return Number(row.slice(row.lastIndexOf('@') + 1))
}
