import type { Disk } from '../disk.ts'
import { DiskFaults } from './disk-faults.ts'
import type { Lifeline } from '../environment.ts'
import type { Prng } from '../prng.ts'
import { VirtualDirectory, VirtualFile } from './virtual-file.ts'
import { mountedDisk } from './mounted-disk.ts'

/**
 * Files in memory that outlive the instances of a `VirtualWorld`: one disk, which all of them use through the ports `Files` and `Disk`. A
 * holder is any object that stands for one instance.
 *
 * The end of a process leaves what it wrote, except that an append of `Files` may lose its end. A power loss leaves what was synced for
 * certain and of the rest what chance leaves: a part of what was written to a file, of which the end may be torn, and the first few of
 * the names that were made, changed and removed in a directory.
 */
export class VirtualDisk {
  readonly faults: DiskFaults = new DiskFaults()
  readonly #root = new VirtualDirectory()
  readonly #locks = new Map<string, object>()

  /** The disk as the instance of `lifeline` sees it: when that is cut nothing reaches the disk any more. */
  mount(lifeline: Lifeline): Disk {
    return mountedDisk(this.#root, this.faults, lifeline)
  }

  /** A copy of the file, or `null` if there is none. */
  read(path: string): Buffer | null {
    return this.#file(path)?.copy() ?? null
  }

  /** Replaces the file, durably; takes a copy of `content`. */
  write(path: string, content: Uint8Array): void {
    const { directory, name } = this.#place(path)
    const file = new VirtualFile()
    file.append(content)
    file.sync()
    directory.set(name, file)
    directory.sync()
  }

  append(path: string, content: Uint8Array, holder: object): void {
    const { directory, name } = this.#place(path)
    const known = directory.get(name)
    const file = known instanceof VirtualFile ? known : new VirtualFile()
    file.append(content)
    file.appendedBy = holder
    if (file === known) return
    directory.set(name, file)
    directory.sync()
  }

  /** Changes the content of a file beneath whoever has it open, as bad hardware does. */
  damage(path: string, change: (content: Buffer) => Uint8Array): void {
    const file = this.#file(path)
    if (file === null) throw new Error(`There is no file "${path}" to damage`)
    file.replace(change(file.copy()))
  }

  /** Removes the file `path` or the directory `path` with everything below it, durably. */
  remove(path: string): void {
    const names = namesIn(path)
    const directory = this.#root.directoryAt(names.slice(0, -1))
    directory?.set(names.at(-1)!, null)
    directory?.sync()
  }

  /** The paths of all files, sorted. */
  paths(): string[] {
    const paths: string[] = []
    this.#root.eachFile('', (path) => void paths.push(path))
    return paths.toSorted()
  }

  /** Whether `holder` has the lock now. A holder that has it already is refused like any other. */
  lock(path: string, holder: object): boolean {
    if (this.#locks.has(path)) return false
    this.#locks.set(path, holder)
    return true
  }

  unlock(path: string): void {
    this.#locks.delete(path)
  }

  /** What the end of a process does: frees its locks and leaves of what it appended a part that `random` draws: none, all, or torn. */
  crash(holder: object, random: Prng): void {
    for (const [path, owner] of this.#locks) if (owner === holder) this.#locks.delete(path)
    this.#root.eachFile('', (path, file) => {
      if (file.appendedBy !== holder) return
      const unsynced = file.length - file.syncedLength
      file.truncate(file.syncedLength + random.pick([0, unsynced, random.below(unsynced + 1)]))
      file.sync()
      file.appendedBy = null
      if (file.length === 0) this.remove(path)
    })
  }

  /**
   * What a power loss does to everything in the directory `under`: its unsynced content and names are lost, kept or torn as `random` draws.
   * Who uses the files is to be dead by then. Default: the whole disk.
   */
  losePower(random: Prng, under: string = '/'): void {
    const names = namesIn(under)
    // The names above the directory are those of a machine that the power loss is not about.
    this.#root.directoryAt(names)?.losePower(random)
  }

  #file(path: string): VirtualFile | null {
    const names = namesIn(path)
    const node = this.#root.directoryAt(names.slice(0, -1))?.get(names.at(-1)!)
    return node instanceof VirtualFile ? node : null
  }

  /** The directory of a file, made and durable. */
  #place(path: string): { readonly directory: VirtualDirectory; readonly name: string } {
    const names = namesIn(path)
    return { directory: this.#root.makeDirectory(names.slice(0, -1), true), name: names.at(-1)! }
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '')
}
