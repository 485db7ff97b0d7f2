import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Disk, ReadableFile } from '../../../../base/disk.ts'
import { VirtualWorld } from '../../../../base/virtual-environment.ts'
import { inlineWorkers } from '../../../../base/workers/workers.ts'
import { slice, textOf, type TextRow } from '../../../contract.ts'
import { type FileEntry, sortedFileName, SortedFileWriter } from '../files/sorted-file-writer.ts'
import { SortedFile } from '../files/sorted-file.ts'
import { type MergeInput, mergeRuns, mergeWork } from './merge-runs.ts'
import { WholeRun } from './whole-run.ts'

/** `2k`: the key `k` of store 2. */
function fileKey(key: string): string {
  return `\0\0\0${String.fromCharCode(Number(key[0]))}${key.slice(1)}`
}

function writeRun(disk: Disk, number: number, rows: readonly TextRow[]): FileEntry {
  const writer = new SortedFileWriter(disk, `/d/${sortedFileName(number)}`, number)
  for (const [key, value] of rows.toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    writer.add(slice(fileKey(key)), value === null ? null : slice(value))
  }
  return writer.finish()
}

function rowsIn(disk: Disk, entries: readonly FileEntry[]): TextRow[] {
  const rows: TextRow[] = []
  const run = new WholeRun(entries, (entry) => new SortedFile(disk, '/d', entry, null))
  while (run.next()) {
    const key = textOf(run.key)
    rows.push([`${key.charCodeAt(3)}${key.slice(4)}`, run.isTombstone ? null : textOf(run.value)])
  }
  return rows
}

/** A disk that counts the files that are open to read at the same time. */
function counting(disk: Disk): { readonly disk: Disk; readonly open: () => number; readonly most: () => number } {
  const open = new Set<object>()
  let most = 0
  const openToRead = (path: string): ReadableFile | null => {
    const file = disk.openToRead(path)
    if (file === null) return null
    const readable: ReadableFile = {
      size: file.size,
      read: (into, position) => file.read(into, position),
      close() {
        open.delete(readable)
        file.close()
      },
    }
    open.add(readable)
    most = Math.max(most, open.size)
    return readable
  }
  const counted: Disk = {
    openToRead,
    makeDirectory: (path) => disk.makeDirectory(path),
    list: (path) => disk.list(path),
    openToWrite: (path) => disk.openToWrite(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    syncDirectory: (path) => disk.syncDirectory(path),
  }
  return { disk: counted, open: () => open.size, most: () => most }
}

function newDisk(): Disk {
  const { disk } = new VirtualWorld().environment('a')
  disk.makeDirectory('/d')
  return disk
}

const someLength: fc.Arbitrary<number | null> = fc.option(fc.nat(800), { freq: 4 })

const someRun: fc.Arbitrary<TextRow[]> = fc.uniqueArray(
  fc.tuple(
    fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(60)).map(([store, number]) => `${store}key-${String(number).padStart(2, '0')}`),
    someLength.map((length): string | null => (length === null ? null : 'v'.repeat(length))),
  ),
  { minLength: 1, maxLength: 60, selector: ([key]) => key },
)

describe('mergeRuns()', () => {
  test('keeps of each key what is newest, and nothing that is dead', () => {
    fc.assert(
      fc.property(fc.array(someRun, { minLength: 1, maxLength: 5 }), fc.boolean(), fc.nat(60), (runs, hasOldest, below) => {
        const disk = newDisk()
        const mark = `key-${String(below).padStart(2, '0')}`
        const input: MergeInput = {
          directory: '/d',
          runs: runs.map((rows, index) => [writeRun(disk, index + 1, rows)]),
          hasOldest,
          // Store 3 is gone.
          stores: [
            { id: 1, expiredBelow: null },
            { id: 2, expiredBelow: Uint8Array.from(Buffer.from(mark)) },
          ],
          firstFile: 100,
          fileBytesMax: 5000,
        }
        const result = inlineWorkers(disk).start(mergeWork, input).wait()
        assert.ok('output' in result)
        const expected = [...new Map(runs.toReversed().flat())]
          .filter(([key]) => key[0] !== '3' && !(key[0] === '2' && key.slice(1) < mark))
          .filter(([, value]) => value !== null || !hasOldest)
          .toSorted(([left], [right]) => (left < right ? -1 : 1))
        assert.deepEqual(rowsIn(disk, result.output), expected)
        assert.deepEqual(
          result.output.map(({ number }) => number),
          result.output.map((_, index) => 100 + index),
        )
        assert.ok(result.output.slice(0, -1).every(({ bytes }) => bytes >= 5000))
        assert.ok(result.output.every(({ bytes }) => bytes < 12_000))
      }),
      { numRuns: 150 },
    )
  })

  test('has one file of each run open at a time, and none when it is done or has failed', () => {
    const { disk, open, most } = counting(newDisk())
    const runs = [1, 2, 3].map((run) =>
      [0, 1, 2, 3].map((part) =>
        writeRun(
          disk,
          run * 10 + part,
          Array.from({ length: 50 }, (_, row): TextRow => [`1${part}-${String(row * 3 + run).padStart(4, '0')}`, 'v']),
        ),
      ),
    )
    const input = { directory: '/d', runs, hasOldest: true, stores: [{ id: 1, expiredBelow: null }], firstFile: 100, fileBytesMax: 50_000 }
    const result = inlineWorkers(disk).start(mergeWork, input).wait()
    assert.ok('output' in result)
    assert.equal(rowsIn(disk, result.output).length, 600)
    assert.deepEqual([open(), most()], [0, 3])
    for (const missing of [0, 3]) {
      const broken = {
        ...input,
        runs: runs.map((files, run) => files.map((file, part) => (run === 1 && part === missing ? { ...file, checksum: 1 } : file))),
      }
      assert.ok('error' in inlineWorkers(disk).start(mergeWork, broken).wait())
      assert.equal(open(), 0)
    }
  })

  test('removes what it has written when it is stopped, or its input is damaged', () => {
    const disk = newDisk()
    const rows = Array.from({ length: 60_000 }, (_, index): TextRow => [`1${String(index).padStart(6, '0')}`, 'v'])
    const input: MergeInput = {
      directory: '/d',
      runs: [[writeRun(disk, 1, rows)]],
      hasOldest: true,
      stores: [{ id: 1, expiredBelow: null }],
      firstFile: 100,
      fileBytesMax: 50_000,
    }
    const before = disk.list('/d')
    const steps = mergeRuns(input, disk)
    steps.next()
    assert.ok(disk.list('/d').length > before.length)
    steps.return([])
    assert.deepEqual(disk.list('/d'), before)
    const damagedInput = { ...input, runs: [[...input.runs[0]!, { number: 2, bytes: 100, checksum: 1 }]] }
    const result = inlineWorkers(disk).start(mergeWork, damagedInput).wait()
    assert.ok('error' in result && Reflect.get(result.error as object, 'code') === 'STORE_CORRUPTED')
    assert.deepEqual(disk.list('/d'), before)
  })
})
