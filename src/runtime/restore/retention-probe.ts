import type { BatchView } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { windowStartIn, restoredFrom } from '../../state/windows/restored-from.ts'
import type { WindowLayout } from '../../state/windows/window-layout.ts'

/** So many offsets before the end are looked at, then more, as Kafka's newer versions do (P§7.6). */
const LOOKS = [128, 512, 2048] as const

/** A changelog with fewer offsets is read as a whole. */
export const WORTH_PROBING: number = 2 * LOOKS.at(-1)!

/**
 * Finds out from which time on the changelog of a window store matters: looks at the last records for the latest window. Nothing is
 * applied meanwhile. Feed it with what is fetched from `position` on.
 */
export class RetentionProbe {
  readonly #layout: WindowLayout
  readonly #end: number
  readonly #cursor = new RecordCursor()
  #look = 0
  #latestStart = -1
  /** The offset from which to fetch next. */
  position: number
  /** When the look began, of the monotonic clock; `null`: it has not. */
  startedMs: number | null = null
  /** Nothing more is to be fed: what was found is being looked up, or was not found. */
  isOver = false

  /** `end`: that of the changelog, which is at least `WORTH_PROBING` offsets long. */
  constructor(layout: WindowLayout, end: number) {
    this.#layout = layout
    this.#end = end
    this.position = end - LOOKS[0]
  }

  /**
   * Takes in what was fetched. Whether the look is at its end: then either `time` is known, or `widen` says whether there is more to look at.
   * What does not begin at `position` was fetched for an earlier look.
   */
  feed(batches: readonly BatchView[], from: number, nextOffset: number): boolean {
    if (this.isOver || from !== this.position) return false
    const cursor = this.#cursor
    for (const batch of batches) {
      // The times of the broker say nothing of windows.
      if (batch.timestampType !== 'CreateTime') return this.#giveUp()
      cursor.open(batch)
      while (cursor.next()) {
        if (cursor.offset < from || cursor.keyStart < 0) continue
        this.#latestStart = Math.max(this.#latestStart, windowStartIn(cursor.buffer, cursor.keyStart, cursor.keyEnd))
      }
    }
    this.position = nextOffset
    return nextOffset >= this.#end
  }

  /** All records that matter have this time or a later one; `null`: nothing can be said. */
  get time(): number | null {
    return this.#latestStart < 0 ? null : restoredFrom(this.#layout, this.#latestStart)
  }

  /** Goes further back. `false`: it was far enough. */
  widen(): boolean {
    const size = this.isOver ? undefined : LOOKS[++this.#look]
    if (size === undefined) return false
    this.position = this.#end - size
    return true
  }

  #giveUp(): true {
    this.#latestStart = -1
    this.isOver = true
    return true
  }
}
