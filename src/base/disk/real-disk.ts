import { closeSync, fstatSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import type { Disk, ReadableFile, WritableFile } from '../disk.ts'
import { diskError, isDiskError } from './disk-error.ts'
import type { Lifeline } from '../environment.ts'

/** The disk of this machine. When `lifeline` is cut its files are closed, as those of a dead process are. */
export function createRealDisk(lifeline: Lifeline): Disk {
  const descriptors = new Set<number>()
  lifeline.onCut(() => {
    for (const descriptor of descriptors) closeSync(descriptor)
    descriptors.clear()
  })
  const alive = (call: string, path: string): void => {
    if (lifeline.isCut) throw diskError('ECANCELED', call, path)
  }
  const open = (path: string, flags: 'r' | 'w'): number => {
    const descriptor = openSync(path, flags)
    descriptors.add(descriptor)
    return descriptor
  }
  const close = (descriptor: number): void => {
    if (descriptors.delete(descriptor)) closeSync(descriptor)
  }
  return {
    makeDirectory(path) {
      alive('mkdir', path)
      mkdirSync(path, { recursive: true })
    },
    list(path) {
      alive('scandir', path)
      return (ifPresent(() => readdirSync(path)) ?? []).toSorted()
    },
    openToRead(path) {
      alive('open', path)
      const descriptor = ifPresent(() => open(path, 'r'))
      return descriptor === null ? null : readable(descriptor, path, { alive, close })
    },
    openToWrite(path) {
      alive('open', path)
      return writable(open(path, 'w'), path, { alive, close })
    },
    rename(from, to) {
      alive('rename', from)
      renameSync(from, to)
    },
    remove(path) {
      alive('rm', path)
      rmSync(path, { recursive: true, force: true })
    },
    syncDirectory(path) {
      alive('fsync', path)
      // Windows cannot open a directory and needs no such call.
      if (process.platform === 'win32') return
      const descriptor = openSync(path, 'r')
      try {
        fsyncSync(descriptor)
      } finally {
        closeSync(descriptor)
      }
    },
  }
}

interface Owner {
  readonly alive: (call: string, path: string) => void
  readonly close: (descriptor: number) => void
}

function readable(descriptor: number, path: string, { alive, close }: Owner): ReadableFile {
  return {
    size: fstatSync(descriptor).size,
    read(into, position) {
      alive('read', path)
      let count = 0
      while (count < into.length) {
        const more = readSync(descriptor, into, count, into.length - count, position + count)
        if (more === 0) break
        count += more
      }
      return count
    },
    close: once(() => close(descriptor)),
  }
}

function writable(descriptor: number, path: string, { alive, close }: Owner): WritableFile {
  return {
    write(bytes) {
      alive('write', path)
      // A write may take less than all when the disk is nearly full; the next one then says so.
      for (let count = 0; count < bytes.length;) count += writeSync(descriptor, bytes, count, bytes.length - count)
    },
    sync() {
      alive('fsync', path)
      fsyncSync(descriptor)
    },
    close: once(() => close(descriptor)),
  }
}

/** The second time the number of the file may be that of another one. */
function once(close: () => void): () => void {
  let isOpen = true
  return () => {
    if (!isOpen) return
    isOpen = false
    close()
  }
}

function ifPresent<T>(action: () => T): T | null {
  try {
    return action()
  } catch (error) {
    if (isDiskError(error, 'ENOENT')) return null
    throw error
  }
}
