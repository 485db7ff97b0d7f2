import type { Disk, ReadableFile, WritableFile } from '../disk.ts'
import { diskError } from './disk-error.ts'
import type { DiskCall, DiskFaults } from './disk-faults.ts'
import type { Lifeline } from '../environment.ts'
import { VirtualDirectory, VirtualFile, type VirtualNode } from './virtual-file.ts'

/** The port `Disk` over the directories of a virtual disk, for the instance of `lifeline`. */
export function mountedDisk(root: VirtualDirectory, faults: DiskFaults, lifeline: Lifeline): Disk {
  return new MountedDisk(root, faults, lifeline)
}

/** Asked at each call of an instance: throws what is to go wrong with it; `short`, or for a `write` any outcome, is given back. */
type Check = (call: DiskCall, path: string) => string | null

class MountedDisk implements Disk {
  readonly #root: VirtualDirectory
  readonly #check: Check

  constructor(root: VirtualDirectory, faults: DiskFaults, lifeline: Lifeline) {
    this.#root = root
    this.#check = (call, path) => {
      if (lifeline.isCut) throw diskError('ECANCELED', call, path)
      const outcome = faults.outcomeOf(call, path)
      if (outcome !== 'cut') return outcome
      lifeline.cut()
      if (call === 'write') return 'ECANCELED'
      throw diskError('ECANCELED', call, path)
    }
  }

  makeDirectory(path: string): void {
    this.#check('makeDirectory', path)
    this.#root.makeDirectory(namesIn(path), false)
  }

  list(path: string): readonly string[] {
    this.#check('list', path)
    return this.#root.directoryAt(namesIn(path))?.names ?? []
  }

  openToRead(path: string): ReadableFile | null {
    this.#check('openToRead', path)
    const { directory, name } = this.#find(path)
    const node = directory?.get(name)
    if (node === undefined) return null
    if (!(node instanceof VirtualFile)) throw diskError('EISDIR', 'openToRead', path)
    return new MountedReadable(node, path, this.#check)
  }

  openToWrite(path: string): WritableFile {
    this.#check('openToWrite', path)
    const { directory, name } = this.#existing('openToWrite', path)
    const known = directory.get(name)
    if (known instanceof VirtualDirectory) throw diskError('EISDIR', 'openToWrite', path)
    const file = known ?? new VirtualFile()
    file.truncate(0)
    if (known === undefined) directory.set(name, file)
    return new MountedWritable(file, path, this.#check)
  }

  rename(from: string, to: string): void {
    this.#check('rename', from)
    const source = this.#existing('rename', from)
    const target = this.#existing('rename', to)
    const node: VirtualNode | undefined = source.directory.get(source.name)
    if (node === undefined) throw diskError('ENOENT', 'rename', from)
    if (target.directory.get(target.name) instanceof VirtualDirectory) throw diskError('EISDIR', 'rename', to)
    if (source.directory === target.directory) {
      if (source.name !== target.name) source.directory.rename(source.name, target.name)
      return
    }
    target.directory.set(target.name, node)
    source.directory.set(source.name, null)
  }

  remove(path: string): void {
    this.#check('remove', path)
    const { directory, name } = this.#find(path)
    if (directory?.get(name) !== undefined) directory.set(name, null)
  }

  syncDirectory(path: string): void {
    this.#check('syncDirectory', path)
    const directory = this.#root.directoryAt(namesIn(path))
    if (directory === null) throw diskError('ENOENT', 'syncDirectory', path)
    directory.sync()
  }

  #find(path: string): { readonly directory: VirtualDirectory | null; readonly name: string } {
    const names = namesIn(path)
    return { directory: this.#root.directoryAt(names.slice(0, -1)), name: names.at(-1) ?? '' }
  }

  #existing(call: DiskCall, path: string): { readonly directory: VirtualDirectory; readonly name: string } {
    const { directory, name } = this.#find(path)
    if (directory === null) throw diskError('ENOENT', call, path)
    return { directory, name }
  }
}

class MountedReadable implements ReadableFile {
  readonly #file: VirtualFile
  readonly #path: string
  readonly #check: Check
  #isOpen = true
  readonly size: number

  constructor(file: VirtualFile, path: string, check: Check) {
    this.#file = file
    this.#path = path
    this.#check = check
    this.size = file.length
  }

  read(into: Uint8Array, position: number): number {
    const outcome = this.#check('read', this.#path)
    if (!this.#isOpen) throw diskError('EBADF', 'read', this.#path)
    const count = this.#file.read(into, position)
    return outcome === 'short' ? count >>> 1 : count
  }

  close(): void {
    this.#isOpen = false
  }
}

class MountedWritable implements WritableFile {
  readonly #file: VirtualFile
  readonly #path: string
  readonly #check: Check
  #isOpen = true

  constructor(file: VirtualFile, path: string, check: Check) {
    this.#file = file
    this.#path = path
    this.#check = check
  }

  write(bytes: Uint8Array): void {
    const outcome = this.#check('write', this.#path)
    if (!this.#isOpen) throw diskError('EBADF', 'write', this.#path)
    this.#file.append(outcome === null ? bytes : bytes.subarray(0, bytes.length >>> 1))
    if (outcome !== null) throw diskError(outcome, 'write', this.#path)
  }

  sync(): void {
    this.#check('sync', this.#path)
    if (!this.#isOpen) throw diskError('EBADF', 'sync', this.#path)
    this.#file.sync()
  }

  close(): void {
    this.#isOpen = false
  }
}

function namesIn(path: string): string[] {
  return path.split('/').filter((name) => name !== '')
}
