import { BytesWriter } from '../../base/bytes-writer.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { StoreGround } from '../kinds/composed-store.ts'
import type { BufferContent } from './buffer-content.ts'
import { BufferedChangeReader } from './buffered-change.ts'
import { isPlaceRow, PLACE_PREFIX_BYTES, timeInPlace } from './buffer-rows.ts'

const versionHeader = recordHeaders([['v', Uint8Array.of(3)]])

/**
 * Writes the changelog of a buffer of changes, at the commit: a record for each key that was touched since the last one (P§3.9). Those keys are
 * the places in the overlay, so that nothing else is looked at.
 */
export class BufferChangelog {
  readonly #ground: StoreGround
  readonly #content: BufferContent
  readonly #writer: ChangelogWriter | null
  readonly #value = new BytesWriter()
  readonly #key = new ByteSlice()
  readonly #bytes = new ByteSlice()
  readonly #found = new ByteSlice()
  readonly #reader = new BufferedChangeReader()
  #isTouched = false

  constructor(ground: StoreGround, content: BufferContent) {
    this.#ground = ground
    this.#content = content
    this.#writer = ground.options.changelogOf(ground.definition)
  }

  /** The buffer has changed. */
  touch(): void {
    this.#isTouched = true
  }

  /** What is not committed is forgotten. */
  reset(): void {
    this.#isTouched = false
  }

  /** Writes what was touched since the last call. */
  write(): void {
    if (!this.#isTouched || this.#writer === null) return
    this.#isTouched = false
    const rows = this.#ground.overlay.changes()
    while (rows.next()) {
      if (!isPlaceRow(rows.key)) continue
      this.#key.set(rows.key.buffer, rows.key.start + PLACE_PREFIX_BYTES, rows.key.end)
      this.#writeKey(rows.isTombstone ? null : timeInPlace(rows.value))
    }
    rows.close()
  }

  /** `time`: that of the change of the key; `null`: there is none any more. */
  #writeKey(time: number | null): void {
    const now = this.#ground.options.clock.now()
    if (time === null || !this.#content.changeAt(time, this.#key, this.#found)) {
      this.#writer?.write(this.#key, null, now, null)
      return
    }
    this.#value.reset()
    this.#reader.open(this.#found.buffer, this.#found.start)
    this.#value.range(this.#found.buffer, this.#found.start, this.#reader.end)
    this.#value.int64(time)
    this.#bytes.set(this.#value.buffer, 0, this.#value.position)
    this.#writer?.write(this.#key, this.#bytes, now, versionHeader)
  }
}
