import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Environment, Logger } from '../../../base/environment.ts'
import { sleep } from '../../../base/environment.ts'
import { isMillraceError } from '../../../base/errors.ts'
import { createRealEnvironment } from '../../../base/real-environment.ts'
import { rowsIn, storeContract } from '../../contract.ts'
import { allKeys } from '../../key-range.ts'
import { engineContract } from '../contract.ts'
import { allRows, type Capability, type EnginePlace, put, TASK, valueOf } from '../contract-scene.test.ts'
import type { EngineFactory } from '../engine.ts'
import { RocksBinding } from './rocksdb-binding.ts'
import { openRocksEngines } from './rocksdb-engines.ts'

/** Where the package is not installed, because there is nothing for the platform, there is nothing to test. */
const isInstalled = await RocksBinding.load().then(
  () => true,
  () => false,
)

const MEMORY_BYTES_MAX = 8 * 1024 * 1024
const SEAL = 'CLOSED'
/** A database closes its files in threads of its own, a moment later. */
const REMOVAL = { recursive: true, force: true, maxRetries: 20, retryDelay: 50 } as const
let places = 0
/** In memory where there is such a thing: the database syncs many files at each start. */
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** A directory of this machine. Its files are replaced by those of another directory: who had it may still be closing. */
class RealPlace implements EnginePlace {
  readonly disk = null
  readonly #root = join(parent, `millrace-rocksdb-${process.pid}-${places++}`)
  #generation = 0
  #environment: Environment | null = null
  #warnings: string[] = []

  get warnings(): readonly string[] {
    return this.#warnings
  }

  get directory(): string {
    return join(this.#root, String(this.#generation))
  }

  get files(): EnginePlace['files'] {
    return {
      read: async () => {
        for (let waits = 0; !readdirSync(this.directory).includes(SEAL); waits++) {
          assert.ok(waits < 1_000, 'a database that is closed is sealed')
          await sleep(createRealEnvironment().scheduler, 10)
        }
        return new Map(readdirSync(this.directory).map((name) => [name, readFileSync(join(this.directory, name))]))
      },
      replace: (files) => {
        this.#generation++
        mkdirSync(this.directory, { recursive: true })
        for (const [name, content] of files) writeFileSync(join(this.directory, name), content)
      },
    }
  }

  start(): Promise<EngineFactory> {
    this.kill()
    const warnings: string[] = []
    this.#warnings = warnings
    const nothing = (): void => undefined
    const warn: Logger['warn'] = (_, message) => void warnings.push(message)
    const environment = createRealEnvironment({ logger: { debug: nothing, info: nothing, warn, error: warn } })
    this.#environment = environment
    return openRocksEngines({ directory: this.directory, memoryBytesMax: MEMORY_BYTES_MAX, environment })
  }

  kill(): void {
    this.#environment?.lifeline.cut()
  }

  losePower(): void {
    assert.fail('the power of this machine stays')
  }

  dispose(): Promise<void> {
    this.kill()
    return rm(this.#root, REMOVAL)
  }

  /** At the end of the process, when nothing can be waited for. */
  disposeNow(): void {
    this.kill()
    rmSync(this.#root, REMOVAL)
  }
}

/** What is applied is in the log of the database at once: in this process a death looks like any end. `test/crash` has real ones. */
const capabilities = new Set<Capability>(['keeps', 'crashes', 'files'])

if (isInstalled) {
  engineContract('rocksdb', { capabilities, place: () => new RealPlace() }, 20)

  const shared = new RealPlace()
  const engines = await shared.start()
  process.once('exit', () => shared.disposeNow())
  let runs = 0
  storeContract('rocksdb', () => {
    const prefix = runs++
    return {
      ...engines,
      open: (taskId) => engines.open(`${prefix}-${taskId}`),
      remove: () => undefined,
      taskIds: () => [],
      close: () => undefined,
    }
  })

  describe('openRocksEngines()', () => {
    test('ends the iterators of an application that is closed: what was not fetched is not given', async () => {
      const place = new RealPlace()
      const factory = await place.start()
      const engine = factory.open(TASK)
      put(
        engine,
        Array.from({ length: 100 }, (_, index) => [`k${index}`, 'v'] as const),
      )
      const [begun, closed, done] = [0, 1, 2].map(() => engine.store('a').scan(allKeys, false))
      begun!.next()
      assert.equal(rowsIn(done!).length, 100)
      factory.close()
      closed!.close()
      const isClosed = (error: unknown): boolean => isMillraceError(error) && error.code === 'STORE_CLOSED'
      assert.throws(() => rowsIn(begun!), isClosed)
      assert.equal(closed!.next(), false)
      assert.equal(done!.next(), false)
      await place.dispose()
    })

    test('waits until the one before has closed the database, and finds its rows', async () => {
      const place = new RealPlace()
      for (let round = 0; round < 5; round++) {
        const factory = await place.start()
        const engine = factory.open(TASK)
        assert.equal(allRows(engine).length, round)
        put(engine, [[`k${round}`, 'v'.repeat(100_000)]])
        factory.close()
      }
      assert.deepEqual(place.warnings, [])
      await place.dispose()
    })

    test('reclaims expired rows, and counts many rows roughly', async () => {
      const place = new RealPlace()
      const engine = (await place.start()).open(TASK)
      const rows = (count: number): [string, string][] =>
        Array.from({ length: count }, (_, index) => [`k${String(index).padStart(6, '0')}`, 'v'])
      put(engine, rows(9_000))
      assert.equal(engine.store('a').rowCount, 9_000)
      engine.apply([{ store: 'a', rows: noRows, meta: null, expiredBelow: Buffer.from('k008000') }])
      assert.equal(engine.store('a').rowCount, 1_000)
      for (const nowMs of [0, 9_000, 11_000, 12_000]) engine.maintain(nowMs)
      assert.equal(engine.store('a').rowCount, 1_000)
      assert.equal(valueOf(engine, 'k008000'), 'v')
      put(engine, rows(30_000))
      assert.ok(engine.store('a').rowCount >= 10_000)
      await place.dispose()
    })
  })
}

const noRows = { isTombstone: false, next: () => false, close: () => undefined, key: undefined as never, value: undefined as never }

test('RocksBinding.load() says what to install when the package is missing', async () => {
  await assert.rejects(RocksBinding.load('@nxtedition/none/binding.js'), (error: unknown) => {
    assert.ok(isMillraceError(error))
    assert.equal(error.code, 'ENGINE_NOT_INSTALLED')
    assert.match(
      error.message,
      /^Cannot use engine "rocksdb": its package cannot be loaded \(.*\), required is "npm install @nxtedition\/rocksdb@12\.2\.12"$/,
    )
    return true
  })
})
