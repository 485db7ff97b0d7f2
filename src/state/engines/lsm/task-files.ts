import { ByteSlice } from '../../byte-slice.ts'
import type { FileEntry } from './files/sorted-file-writer.ts'
import { sortedFileName } from './files/sorted-file-writer.ts'
import { damaged, isDamage } from './files/damage.ts'
import { bytesOf, type Run, Version } from './files/run.ts'
import { SortedFile } from './files/sorted-file.ts'
import type { LsmShared } from './lsm-options.ts'
import type { Manifest, StoreEntry } from './manifest.ts'
import { MANIFEST_NAME, readManifest, writeManifest } from './manifest-file.ts'
import type { RunSize } from './merging/merge-policy.ts'

const FILE_NAME = /^\d{10}\.rows$/
const emptyManifest: Manifest = { nextFile: 1, nextStore: 1, stores: [], runs: [] }

/** Whether a file of that name in the directory of a task is the engine's. */
export function isEngineFile(name: string): boolean {
  return name.startsWith(MANIFEST_NAME) || FILE_NAME.test(name)
}

/** The files of one task: what is durable of it, and the only place where that changes. */
export class TaskFiles {
  readonly directory: string
  /** Files that a merge is reading: their names stay. */
  readonly inUse: Set<SortedFile> = new Set()
  readonly #shared: LsmShared
  #version: Version
  #stores: readonly StoreEntry[]
  #nextFile: number
  #nextStore: number
  #pinnedBytes = 0
  #hasManifest: boolean

  /** Opens what the manifest names; a task with a damaged file begins empty, and the log says why. Removes what nobody names. */
  constructor(shared: LsmShared, directory: string, taskId: string) {
    this.#shared = shared
    this.directory = directory
    const opened = this.#openAll(taskId)
    this.#version = new Version(opened.runs)
    for (const { files } of opened.runs) for (const file of files) file.release()
    this.#stores = opened.manifest.stores
    this.#hasManifest = opened.manifest !== emptyManifest
    this.#nextFile = opened.manifest.nextFile
    this.#nextStore = opened.manifest.nextStore
    this.#pinnedBytes = pinnedBytesOf(opened.runs)
    this.#removeUnnamed()
  }

  /** Runs, newest first, as they are now. Not the caller's: `retain` it to keep it. */
  get version(): Version {
    return this.#version
  }

  /** The stores as of the last flush: what may be dropped from files depends on what is durable, not on what came after it. */
  get stores(): readonly StoreEntry[] {
    return this.#stores
  }

  get pinnedBytes(): number {
    return this.#pinnedBytes
  }

  /** Takes the numbers of so many files; gives the first. */
  takeFileNumbers(count: number): number {
    const first = this.#nextFile
    this.#nextFile += count
    return first
  }

  /** An id that no store of the task ever had. */
  takeStoreId(): number {
    return this.#nextStore++
  }

  /** Opens a file that was just written. The caller owns it. */
  openFile(entry: FileEntry): SortedFile {
    return new SortedFile(this.#shared.disk, this.directory, entry, this.#shared.budget.cache)
  }

  /** To be called before a file is written: files without a manifest are those of a task that has lost it. */
  prepare(): void {
    if (!this.#hasManifest) writeManifest(this.#shared.disk, this.directory, emptyManifest)
    this.#hasManifest = true
  }

  pathOf(number: number): string {
    return `${this.directory}/${sortedFileName(number)}`
  }

  /** Makes stores and runs durable, then the current ones, and removes files that are not needed any more. */
  commit(stores: readonly StoreEntry[], runs: readonly Run[]): void {
    const isKept = (file: SortedFile): boolean => this.inUse.has(file) || !isDead(file, stores)
    const kept = runs.map((run) => withFiles(run, isKept)).filter(({ files }) => files.length > 0)
    writeManifest(this.#shared.disk, this.directory, {
      nextFile: this.#nextFile,
      nextStore: this.#nextStore,
      stores,
      runs: kept.map(({ level, files }) => ({ level, files: files.map(({ entry }) => entry) })),
    })
    this.#hasManifest = true
    this.#stores = stores
    const before = this.#version
    this.#version = new Version(kept)
    this.#pinnedBytes = pinnedBytesOf(kept)
    const named = new Set(kept.flatMap(({ files }) => files))
    for (const file of [...before.runs, ...runs].flatMap(({ files }) => files)) if (!named.has(file)) this.remove(file.path)
    before.release()
  }

  /** Removes a file that no manifest names. One that cannot be removed stays until the task is opened again. */
  remove(path: string): void {
    try {
      this.#shared.disk.remove(path)
    } catch (error) {
      this.#shared.logger.warn({ path, err: error }, `Cannot remove "${path}", which is not needed any more; it is tried again later`)
    }
  }

  /** The runs as the policy of merges wants them. */
  sizes(): RunSize[] {
    return this.#version.runs.map((run) => ({
      level: run.level,
      bytes: bytesOf(run),
      deadBytes: this.#deadBytesOf(run),
      isBusy: run.files.some((file) => this.inUse.has(file)),
    }))
  }

  close(): void {
    this.#version.release()
    this.#pinnedBytes = 0
  }

  #openAll(taskId: string): { readonly manifest: Manifest; readonly runs: readonly Run[] } {
    const opened: SortedFile[] = []
    try {
      const manifest = readManifest(this.#shared.disk, this.directory) ?? this.#withoutManifest()
      const runs = manifest.runs.map(({ level, files }) => ({
        level,
        files: files.map((entry) => {
          const file = this.openFile(entry)
          opened.push(file)
          return file
        }),
      }))
      return { manifest, runs }
    } catch (error) {
      for (const file of opened) file.release()
      if (!isDamage(error)) throw error
      this.#shared.logger.error(
        { taskId, err: error },
        `The state of task ${taskId} is removed, its stores are restored from their changelogs: ${(error as Error).message}`,
      )
      // The manifest goes first: as long as it is there, it names what the others are.
      this.#shared.disk.remove(`${this.directory}/${MANIFEST_NAME}`)
      this.#shared.disk.syncDirectory(this.directory)
      return { manifest: emptyManifest, runs: [] }
    }
  }

  #withoutManifest(): Manifest {
    if (!this.#shared.disk.list(this.directory).some((name) => FILE_NAME.test(name))) return emptyManifest
    throw damaged(`${this.directory}/${MANIFEST_NAME}`, 'it is missing')
  }

  #removeUnnamed(): void {
    const named = new Set(this.#version.runs.flatMap(({ files }) => files.map(({ entry }) => sortedFileName(entry.number))))
    for (const name of this.#shared.disk.list(this.directory)) {
      if (isEngineFile(name) && name !== MANIFEST_NAME && !named.has(name)) this.remove(`${this.directory}/${name}`)
    }
  }

  /** Counted by whole blocks, from the index. */
  #deadBytesOf({ files }: Run): number {
    let bytes = 0
    for (const file of files) {
      for (const { store } of file.summary.stores) {
        const entry = this.#stores.find(({ id }) => id === store)
        if (entry === undefined) bytes += bytesBetween(file, storePrefix(store), storePrefix(store + 1))
        else if (entry.expiredBelow !== null) {
          bytes += bytesBetween(file, storePrefix(store), Buffer.concat([storePrefix(store), entry.expiredBelow]))
        }
      }
    }
    return bytes
  }
}

/** The first bytes of all keys of a store in files. */
export function storePrefix(store: number): Buffer {
  const prefix = Buffer.allocUnsafe(4)
  prefix.writeUInt32BE(store)
  return prefix
}

/** Bytes of the blocks between those of two keys. */
function bytesBetween({ index }: SortedFile, from: Buffer, to: Buffer): number {
  return Math.max(0, index.startOf(index.blockFor(new ByteSlice(to))) - index.startOf(index.blockFor(new ByteSlice(from))))
}

/** Whether no row of a file is needed any more: all are of stores that are gone, but for those of the last, which are below its mark. */
function isDead({ summary }: SortedFile, stores: readonly StoreEntry[]): boolean {
  return summary.stores.every(({ store }, index) => {
    const entry = stores.find(({ id }) => id === store)
    if (entry === undefined) return true
    if (entry.expiredBelow === null || index < summary.stores.length - 1) return false
    return summary.largest.subarray(4).compare(entry.expiredBelow) < 0
  })
}

/** The same run if it keeps all its files: merges know the runs that they have as input. */
function withFiles(run: Run, isKept: (file: SortedFile) => boolean): Run {
  return run.files.every(isKept) ? run : { level: run.level, files: run.files.filter(isKept) }
}

function pinnedBytesOf(runs: readonly Run[]): number {
  let bytes = 0
  for (const { files } of runs) for (const file of files) bytes += file.pinnedBytes
  return bytes
}
