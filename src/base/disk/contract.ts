import type { Environment } from '../environment.ts'
import assert from 'node:assert/strict'
import type { Disk } from '../disk.ts'
import { isDiskError } from './disk-error.ts'

/** Instances with one disk. */
interface DiskWorld {
  instance(): Environment
  /** An absolute directory that does not exist yet. */
  readonly directory: string
}

type Check = (title: string, body: (world: DiskWorld) => Promise<void>) => void

/** What every `Disk` promises, as part of an environment. */
export function diskContract(check: Check): void {
  const checkDisk = (title: string, body: (disk: Disk, directory: string, world: DiskWorld) => void): void => {
    check(`Disk ${title}`, (world) => {
      const { disk } = world.instance()
      disk.makeDirectory(world.directory)
      body(disk, world.directory, world)
      return Promise.resolve()
    })
  }
  namesContract(checkDisk)
  contentContract(checkDisk)

  checkDisk('throws ECANCELED once the lifeline is cut, and other instances go on', (_, directory, world) => {
    const { disk, lifeline } = world.instance()
    const file = disk.openToWrite(`${directory}/file`)
    file.write(Buffer.from('before'))
    const reader = disk.openToRead(`${directory}/file`)
    assert.ok(reader !== null)
    lifeline.cut()
    const calls: (() => void)[] = [
      () => file.write(Buffer.from('after')),
      () => file.sync(),
      () => void reader.read(Buffer.alloc(1), 0),
      () => disk.makeDirectory(`${directory}/late`),
      () => void disk.list(directory),
      () => void disk.openToRead(`${directory}/file`),
      () => void disk.openToWrite(`${directory}/late`),
      () => disk.rename(`${directory}/file`, `${directory}/late`),
      () => disk.remove(`${directory}/file`),
      () => disk.syncDirectory(directory),
    ]
    for (const call of calls) assert.throws(call, hasCode('ECANCELED'))
    file.close()
    reader.close()
    const other = world.instance().disk
    assert.deepEqual(other.list(directory), ['file'])
    assert.equal(contentOf(other, `${directory}/file`), 'before')
  })
}

type CheckDisk = (title: string, body: (disk: Disk, directory: string, world: DiskWorld) => void) => void

function namesContract(check: CheckDisk): void {
  check('makes directories with their parents, and lists names in order', (disk, directory) => {
    disk.makeDirectory(`${directory}/b/deep/er`)
    disk.makeDirectory(`${directory}/b/deep/er`)
    write(disk, `${directory}/c`, '1')
    write(disk, `${directory}/a`, '2')
    assert.deepEqual(disk.list(directory), ['a', 'b', 'c'])
    assert.deepEqual(disk.list(`${directory}/b`), ['deep'])
    assert.deepEqual(disk.list(`${directory}/b/deep/er`), [])
    assert.deepEqual(disk.list(`${directory}/none`), [])
    disk.syncDirectory(directory)
    assert.throws(() => disk.syncDirectory(`${directory}/none`), hasCode('ENOENT'))
  })

  check('renames over what is there', (disk, directory) => {
    disk.makeDirectory(`${directory}/sub`)
    write(disk, `${directory}/old`, 'old')
    write(disk, `${directory}/new`, 'new')
    disk.rename(`${directory}/new`, `${directory}/old`)
    assert.deepEqual(disk.list(directory), ['old', 'sub'])
    assert.equal(contentOf(disk, `${directory}/old`), 'new')
    disk.rename(`${directory}/old`, `${directory}/sub/old`)
    assert.deepEqual([disk.list(directory), disk.list(`${directory}/sub`)], [['sub'], ['old']])
    assert.throws(() => disk.rename(`${directory}/none`, `${directory}/x`), hasCode('ENOENT'))
    assert.throws(() => disk.rename(`${directory}/sub/old`, `${directory}/none/x`), hasCode('ENOENT'))
  })

  check('removes files, directories and nothing', (disk, directory) => {
    disk.makeDirectory(`${directory}/sub/sub`)
    write(disk, `${directory}/sub/sub/file`, '1')
    write(disk, `${directory}/file`, '2')
    disk.remove(`${directory}/sub`)
    disk.remove(`${directory}/file`)
    disk.remove(`${directory}/none`)
    disk.remove(`${directory}/none/none`)
    assert.deepEqual(disk.list(directory), [])
  })

  check('is the same for all instances', (disk, directory, world) => {
    write(disk, `${directory}/a`, '1')
    const other = world.instance().disk
    assert.equal(contentOf(other, `${directory}/a`), '1')
    other.remove(`${directory}/a`)
    assert.deepEqual(disk.list(directory), [])
  })
}

function contentContract(check: CheckDisk): void {
  check('reads what was written, at any place, and less only at the end', (disk, directory) => {
    const path = `${directory}/file`
    const file = disk.openToWrite(path)
    const bytes = Buffer.from('one,')
    file.write(bytes)
    bytes.fill(0)
    file.write(Buffer.alloc(0))
    file.write(Buffer.from('two'))
    file.sync()
    file.close()
    file.close()
    const reader = disk.openToRead(path)
    assert.ok(reader !== null)
    assert.equal(reader.size, 7)
    const into = Buffer.alloc(4, '-')
    assert.equal(reader.read(into, 2), 4)
    assert.equal(String(into), 'e,tw')
    assert.equal(reader.read(into, 5), 2)
    assert.equal(String(into), 'wotw')
    assert.equal(reader.read(into, 7), 0)
    assert.equal(reader.read(into, 100), 0)
    reader.close()
    reader.close()
  })

  check('keeps a removed or replaced file readable for those who have it open', (disk, directory) => {
    write(disk, `${directory}/a`, 'old a')
    write(disk, `${directory}/b`, 'old b')
    const a = disk.openToRead(`${directory}/a`)!
    const b = disk.openToRead(`${directory}/b`)!
    disk.remove(`${directory}/a`)
    write(disk, `${directory}/c`, 'new b')
    disk.rename(`${directory}/c`, `${directory}/b`)
    const into = Buffer.alloc(5)
    assert.equal(a.read(into, 0), 5)
    assert.equal(String(into), 'old a')
    assert.equal(b.read(into, 0), 5)
    assert.equal(String(into), 'old b')
    a.close()
    b.close()
  })

  check('closes no other file when one is closed again', (disk, directory) => {
    write(disk, `${directory}/other`, 'other')
    const file = disk.openToWrite(`${directory}/file`)
    file.close()
    const other = disk.openToRead(`${directory}/other`)!
    file.close()
    const into = Buffer.alloc(5)
    assert.equal(other.read(into, 0), 5)
    assert.equal(String(into), 'other')
    other.close()
    const another = disk.openToRead(`${directory}/other`)!
    other.close()
    assert.equal(another.read(into, 0), 5)
    another.close()
  })

  check('empties a file that is written anew, and gives null for one that is not there', (disk, directory) => {
    write(disk, `${directory}/file`, 'a long first content')
    write(disk, `${directory}/file`, 'second')
    assert.equal(contentOf(disk, `${directory}/file`), 'second')
    assert.equal(disk.openToRead(`${directory}/none`), null)
    assert.equal(disk.openToRead(`${directory}/none/none`), null)
    assert.throws(() => disk.openToWrite(`${directory}/none/file`), hasCode('ENOENT'))
  })

  check('writes and reads a megabyte at once', (disk, directory) => {
    const bytes = Buffer.alloc(1_048_576, 'abcdefg')
    const file = disk.openToWrite(`${directory}/big`)
    for (let count = 0; count < 3; count++) file.write(bytes)
    file.close()
    const reader = disk.openToRead(`${directory}/big`)!
    const into = Buffer.alloc(bytes.length)
    assert.equal(reader.size, 3 * bytes.length)
    assert.equal(reader.read(into, 2 * bytes.length), bytes.length)
    assert.ok(into.equals(bytes))
    reader.close()
  })
}

/** Whether an error is that of the system with `code`, for `assert.throws`. */
export function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isDiskError(error, code)
}

/** Writes and syncs a file. */
export function write(disk: Disk, path: string, text: string): void {
  const file = disk.openToWrite(path)
  file.write(Buffer.from(text))
  file.sync()
  file.close()
}

/** The whole content of a file that is there. */
export function contentOf(disk: Disk, path: string): string {
  const file = disk.openToRead(path)
  assert.ok(file !== null, `there is a file ${path}`)
  const bytes = Buffer.alloc(file.size)
  assert.equal(file.read(bytes, 0), file.size)
  file.close()
  return String(bytes)
}
