import type { RecordContext } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import { allKeys, type KeyRange } from '../key-range.ts'
import type { RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'

/** The keys of a store with limited room, longest unused first, as latin1 text. It is in memory only: `null` = in the order of the keys. */
export interface UseOrder {
  keys: Set<string> | null
  /** Reads are no use of a row now: somebody looks from outside of the task. */
  isStill: boolean
}

/** What a store with limited room needs beside its rows. */
export interface Room {
  readonly rowsMax: number
  readonly order: UseOrder
  /** Told of a row that gave way to that of a record with this context. */
  readonly onEvicted: (key: ByteSlice, context: Readonly<RecordContext> | undefined) => void
}

/** Rows of which at most so many are kept: with one more, that which was not read or written for longest gives way. Scans are no use. */
export function withRoomFor(store: WritableBytesStore, room: Room): WritableBytesStore {
  return new LeastRecentlyUsed(store, room)
}

class LeastRecentlyUsed implements WritableBytesStore {
  readonly #store: WritableBytesStore
  readonly #room: Room

  constructor(store: WritableBytesStore, room: Room) {
    this.#store = store
    this.#room = room
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    if (!this.#store.get(key, into)) return false
    if (this.#room.order.isStill) return true
    const keys = this.#keys()
    const text = textOf(key)
    keys.delete(text)
    keys.add(text)
    return true
  }

  put(key: ByteSlice, value: ByteSlice | null, context?: Readonly<RecordContext>): void {
    const keys = this.#keys()
    const text = textOf(key)
    keys.delete(text)
    this.#store.put(key, value)
    if (value === null) return
    keys.add(text)
    if (keys.size > this.#room.rowsMax) this.#evict(keys, context)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    return this.#store.scan(range, isReverse)
  }

  #evict(keys: Set<string>, context: Readonly<RecordContext> | undefined): void {
    for (const eldest of keys) {
      keys.delete(eldest)
      const key = new ByteSlice(Buffer.from(eldest, 'latin1'))
      this.#store.put(key, null)
      this.#room.onEvicted(key, context)
      return
    }
  }

  #keys(): Set<string> {
    this.#room.order.keys ??= keysOf(this.#store)
    return this.#room.order.keys
  }
}

function keysOf(store: SortedBytesStore): Set<string> {
  const keys = new Set<string>()
  const rows = store.scan(allKeys, false)
  while (rows.next()) keys.add(textOf(rows.key))
  rows.close()
  return keys
}

function textOf({ buffer, start, end }: ByteSlice): string {
  return buffer.toString('latin1', start, end)
}
