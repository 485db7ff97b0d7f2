import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Disk } from '../../../../base/disk.ts'
import { isMillraceError } from '../../../../base/errors.ts'
import { VirtualWorld } from '../../../../base/virtual-environment.ts'
import { ByteSlice } from '../../../byte-slice.ts'
import { slice, textOf, type TextRow } from '../../../contract.ts'
import { WholeRun } from '../merging/whole-run.ts'
import { BlockCache } from './block-cache.ts'
import { Found } from './block-search.ts'
import { hashOfKey } from './key-hash.ts'
import { type FileEntry, sortedFileName, SortedFileWriter, STORE_ID_BYTES } from './sorted-file-writer.ts'
import { SortedFile } from './sorted-file.ts'

const NUMBER = 7
const PATH = `/d/${sortedFileName(NUMBER)}`

/** Keys of stores 1 to 3, in order; some rows are longer than a block. */
const someRows: fc.Arbitrary<readonly TextRow[]> = fc
  .uniqueArray(
    fc.tuple(
      fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(2000)).map(([store, number]) => `\0\0\0${String.fromCharCode(store)}key-${number}`),
      fc.oneof(
        { weight: 1, arbitrary: fc.constant(null) },
        { weight: 6, arbitrary: fc.nat(300).map((length) => 'v'.repeat(length)) },
        { weight: 1, arbitrary: fc.nat(9000).map((length) => 'w'.repeat(length)) },
      ),
    ),
    { minLength: 1, maxLength: 150, size: 'max', selector: ([key]) => key },
  )
  .map((rows) => rows.toSorted(([left], [right]) => (left < right ? -1 : 1)))

function newDisk(): { readonly world: VirtualWorld; readonly disk: Disk } {
  const world = new VirtualWorld()
  const { disk } = world.environment('a')
  disk.makeDirectory('/d')
  return { world, disk }
}

function write(disk: Disk, rows: readonly TextRow[]): FileEntry {
  const writer = new SortedFileWriter(disk, PATH, NUMBER)
  for (const [key, value] of rows) writer.add(slice(key), value === null ? null : slice(value))
  return writer.finish()
}

function rowsOf(file: SortedFile): TextRow[] {
  const rows: TextRow[] = []
  const cursor = new WholeRun([file.entry], () => {
    file.retain()
    return file
  })
  while (cursor.next()) rows.push([textOf(cursor.key), cursor.isTombstone ? null : textOf(cursor.value)])
  return rows
}

function valueIn(file: SortedFile, key: string): string | null | undefined {
  const bytes = slice(key)
  const value = new ByteSlice()
  const hash = hashOfKey(bytes.buffer, STORE_ID_BYTES, bytes.end, bytes.buffer.readUInt32BE())
  const found = file.get(bytes, hash, value)
  return found === Found.nothing ? undefined : found === Found.tombstone ? null : textOf(value)
}

function isCorruption(error: unknown): boolean {
  return isMillraceError(error) && error.code === 'STORE_CORRUPTED' && error.message.includes(PATH)
}

describe('SortedFile', () => {
  test('has the rows that were written, and says what it knows of them', () => {
    fc.assert(
      fc.property(someRows, (rows) => {
        const { disk } = newDisk()
        const entry = write(disk, rows)
        const file = new SortedFile(disk, '/d', entry, new BlockCache(() => 50_000))
        assert.deepEqual(rowsOf(file), rows)
        for (const [key, value] of rows) {
          assert.equal(valueIn(file, key), value)
          assert.equal(valueIn(file, `${key}x`), undefined)
        }
        const { smallest, largest, stores } = file.summary
        assert.deepEqual([smallest.toString('latin1'), largest.toString('latin1')], [rows[0]![0], rows.at(-1)![0]])
        for (const { store, rows: count, tombstones } of stores) {
          const own = rows.filter(([key]) => key.charCodeAt(3) === store)
          assert.deepEqual([count, tombstones], [own.length, own.filter(([, value]) => value === null).length])
        }
        assert.equal(
          stores.reduce((sum, { rows: count }) => sum + count, 0),
          rows.length,
        )
        assert.equal(disk.openToRead(PATH)?.size, entry.bytes)
        file.release()
      }),
      { numRuns: 60 },
    )
  })

  test('is detected as damaged with any bit changed, and never gives another row', () => {
    fc.assert(
      fc.property(someRows, fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (rows, places) => {
        const { world, disk } = newDisk()
        const entry = write(disk, rows)
        const whole = world.disk.read(PATH)!
        for (const place of places) {
          const changed = Buffer.from(whole)
          changed[(place >>> 3) % whole.length]! ^= 1 << (place & 7)
          world.disk.write(PATH, changed)
          const open = (): SortedFile => new SortedFile(disk, '/d', entry, new BlockCache(() => 50_000))
          const where = `bit ${place & 7} of ${place >>> 3}`
          assert.throws(() => rowsOf(open()), isCorruption, `${where}, when all is read`)
          const getAll = (file: SortedFile): void => rows.forEach(([key]) => valueIn(file, key))
          assert.throws(() => getAll(open()), isCorruption, `${where}, when each row is looked for`)
        }
      }),
      { numRuns: 40 },
    )
  })

  test('is detected as damaged when it is cut, longer, missing, or another file', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), (rows, place) => {
        const { world, disk } = newDisk()
        const entry = write(disk, rows)
        const whole = world.disk.read(PATH)!
        const open = (): SortedFile => new SortedFile(disk, '/d', entry, new BlockCache(() => 50_000))
        for (const changed of [whole.subarray(0, place % whole.length), Buffer.concat([whole, Buffer.from('more')])]) {
          world.disk.write(PATH, changed)
          assert.throws(open, isCorruption)
        }
        world.disk.remove(PATH)
        assert.throws(open, isCorruption)
        write(disk, [...rows, ['\0\0\0\u0009', 'another']])
        assert.throws(open, isCorruption)
        world.disk.write(PATH, whole)
        open().release()
      }),
      { numRuns: 40 },
    )
  })

  test('says which file is damaged, and what is wrong', () => {
    const { world, disk } = newDisk()
    const entry = write(disk, [['\0\0\0\u0001k', 'v']])
    world.disk.damage(PATH, (content) => content.fill(1, 5, 6))
    assert.throws(() => rowsOf(new SortedFile(disk, '/d', entry, null)), {
      code: 'STORE_CORRUPTED',
      message: 'Cannot read "/d/0000000007.rows": its block 0 does not have its checksum, it has to be as it was written',
    })
  })

  test('closes when its last owner releases it, and leaves the cache', () => {
    const { disk } = newDisk()
    const entry = write(disk, [['\0\0\0\u0001k', 'v']])
    const cache = new BlockCache(() => 50_000)
    const file = new SortedFile(disk, '/d', entry, cache)
    file.retain()
    assert.equal(valueIn(file, '\0\0\0\u0001k'), 'v')
    file.release()
    assert.ok(cache.bytes > 0)
    assert.equal(valueIn(file, '\0\0\0\u0001k'), 'v')
    file.release()
    assert.equal(cache.bytes, 0)
  })
})
