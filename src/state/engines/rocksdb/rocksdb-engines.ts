import { assert } from '../../../base/assert.ts'
import { type Lifeline, sleep } from '../../../base/environment.ts'
import { StoreError } from '../../../base/errors.ts'
import type { EngineFactory } from '../engine.ts'
import type { StateEngineParts } from '../state-engine.ts'
import { hasLevelCode, RocksBinding, RocksDatabase, type RocksTuning } from './rocksdb-binding.ts'
import { RocksCatalog } from './rocksdb-catalog.ts'
import type { RocksCursor } from './rocksdb-cursor.ts'
import { ROCKSDB_ENGINE, ROCKSDB_FORMAT, RocksEngine, type RocksShared } from './rocksdb-engine.ts'
import { catalogValue, formatKey, StoreKeys } from './rocksdb-keys.ts'
import { RocksSeal } from './rocksdb-seal.ts'

/** How long a database of this directory may take to be closed by who had it before. */
const CLOSE_WAIT_MS = 10_000
const CLOSE_POLL_MS = 20
const MEMTABLE_BYTES_MAX = 64 * 1024 * 1024

/**
 * Opens the engines of an instance on RocksDB: one database in `directory` for all its tasks. What is damaged there is removed, and the log
 * says why. Rejects with `ConfigError` `ENGINE_NOT_INSTALLED` if the package is missing, and with the error of the binding if the database
 * cannot be opened for another reason.
 */
export async function openRocksEngines(parts: StateEngineParts): Promise<EngineFactory> {
  const binding = await RocksBinding.load()
  const { directory, environment } = parts
  const { disk, logger, random, lifeline } = environment
  const seal = new RocksSeal(disk, directory)
  const owner = random.uuid()
  const removeAll = (reason: string): void => {
    logger.warn(
      { directory, engine: ROCKSDB_ENGINE },
      `The RocksDB database in ${directory} is removed, and its stores are restored: ${reason}`,
    )
    disk.remove(directory)
  }
  const damage = seal.damage()
  if (damage !== null) removeAll(damage)
  seal.open(owner)
  const database = await openWhenFree(binding, parts)
  const opened = database instanceof RocksDatabase ? await readCatalog(database) : database
  if ('catalog' in opened) return guardedEngines(opened, seal, { owner, lifeline })
  removeAll(opened.damage)
  seal.open(owner)
  const anew = await readCatalog(await binding.open(directory, tuningOf(parts.memoryBytesMax)))
  assert('catalog' in anew, 'A new database has a catalog')
  return guardedEngines(anew, seal, { owner, lifeline })
}

/** A database that is ready to be used. */
type ReadyDatabase = Pick<RocksShared, 'database' | 'catalog'>

/** Why a database cannot be used. */
interface UnusableDatabase {
  readonly damage: string
}

/** Reads what stores a database has; closes it if that cannot be read, or is of another format. */
async function readCatalog(database: RocksDatabase): Promise<ReadyDatabase | UnusableDatabase> {
  let damage: string
  try {
    const format = database.get(formatKey)?.readUInt32BE(0)
    if (format === undefined || format === ROCKSDB_FORMAT) {
      const batch = database.batch()
      batch.put(formatKey, catalogValue(ROCKSDB_FORMAT))
      if (format === undefined) database.write(batch, true)
      return { database, catalog: new RocksCatalog(database) }
    }
    damage = `it has format ${format}, this is ${ROCKSDB_FORMAT}`
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    damage = error.message
  }
  await database.close()
  return { damage }
}

/** The engines of an open database, which is sealed when they are closed, if no read has found damage. */
function guardedEngines(
  { database, catalog }: ReadyDatabase,
  seal: RocksSeal,
  { owner, lifeline }: { readonly owner: string; readonly lifeline: Lifeline },
): EngineFactory {
  let isDamaged = false
  database.onDamage = () => {
    if (isDamaged) return
    isDamaged = true
    seal.noteDamage()
  }
  const engines = new RocksEngines({ database, catalog, cursors: new Set<RocksCursor>() }, () => {
    if (!isDamaged) seal.close(owner)
  })
  lifeline.onCut(() => engines.cut())
  return engines
}

/** A database that was closed a moment ago in this process is locked until that is done. */
async function openWhenFree(
  binding: RocksBinding,
  { directory, memoryBytesMax, environment }: StateEngineParts,
): Promise<RocksDatabase | UnusableDatabase> {
  const { clock, scheduler } = environment
  const giveUpMs = clock.monotonic() + CLOSE_WAIT_MS
  for (;;) {
    try {
      return await binding.open(directory, tuningOf(memoryBytesMax))
    } catch (error) {
      if (isDamage(error)) return { damage: error.message }
      if (!hasLevelCode(error, 'LEVEL_LOCKED') || clock.monotonic() >= giveUpMs) throw error
      await sleep(scheduler, CLOSE_POLL_MS)
    }
  }
}

/** A sixth for memtables, of which there can be one and a half times as much; the rest for blocks, filters and indexes. */
function tuningOf(memoryBytesMax: number): RocksTuning {
  const memtableBytes = Math.min(MEMTABLE_BYTES_MAX, Math.floor(memoryBytesMax / 6))
  // The size of the cache is an unsigned 32-bit number in the binding.
  return { memtableBytes, blockCacheBytes: Math.min(0xffff_ffff, memoryBytesMax - Math.floor(memtableBytes * 1.5)) }
}

function isDamage(error: unknown): error is Error {
  if (hasLevelCode(error, 'LEVEL_CORRUPTION')) return true
  return hasLevelCode(error, 'LEVEL_IO_ERROR') && /No such file/.test((error as Error).message)
}

class RocksEngines implements EngineFactory {
  readonly #shared: RocksShared
  readonly #onClosed: () => void
  readonly #open = new Map<string, RocksEngine>()
  #isOpen = true

  constructor(shared: RocksShared, onClosed: () => void) {
    this.#shared = shared
    this.#onClosed = onClosed
  }

  open(taskId: string): RocksEngine {
    assert(this.#isOpen, 'Engines are not opened after they were closed')
    const engine = new RocksEngine(taskId, this.#shared)
    this.#open.set(taskId, engine)
    return engine
  }

  remove(taskId: string): void {
    const { database, catalog } = this.#shared
    const numbers = [...catalog.storesOf(taskId).values()]
    if (numbers.length === 0) return
    for (const number of numbers) database.clear(new StoreKeys(number).all)
    const batch = database.batch()
    catalog.remove(batch, taskId)
    database.write(batch, true)
  }

  taskIds(): readonly string[] {
    return this.#shared.catalog.taskIds
  }

  close(): void {
    if (!this.#isOpen) return
    try {
      for (const engine of this.#open.values()) engine.close()
    } finally {
      this.cut()
    }
  }

  /** Ends as a process that is killed does, but that the database is free for the next one. */
  cut(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    const { database, cursors } = this.#shared
    for (const cursor of cursors) cursor.cut()
    // It ends in the background, and keeps the process alive until then. What was applied is in its log already; a seal that cannot be
    // written is missing, as after a crash.
    void database
      .close()
      .then(this.#onClosed)
      .catch(() => undefined)
  }
}
