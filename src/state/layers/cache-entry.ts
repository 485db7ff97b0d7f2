import type { RecordContext, SourceBytes } from '../../record/record-context.ts'
import { type RecordHeaders, recordHeaders } from '../../record/record-headers.ts'

// Seen by nobody: only what was updated is flushed, and has the headers of its record.
const noHeaders = recordHeaders()

/** What a cache is keyed by: the identity of a key, else its bytes as latin1. */
export type CacheId = string | number

/**
 * A row in a cache, and the context of the record that wrote it. One object for all of it: a cache has many, and each costs the garbage
 * collector.
 */
export class CacheEntry<K, V> implements RecordContext {
  /** Its place in the table of the cache, and its number in the cache's orders. */
  readonly slot: number
  readonly id: CacheId
  /** To be looked at only where `keyBytes` is `null`: its serde says that keys never change. */
  readonly key: K
  readonly keyBytes: Buffer | null
  /** The value, where its serde says that values never change; else `row` has it. */
  value: V | null = null
  /** The bytes of the row, in the format of the store, as `bytesAsText` makes them. */
  row: string | null = null
  isDeletion = false
  /** That of the row. */
  rowTimestamp = -1
  /** What the context counts; nothing for an entry that was read. */
  contextBytes = 0
  bytes = 0
  isDirty = false
  /** Taken for a flush that is not through with it yet: a new update takes a new entry. */
  isBeingFlushed = false
  /** Stands for the row of the same `id` in an index, and has no value. */
  isIndex = false
  // The context; an entry that was read has none.
  topic: string | null = null
  partition = -1
  offset = -1
  timestamp = -1
  headers: RecordHeaders = noHeaders
  source: SourceBytes | null = null

  constructor(slot: number, id: CacheId, key: K, keyBytes: Buffer | null) {
    this.slot = slot
    this.id = id
    this.key = key
    this.keyBytes = keyBytes
  }

  /** Remembers the record that has updated the row. */
  setContext(context: Readonly<RecordContext>): void {
    this.topic = context.topic
    this.partition = context.partition
    this.offset = context.offset
    this.timestamp = context.timestamp
    this.headers = context.headers
    this.source = context.source ?? null
  }
}
