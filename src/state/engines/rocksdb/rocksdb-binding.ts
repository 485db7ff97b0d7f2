import { ConfigError, StoreError } from '../../../base/errors.ts'

/** The package, in the one version that is tested. */
export const ROCKSDB_PACKAGE = '@nxtedition/rocksdb@12.2.12'

/** What is used of the package: the functions beneath its documented interface, because only they can be called synchronously. */
interface NativeBinding {
  readonly db_init: (directory: string) => object
  readonly db_open: (database: object, options: object, callback: (error: Error | null) => void) => void
  readonly db_close: (database: object, callback: (error: Error | null) => void) => void
  readonly db_get_many_sync: (database: object, keys: readonly Buffer[], options: object) => readonly (Buffer | undefined)[]
  readonly db_clear: (database: object, range: object) => void
  readonly db_get_property: (database: object, name: string) => string
  readonly batch_init: () => object
  readonly batch_put: (batch: object, key: Buffer, value: Buffer, options: object) => void
  readonly batch_del: (batch: object, key: Buffer, options: object) => void
  readonly batch_write: (database: object, batch: object, options: { readonly sync: boolean }) => void
  readonly iterator_init: (database: object, options: object) => object
  readonly iterator_nextv_sync: (iterator: object, count: number) => RowChunk
  readonly iterator_close: (iterator: object) => void
}

/** Some rows of a scan. */
export interface RowChunk {
  /** Key and value in turn. Buffers of their own. */
  readonly rows: readonly Buffer[]
  /** Whether there are no more. */
  readonly finished: boolean
}

/** Keys from `from`, itself included, to `to`, itself not; neither is empty. */
export interface NativeRange {
  readonly from: Buffer
  readonly to: Buffer
}

/** How a database uses memory. */
export interface RocksTuning {
  readonly blockCacheBytes: number
  /** A memtable is written when it has a quarter of this; one and a half times as much may be in memory before writes wait. */
  readonly memtableBytes: number
}

const noOptions = {}
const getOptions = { valueEncoding: 'buffer' }
/** A scan fetches no more bytes at once, whatever the number of rows. */
const CHUNK_BYTES = 256 * 1024
/** Flushes and merges. */
const BACKGROUND_THREADS = 2

/** The package once it is loaded. */
export class RocksBinding {
  readonly #native: NativeBinding

  private constructor(native: NativeBinding) {
    this.#native = native
  }

  /** Loads the package. Throws `ConfigError` `ENGINE_NOT_INSTALLED` if there is none, or none for this platform. */
  static async load(name = '@nxtedition/rocksdb/binding.js'): Promise<RocksBinding> {
    try {
      // Not a literal: what bundles the library must not ask for a package that most do without.
      const loaded = (await import(name)) as { readonly default: NativeBinding }
      return new RocksBinding(loaded.default)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ConfigError(
        'ENGINE_NOT_INSTALLED',
        `Cannot use engine "rocksdb": its package cannot be loaded (${reason.split('\n', 1)[0]}), required is "npm install ${ROCKSDB_PACKAGE}"`,
        { cause, configKey: 'stateEngine' },
      )
    }
  }

  /** Opens a database, which is made if there is none. Rejects with the error of the binding, whose `code` begins with `LEVEL_`. */
  open(directory: string, { blockCacheBytes, memtableBytes }: RocksTuning): Promise<RocksDatabase> {
    const native = this.#native
    const database = native.db_init(directory)
    const options = {
      createIfMissing: true,
      parallelism: BACKGROUND_THREADS,
      // Without it each merge would compress. The style of merging is given because the memtable's size is only taken with it.
      compression: false,
      walCompression: false,
      compaction: 'universal',
      memtableMemoryBudget: memtableBytes,
      cacheSize: blockCacheBytes,
      cacheIndexAndFilterBlocks: true,
    }
    return new Promise((resolve, reject) => {
      native.db_open(database, options, (error) => {
        if (error === null) resolve(new RocksDatabase(native, database))
        else reject(error)
      })
    })
  }
}

/** An open database. After `close` everything throws `StoreError` `STORE_CLOSED`: the binding would end the process. */
export class RocksDatabase {
  readonly #native: NativeBinding
  readonly #database: object
  readonly #wanted: Buffer[] = []
  #isOpen = true
  /** Told of damage that a read finds. */
  onDamage: (() => void) | null = null

  /** @internal */
  constructor(native: NativeBinding, database: object) {
    this.#native = native
    this.#database = database
  }

  /** The value of a key, which is not empty; `null` if there is none. */
  get(key: Buffer): Buffer | null {
    this.#checkOpen('read a row')
    this.#wanted[0] = key
    try {
      return this.#native.db_get_many_sync(this.#database, this.#wanted, getOptions)[0] ?? null
    } catch (cause) {
      throw this.failure('read a row', cause)
    }
  }

  /** A batch with nothing in it. */
  batch(): RocksBatch {
    return new RocksBatch(this.#native)
  }

  /** Writes a batch at once. `isDurable`: it and all that was written before survive a power loss when it returns. */
  write(batch: RocksBatch, isDurable: boolean): void {
    this.#checkOpen('write rows')
    try {
      this.#native.batch_write(this.#database, batch.handle, { sync: isDurable })
    } catch (cause) {
      throw this.failure('write rows', cause)
    }
  }

  /** Removes all rows of a range, in time that does not depend on their number. */
  clear({ from, to }: NativeRange): void {
    this.#checkOpen('remove rows')
    try {
      this.#native.db_clear(this.#database, { gte: from, lt: to })
    } catch (cause) {
      throw this.failure('remove rows', cause)
    }
  }

  /** The rows of a range as they are now. `hasValues`: else the values are `undefined`. */
  scan({ from, to }: NativeRange, isReverse: boolean, hasValues = true): RocksScan {
    this.#checkOpen('scan rows')
    const options = {
      gte: from,
      lt: to,
      reverse: isReverse,
      values: hasValues,
      keyEncoding: 'buffer',
      valueEncoding: 'buffer',
      highWaterMarkBytes: CHUNK_BYTES,
      fillCache: true,
    }
    try {
      return new RocksScan(this.#native, this, this.#native.iterator_init(this.#database, options))
    } catch (cause) {
      throw this.failure('scan rows', cause)
    }
  }

  /** Keys in the whole database, roughly. */
  get keyCount(): number {
    this.#checkOpen('count rows')
    return Number(this.#native.db_get_property(this.#database, 'rocksdb.estimate-num-keys'))
  }

  /** Once, and when all scans are closed. */
  close(): Promise<void> {
    this.#isOpen = false
    return new Promise((resolve, reject) => {
      this.#native.db_close(this.#database, (error) => (error === null ? resolve() : reject(error)))
    })
  }

  /** The error for one of the binding. @internal */
  failure(action: string, cause: unknown): StoreError {
    if (hasLevelCode(cause, 'LEVEL_CORRUPTION')) this.onDamage?.()
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new StoreError('STORE_CORRUPTED', `Cannot ${action} of a RocksDB database: ${reason}`, { cause })
  }

  #checkOpen(action: string): void {
    if (!this.#isOpen) throw new StoreError('STORE_CLOSED', `Cannot ${action} of a RocksDB database: it is closed`)
  }
}

/** Changes that are written at once. */
export class RocksBatch {
  readonly #native: NativeBinding
  /** @internal */
  readonly handle: object

  constructor(native: NativeBinding) {
    this.#native = native
    this.handle = native.batch_init()
  }

  /** Both are copied; the key is not empty. */
  put(key: Buffer, value: Buffer): void {
    this.#native.batch_put(this.handle, key, value, noOptions)
  }

  /** The key is copied, and not empty. */
  delete(key: Buffer): void {
    this.#native.batch_del(this.handle, key, noOptions)
  }
}

/** A scan that is open. It is closed before its database. */
export class RocksScan {
  readonly #native: NativeBinding
  readonly #database: RocksDatabase
  readonly #iterator: object

  /** @internal */
  constructor(native: NativeBinding, database: RocksDatabase, iterator: object) {
    this.#native = native
    this.#database = database
    this.#iterator = iterator
  }

  /** The next rows, up to `count`. Not after `close`. */
  next(count: number): RowChunk {
    try {
      return this.#native.iterator_nextv_sync(this.#iterator, count)
    } catch (cause) {
      throw this.#database.failure('scan rows', cause)
    }
  }

  /** Once. */
  close(): void {
    this.#native.iterator_close(this.#iterator)
  }
}

/** Whether an error of the binding has this code. */
export function hasLevelCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
