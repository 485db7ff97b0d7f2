import { readInt64 } from '../../base/int64.ts'
import { WINDOW_SUFFIX_BYTES } from './window-key.ts'
import { firstKeptStart, type WindowLayout } from './window-layout.ts'

/** The start of the window in a key of a changelog; -1 for a key that has none. */
export function windowStartIn(buffer: Buffer, start: number, end: number): number {
  return end - start < WINDOW_SUFFIX_BYTES ? -1 : readInt64(buffer, end - WINDOW_SUFFIX_BYTES)
}

/**
 * The time before which records of a changelog do not matter, where `latestStart` is the start of any window in it; `null`: all do.
 *
 * 1. A store whose latest window begins at L or later keeps no window that begins before `firstKeptStart(L)`.
 * 2. Where operators alone write (`StoreDefinition.isWrittenInTime`), a record has a time of at least the start of its window, less a
 *    millisecond: sliding windows open one just after a late record.
 * 3. So a record with a time before `firstKeptStart(L) - 1` is of a window that has expired. Of what is skipped, the records before the
 *    first one of that time or a later one, all have such times, however out of order they are; and what came after it is read, deletions
 *    included. The window that begins at L is read, too, so that the store's time is the same.
 */
export function restoredFrom(layout: WindowLayout, latestStart: number): number | null {
  const first = firstKeptStart(layout, latestStart)
  return first > 1 ? first - 1 : null
}
