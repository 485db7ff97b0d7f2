import { diskError } from './disk-error.ts'
import type { Prng } from '../prng.ts'

const FIRST_BYTES = 256
/** A sector: what a disk writes at once. */
const SECTOR_BYTES = 512

/** The content of a file of a virtual disk. */
export class VirtualFile {
  /** Who appended what is beyond `syncedLength`, if that was done through `Files`. */
  appendedBy: object | null = null
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0
  #syncedLength = 0

  get length(): number {
    return this.#length
  }

  /** How much of the content survives a power loss for certain. */
  get syncedLength(): number {
    return this.#syncedLength
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length
    if (length > this.#bytes.length) {
      const wider = Buffer.alloc(Math.max(FIRST_BYTES, length, this.#bytes.length * 2))
      this.#bytes.copy(wider, 0, 0, this.#length)
      this.#bytes = wider
    }
    this.#bytes.set(bytes, this.#length)
    this.#length = length
  }

  /** Fills `into` from `position` on; gives the number of bytes. */
  read(into: Uint8Array, position: number): number {
    const end = Math.min(this.#length, position + into.length)
    if (end <= position) return 0
    into.set(this.#bytes.subarray(position, end))
    return end - position
  }

  copy(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length))
  }

  /** Other content, synced. */
  replace(content: Uint8Array): void {
    this.truncate(0)
    this.append(content)
    this.sync()
  }

  truncate(length: number): void {
    this.#length = length
    this.#syncedLength = Math.min(this.#syncedLength, length)
  }

  sync(): void {
    this.#syncedLength = this.#length
  }

  /** Leaves of what is not synced nothing, all, or a part, whose last sector may never have been written. */
  losePower(random: Prng): void {
    const unsynced = this.#length - this.#syncedLength
    if (unsynced > 0) {
      const kept = random.pick([0, unsynced, random.below(unsynced + 1)])
      this.#length = this.#syncedLength + kept
      if (random.chance(0.5)) this.#bytes.fill(0, this.#length - Math.min(kept, random.below(SECTOR_BYTES) + 1), this.#length)
    }
    this.appendedBy = null
    this.sync()
  }
}

/** What a name in a directory stands for. */
export type VirtualNode = VirtualFile | VirtualDirectory

/** One change of a directory: the names that it sets, with what they stand for from then on; `null` = nothing. */
type NameChange = readonly (readonly [name: string, node: VirtualNode | null])[]

/** The names in a directory of a virtual disk. */
export class VirtualDirectory {
  #entries = new Map<string, VirtualNode>()
  /** The names as they are after a power loss, at least. */
  #synced = new Map<string, VirtualNode>()
  /** What has changed since then, in order. */
  #changes: NameChange[] = []

  /** Sorted. */
  get names(): readonly string[] {
    return [...this.#entries.keys()].toSorted()
  }

  get(name: string): VirtualNode | undefined {
    return this.#entries.get(name)
  }

  set(name: string, node: VirtualNode | null): void {
    this.#change([[name, node]])
  }

  /** Renames within the directory, at once. */
  rename(from: string, to: string): void {
    this.#change([
      [from, null],
      [to, this.#entries.get(from)!],
    ])
  }

  sync(): void {
    this.#synced = new Map(this.#entries)
    this.#changes = []
  }

  /** The directory at the end of a way of names; `null` if there is none. */
  directoryAt([name, ...rest]: readonly string[]): VirtualDirectory | null {
    if (name === undefined) return this
    const next = this.#entries.get(name)
    return next instanceof VirtualDirectory ? next.directoryAt(rest) : null
  }

  /** The directory at the end of a way of names, made where it is not there; `isSynced`: made durably. Throws `ENOTDIR` where a file is in the way. */
  makeDirectory([name, ...rest]: readonly string[], isSynced: boolean): VirtualDirectory {
    if (name === undefined) return this
    const known = this.#entries.get(name)
    if (known instanceof VirtualFile) throw diskError('ENOTDIR', 'mkdir', name)
    const next = known ?? new VirtualDirectory()
    if (known === undefined) this.set(name, next)
    if (isSynced) this.sync()
    return next.makeDirectory(rest, isSynced)
  }

  /** Calls with each file under this directory, whose own path is `path`. */
  eachFile(path: string, visit: (path: string, file: VirtualFile) => void): void {
    for (const [name, node] of this.#entries) {
      if (node instanceof VirtualFile) visit(`${path}/${name}`, node)
      else node.eachFile(`${path}/${name}`, visit)
    }
  }

  /** Leaves the names that were synced with the first few of the changes since, and of what they stand for what a power loss leaves. */
  losePower(random: Prng): void {
    const kept = random.pick([0, this.#changes.length, random.below(this.#changes.length + 1)])
    this.#entries = this.#synced
    for (const change of this.#changes.slice(0, kept)) this.#apply(change)
    this.sync()
    for (const node of this.#entries.values()) node.losePower(random)
  }

  #change(change: NameChange): void {
    this.#changes.push(change)
    this.#apply(change)
  }

  #apply(change: NameChange): void {
    for (const [name, node] of change) {
      if (node === null) this.#entries.delete(name)
      else this.#entries.set(name, node)
    }
  }
}
