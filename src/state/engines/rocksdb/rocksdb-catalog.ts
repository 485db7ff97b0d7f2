import type { RocksBatch, RocksDatabase } from './rocksdb-binding.ts'
import { catalogKey, catalogRange, catalogValue, FIRST_STORE, readCatalogKey } from './rocksdb-keys.ts'

const CHUNK_ROWS = 1000

/** Which stores a database has, by task and name, and under which numbers. */
export class RocksCatalog {
  readonly #tasks = new Map<string, Map<string, number>>()
  #nextNumber = FIRST_STORE

  /** Reads the catalog of a database. */
  constructor(database: RocksDatabase) {
    const scan = database.scan(catalogRange, false)
    for (let isDone = false; !isDone;) {
      const { rows, finished } = scan.next(CHUNK_ROWS)
      for (let index = 0; index < rows.length; index += 2) {
        const [taskId, store] = readCatalogKey(rows[index]!)
        this.note(taskId, store, rows[index + 1]!.readUInt32BE(0))
      }
      isDone = finished
    }
    scan.close()
  }

  get taskIds(): readonly string[] {
    return [...this.#tasks.keys()]
  }

  /** The stores of a task with their numbers. */
  storesOf(taskId: string): ReadonlyMap<string, number> {
    return this.#tasks.get(taskId) ?? noStores
  }

  /** A number that no store has or has had since the database was opened. */
  newNumber(): number {
    return this.#nextNumber++
  }

  /** Puts a new store into a batch. It is in the catalog when that is written: `note` it then. */
  add(batch: RocksBatch, taskId: string, store: string, number: number): void {
    batch.put(catalogKey(taskId, store), catalogValue(number))
  }

  note(taskId: string, store: string, number: number): void {
    const stores = this.#tasks.get(taskId) ?? new Map<string, number>()
    this.#tasks.set(taskId, stores.set(store, number))
    this.#nextNumber = Math.max(this.#nextNumber, number + 1)
  }

  /** Takes a task out: in `batch`, and here. */
  remove(batch: RocksBatch, taskId: string): void {
    for (const store of this.storesOf(taskId).keys()) batch.delete(catalogKey(taskId, store))
    this.#tasks.delete(taskId)
  }
}

const noStores: ReadonlyMap<string, number> = new Map()
