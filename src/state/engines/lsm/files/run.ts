import { type ByteSlice } from '../../../byte-slice.ts'
import type { SortedFile } from './sorted-file.ts'

/** Files whose keys do not overlap, in the order of their keys: what one flush or one merge has written. */
export interface Run {
  /** 0 for a flush; a merge of runs of one level makes a run of the next. */
  readonly level: number
  readonly files: readonly SortedFile[]
}

/** The file of a run in which `key` may be, with the id of its store. */
export function fileFor({ files }: Run, key: ByteSlice): SortedFile | null {
  let low = 0
  let high = files.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const file = files[middle]!
    const order = file.compareWith(key)
    if (order === 0) return file
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return null
}

/** Bytes of all files of a run. */
export function bytesOf({ files }: Run): number {
  let bytes = 0
  for (const file of files) bytes += file.entry.bytes
  return bytes
}

/**
 * The files of a task at one moment, newest run first. It never changes: scans keep the one that they began with, and with it the files,
 * however long they take.
 */
export class Version {
  readonly runs: readonly Run[]
  #owners = 1

  /** Becomes an owner of all files. */
  constructor(runs: readonly Run[]) {
    this.runs = runs
    for (const { files } of runs) for (const file of files) file.retain()
  }

  retain(): void {
    this.#owners++
  }

  /** The last owner gives up the files. */
  release(): void {
    if (--this.#owners > 0) return
    for (const { files } of this.runs) for (const file of files) file.release()
  }
}
