import { type ByteSlice, compareSlices } from '../../../byte-slice.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'

/**
 * The rows of several cursors of one direction as one cursor: of rows with the same key that of the newest source, tombstones included.
 *
 * The sources are kept in the order of their current keys, so that a stretch of rows of one source costs one comparison each.
 */
export class MergedRows implements ChangeCursor {
  readonly #sources: ChangeCursor[] = []
  /** Of each source how new it is, 0 = the newest. */
  readonly #ages: number[] = []
  readonly #step: 1 | -1
  #hasCurrent = false

  /** `sources`: newest first, none of them moved yet. They are closed at their ends, and by `close`. */
  constructor(sources: readonly ChangeCursor[], isReverse: boolean) {
    this.#step = isReverse ? -1 : 1
    for (let age = 0; age < sources.length; age++) {
      const source = sources[age]!
      if (source.next()) this.#insert(source, age)
      else source.close()
    }
  }

  get key(): ByteSlice {
    return this.#sources[0]!.key
  }

  get value(): ByteSlice {
    return this.#sources[0]!.value
  }

  get isTombstone(): boolean {
    return this.#sources[0]!.isTombstone
  }

  next(): boolean {
    const sources = this.#sources
    if (this.#hasCurrent) {
      // Older rows with the key that was given are skipped before the source that has it moves on.
      while (sources.length > 1 && compareSlices(sources[0]!.key, sources[1]!.key) === 0) this.#advance(1)
      this.#advance(0)
    }
    return (this.#hasCurrent = sources.length > 0)
  }

  close(): void {
    for (const source of this.#sources) source.close()
    this.#sources.length = 0
    this.#hasCurrent = false
  }

  /** Adds a source that is older than those that are there. */
  #insert(source: ChangeCursor, age: number): void {
    const sources = this.#sources
    const ages = this.#ages
    let index = sources.length
    for (; index > 0 && compareSlices(sources[index - 1]!.key, source.key) * this.#step > 0; index--) {
      sources[index] = sources[index - 1]!
      ages[index] = ages[index - 1]!
    }
    sources[index] = source
    ages[index] = age
  }

  #advance(index: number): void {
    const source = this.#sources[index]!
    if (source.next()) {
      this.#settle(index)
      return
    }
    source.close()
    this.#sources.splice(index, 1)
    this.#ages.splice(index, 1)
  }

  /** Moves a source back to where its current key belongs. */
  #settle(from: number): void {
    const sources = this.#sources
    const ages = this.#ages
    const source = sources[from]!
    const age = ages[from]!
    let index = from
    for (; index + 1 < sources.length; index++) {
      const order = compareSlices(source.key, sources[index + 1]!.key) * this.#step
      if (order < 0 || (order === 0 && age < ages[index + 1]!)) break
      sources[index] = sources[index + 1]!
      ages[index] = ages[index + 1]!
    }
    sources[index] = source
    ages[index] = age
  }
}
