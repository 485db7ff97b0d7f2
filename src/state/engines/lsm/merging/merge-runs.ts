import type { Disk } from '../../../../base/disk.ts'
import { moduleBeside } from '../../../../base/workers/module-beside.ts'
import type { Work } from '../../../../base/workers/workers.ts'
import { type FileEntry, KeyHashes, sortedFileName, SortedFileWriter } from '../files/sorted-file-writer.ts'
import { SortedFile } from '../files/sorted-file.ts'
import { MergedRows } from './merged-rows.ts'
import { RowFilter } from './row-filter.ts'
import { WholeRun } from './whole-run.ts'

/** Rows between two steps: a few milliseconds of work. */
const STEP_ROWS = 20_000

/** Runs that are to become one, as plain data: it crosses to another thread. */
export interface MergeInput {
  readonly directory: string
  /** Newest first. */
  readonly runs: readonly (readonly FileEntry[])[]
  /** Whether the last of them is the oldest of the task, so that tombstones are not needed any more. */
  readonly hasOldest: boolean
  readonly stores: readonly { readonly id: number; readonly expiredBelow: Uint8Array | null }[]
  /** The number of the first file that is written; the next ones follow it. */
  readonly firstFile: number
  /** A file with so many bytes is finished and another one begun. */
  readonly fileBytesMax: number
}

/** The merge of runs as a piece of work for a helper thread. */
export const mergeWork: Work<MergeInput, readonly FileEntry[]> = {
  module: moduleBeside(import.meta.url, 'merge-runs'),
  run: mergeRuns,
}

/**
 * Merges immutable files into new ones, which are durable but for their names, and gives their entries. Rows that newer ones hide, tombstones
 * at the bottom, and rows that are dead are left out. Throws `STORE_CORRUPTED` if an input is damaged. If it does not come to its end it
 * removes what it has written.
 */
export function* mergeRuns(input: MergeInput, disk: Disk): Generator<void, readonly FileEntry[], void> {
  const merge = new Merge(input, disk)
  let isDone = false
  try {
    while (merge.step()) yield
    isDone = true
    return merge.written
  } finally {
    merge.close(isDone)
  }
}

class Merge {
  readonly written: FileEntry[] = []
  readonly #input: MergeInput
  readonly #disk: Disk
  readonly #filter: RowFilter
  readonly #hashes = new KeyHashes()
  #rows: MergedRows | null = null
  #writer: SortedFileWriter | null = null
  #begun = 0

  constructor(input: MergeInput, disk: Disk) {
    this.#input = input
    this.#disk = disk
    this.#filter = new RowFilter(input.stores.map(markOf), input.hasOldest)
  }

  /** Goes on for a while; false when all is written. */
  step(): boolean {
    const rows = (this.#rows ??= this.#open())
    const filter = this.#filter
    for (let left = STEP_ROWS; left > 0; left--) {
      if (!rows.next()) {
        this.#finishFile()
        return false
      }
      const { isTombstone } = rows
      if (!filter.keeps(rows.key, isTombstone)) continue
      const writer = (this.#writer ??= this.#nextFile())
      writer.add(rows.key, isTombstone ? null : rows.value)
      if (writer.dataBytes >= this.#input.fileBytesMax) this.#finishFile()
    }
    return true
  }

  close(keepsFiles: boolean): void {
    this.#writer?.close()
    this.#rows?.close()
    this.#hashes.close()
    if (keepsFiles) return
    for (let index = 0; index < this.#begun; index++) this.#disk.remove(this.#pathOf(this.#input.firstFile + index))
  }

  #open(): MergedRows {
    const open = (entry: FileEntry): SortedFile => new SortedFile(this.#disk, this.#input.directory, entry, null)
    const sources = this.#input.runs.map((entries) => new WholeRun(entries, open))
    try {
      return new MergedRows(sources, false)
    } catch (error) {
      for (const source of sources) source.close()
      throw error
    }
  }

  #nextFile(): SortedFileWriter {
    const number = this.#input.firstFile + this.#begun++
    return new SortedFileWriter(this.#disk, this.#pathOf(number), number, this.#hashes)
  }

  #finishFile(): void {
    if (this.#writer !== null) this.written.push(this.#writer.finish())
    this.#writer = null
  }

  #pathOf(number: number): string {
    return `${this.#input.directory}/${sortedFileName(number)}`
  }
}

function markOf({ id, expiredBelow }: MergeInput['stores'][number]): { readonly id: number; readonly expiredBelow: Buffer | null } {
  // A buffer that crossed to another thread is a plain array there.
  const bytes = expiredBelow === null ? null : Buffer.from(expiredBelow.buffer, expiredBelow.byteOffset, expiredBelow.length)
  return { id, expiredBelow: bytes }
}
