import type { Disk } from '../../../../base/disk.ts'
import type { Work } from '../../../../base/workers/workers.ts'
import { type FileEntry, sortedFileName, SortedFileWriter } from '../files/sorted-file-writer.ts'
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
  // A module finds its neighbours by their ending: sources run as they are, or built.
  module: import.meta.url,
  run: mergeRuns,
}

/**
 * Merges immutable files into new ones, which are durable but for their names, and gives their entries. Rows that newer ones hide, tombstones
 * at the bottom, and rows that are dead are left out. Throws `STORE_CORRUPTED` if an input is damaged. If it does not come to its end it
 * removes what it has written.
 */
export function* mergeRuns(input: MergeInput, disk: Disk): Generator<void, readonly FileEntry[], void> {
  const { directory } = input
  const opened: SortedFile[] = []
  const written: FileEntry[] = []
  let writer: SortedFileWriter | null = null
  let begun = 0
  let isDone = false
  try {
    const sources = input.runs.map((entries) => {
      const files = entries.map((entry) => openFile(disk, directory, entry, opened))
      return new WholeRun(files)
    })
    const rows = new MergedRows(sources, false)
    const filter = new RowFilter(input.stores.map(markOf), input.hasOldest)
    let count = 0
    while (rows.next()) {
      if (++count % STEP_ROWS === 0) yield
      const { isTombstone } = rows
      if (!filter.keeps(rows.key, isTombstone)) continue
      if (writer === null) {
        const number = input.firstFile + begun++
        writer = new SortedFileWriter(disk, `${directory}/${sortedFileName(number)}`, number)
      }
      writer.add(rows.key, isTombstone ? null : rows.value)
      if (writer.dataBytes < input.fileBytesMax) continue
      written.push(writer.finish())
      writer = null
    }
    if (writer !== null) written.push(writer.finish())
    isDone = true
    return written
  } finally {
    writer?.close()
    for (const file of opened) file.release()
    if (!isDone) for (let index = 0; index < begun; index++) disk.remove(`${directory}/${sortedFileName(input.firstFile + index)}`)
  }
}

function openFile(disk: Disk, directory: string, entry: FileEntry, opened: SortedFile[]): SortedFile {
  const file = new SortedFile(disk, directory, entry, null)
  opened.push(file)
  return file
}

function markOf({ id, expiredBelow }: MergeInput['stores'][number]): { readonly id: number; readonly expiredBelow: Buffer | null } {
  // A buffer that crossed to another thread is a plain array there.
  const bytes = expiredBelow === null ? null : Buffer.from(expiredBelow.buffer, expiredBelow.byteOffset, expiredBelow.length)
  return { id, expiredBelow: bytes }
}
