import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { isMillraceError } from '../../../base/errors.ts'
import { hasLevelCode, type NativeRange, RocksBinding, type RocksDatabase, type RocksTuning } from './rocksdb-binding.ts'

// What docs/internals/rocksdb.md says of the binding.

const binding = await RocksBinding.load().catch(() => null)
const tuning: RocksTuning = { blockCacheBytes: 1024 * 1024, memtableBytes: 1024 * 1024 }
const everything: NativeRange = { from: Buffer.from([0]), to: Buffer.from([0xff]) }

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1')

function write(database: RocksDatabase, rows: Readonly<Record<string, string | null>>, isDurable = false): void {
  const batch = database.batch()
  for (const [key, value] of Object.entries(rows)) {
    if (value === null) batch.delete(bytes(key))
    else batch.put(bytes(key), bytes(value))
  }
  database.write(batch, isDurable)
}

function rowsOf(database: RocksDatabase, range = everything, isReverse = false): string[] {
  const scan = database.scan(range, isReverse)
  const { rows, finished } = scan.next(1_000)
  scan.close()
  assert.equal(finished, true)
  return rows.map((row) => row.toString('latin1'))
}

const isClosed = (error: unknown): boolean => isMillraceError(error) && error.code === 'STORE_CLOSED'

if (binding !== null) {
  describe('RocksBinding', () => {
    /** Runs a test in a directory of its own; it closes its databases. */
    const check = (title: string, body: (directory: string, open: () => Promise<RocksDatabase>) => Promise<void>): void => {
      test(title, async () => {
        const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-binding-'))
        try {
          await body(directory, () => binding.open(directory, tuning))
        } finally {
          rmSync(directory, { recursive: true, force: true })
        }
      })
    }

    check('get() gives a buffer of its own, and null for no row', async (_, open) => {
      const database = await open()
      write(database, { a: '1', empty: '' })
      const found = database.get(bytes('a'))!
      write(database, { a: '2' })
      assert.equal(String(found), '1')
      assert.equal(String(database.get(bytes('a'))), '2')
      assert.equal(database.get(bytes('empty'))!.length, 0)
      assert.equal(database.get(bytes('b')), null)
      await database.close()
    })

    check('a batch copies what it is given, and is written at once', async (_, open) => {
      const database = await open()
      const batch = database.batch()
      const key = bytes('a')
      batch.put(key, key)
      key.fill('x')
      batch.put(bytes('b'), bytes('2'))
      batch.delete(bytes('b'))
      assert.equal(database.get(bytes('a')), null)
      database.write(batch, true)
      assert.deepEqual(rowsOf(database), ['a', 'a'])
      database.write(database.batch(), true)
      await database.close()
    })

    check('a scan sees the rows of its opening, both ways, from one end to before the other', async (_, open) => {
      const database = await open()
      write(database, { a: '1', b: '2', 'b\0': '3', c: '4', 'c\u00ff': '5' })
      const scan = database.scan({ from: bytes('b'), to: bytes('c') }, false)
      write(database, { b: 'new', bb: 'new', 'b\0': null })
      assert.deepEqual(scan.next(1).rows.map(String), ['b', '2'])
      database.clear(everything)
      const { rows, finished } = scan.next(10)
      assert.deepEqual([rows.map(String), finished], [['b\0', '3'], true])
      scan.close()
      assert.deepEqual(rowsOf(database), [])
      write(database, { a: '1', b: '2', c: '3' })
      assert.deepEqual(rowsOf(database, { from: bytes('a'), to: bytes('c') }, true), ['b', '2', 'a', '1'])
      await database.close()
    })

    check('a scan gives no more than 256 KiB at once beyond the row that reaches it', async (_, open) => {
      const database = await open()
      const value = 'v'.repeat(100_000)
      write(database, { a: value, b: value, c: value, d: value })
      const scan = database.scan(everything, false)
      assert.equal(scan.next(1_000).rows.length, 6)
      assert.equal(scan.next(1_000).rows.length, 2)
      scan.close()
      const keys = database.scan(everything, false, false)
      assert.equal(keys.next(1_000).rows.length, 8)
      keys.close()
      await database.close()
    })

    check('clear() removes a range: its first key, not its end', async (_, open) => {
      const database = await open()
      write(database, { a: '1', b: '2', c: '3' })
      database.clear({ from: bytes('a'), to: bytes('c') })
      assert.deepEqual(rowsOf(database), ['c', '3'])
      await database.close()
    })

    check('a directory is locked while its database is open, and keeps what was written', async (_, open) => {
      const database = await open()
      write(database, { a: '1' })
      await assert.rejects(open, (error) => hasLevelCode(error, 'LEVEL_LOCKED'))
      await database.close()
      const again = await open()
      assert.deepEqual(rowsOf(again), ['a', '1'])
      await again.close()
    })

    check('everything on a closed database throws STORE_CLOSED', async (_, open) => {
      const database = await open()
      await database.close()
      assert.throws(() => database.get(bytes('a')), isClosed)
      assert.throws(() => database.write(database.batch(), false), isClosed)
      assert.throws(() => database.scan(everything, false), isClosed)
      assert.throws(() => database.clear(everything), isClosed)
      assert.throws(() => database.keyCount, isClosed)
    })

    check('what was written is in the log at once: a copy of the directory has it', async (directory, open) => {
      const database = await open()
      write(database, { a: '1' })
      const copy = mkdtempSync(`${directory}-copy-`)
      for (const name of readdirSync(directory)) writeFileSync(join(copy, name), readFileSync(join(directory, name)))
      const other = await binding.open(copy, tuning)
      assert.deepEqual(rowsOf(other), ['a', '1'])
      await other.close()
      await database.close()
      rmSync(copy, { recursive: true, force: true })
    })

    check('blocks are not compressed', async (directory, open) => {
      const database = await open()
      for (let index = 0; index < 40; index++) write(database, { [`k${index}`]: 'a'.repeat(100_000) })
      await database.close()
      const size = readdirSync(directory).reduce((sum, name) => sum + statSync(join(directory, name)).size, 0)
      assert.ok(size > 4_000_000, `${size} bytes`)
      const again = await open()
      assert.ok(again.keyCount >= 40)
      await again.close()
    })

    check('a read of a damaged block throws, tells onDamage, and gives no row', async (directory, open) => {
      const database = await open()
      write(database, { a: '1'.repeat(1_000) })
      await database.close()
      await (await open()).close()
      const file = readdirSync(directory).find((name) => name.endsWith('.sst'))!
      const content = readFileSync(join(directory, file))
      content[100]! ^= 1
      writeFileSync(join(directory, file), content)
      const damaged = await open()
      let told = 0
      damaged.onDamage = () => void told++
      const isCorrupted = (error: unknown): boolean => isMillraceError(error) && error.code === 'STORE_CORRUPTED'
      assert.throws(() => damaged.get(bytes('a')), isCorrupted)
      assert.throws(() => rowsOf(damaged), isCorrupted)
      assert.equal(told, 2)
      await damaged.close()
    })

    check('a file that is missing or cut short is found when the database is opened', async (directory, open) => {
      const database = await open()
      write(database, { a: '1' })
      await database.close()
      await (await open()).close()
      const path = join(
        directory,
        readdirSync(directory).find((name) => name.endsWith('.sst'))!,
      )
      const content = readFileSync(path)
      writeFileSync(path, content.subarray(0, content.length - 10))
      await assert.rejects(open, (error) => hasLevelCode(error, 'LEVEL_CORRUPTION'))
      rmSync(path)
      await assert.rejects(open, /No such file/)
    })
  })
}
