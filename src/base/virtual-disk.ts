import type { Prng } from './prng.ts'

interface VirtualFile {
  content: Buffer
  /** How much of the content survives a crash for certain. */
  syncedLength: number
  /** Who appended what is beyond `syncedLength`. */
  appendedBy: object | null
}

/**
 * Files in memory that outlive the instances of a `VirtualWorld`. A write is durable at once; an append is not, and the crash of its
 * writer may lose its end. A holder is any object that stands for one instance.
 */
export class VirtualDisk {
  readonly #files = new Map<string, VirtualFile>()
  readonly #locks = new Map<string, object>()

  /** A copy of the file, or `null` if there is none. */
  read(path: string): Buffer | null {
    const file = this.#files.get(path)
    return file === undefined ? null : Buffer.from(file.content)
  }

  /** Replaces the file; takes a copy of `content`. */
  write(path: string, content: Uint8Array): void {
    this.#files.set(path, { content: Buffer.from(content), syncedLength: content.length, appendedBy: null })
  }

  append(path: string, content: Uint8Array, holder: object): void {
    const file = this.#files.get(path)
    if (file === undefined) {
      this.#files.set(path, { content: Buffer.from(content), syncedLength: 0, appendedBy: holder })
      return
    }
    file.content = Buffer.concat([file.content, content])
    file.appendedBy = holder
  }

  /** Removes the file `path` and everything below the directory `path`. */
  remove(path: string): void {
    this.#files.delete(path)
    const below = path.endsWith('/') ? path : `${path}/`
    for (const other of this.#files.keys()) if (other.startsWith(below)) this.#files.delete(other)
  }

  /** The paths of all files, sorted. */
  paths(): string[] {
    return [...this.#files.keys()].toSorted()
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
    for (const [path, file] of this.#files) {
      if (file.appendedBy !== holder) continue
      const unsynced = file.content.length - file.syncedLength
      const kept = random.pick([0, unsynced, random.below(unsynced + 1)])
      file.content = file.content.subarray(0, file.syncedLength + kept)
      file.syncedLength = file.content.length
      file.appendedBy = null
      if (file.content.length === 0) this.#files.delete(path)
    }
  }
}
