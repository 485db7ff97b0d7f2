import type { StoreInfo } from '../../runtime/app/view.ts'
import type { Partitioner } from '../../model/partitioner.ts'
import { type KeyMetadataOptions, partitionOfKey } from '../metadata.ts'
import type { QueryableApp } from '../../runtime/app/view.ts'
import type { Row } from '../rows/row.ts'
import { keyIn, type RowsQuery } from '../rows/rows-query.ts'
import { StoreSerdes } from '../rows/store-serdes.ts'
import { type QueryOptions, type RemoteStoreOptions, resolveQueryOptions } from './query-options.ts'
import type { StoreRouter } from './store-router.ts'

/** How one row is asked for and shown. */
export interface OneRow<X> {
  readonly options: QueryOptions | undefined
  readonly show: (value: unknown, row: Row) => X
}

/** The rows of one store, wherever they are. */
export class RemoteRows {
  readonly info: StoreInfo
  readonly #app: QueryableApp
  readonly #router: StoreRouter
  readonly #options: RemoteStoreOptions<never>
  readonly #serdes: StoreSerdes
  readonly #keyOptions: KeyMetadataOptions<unknown>

  constructor(info: StoreInfo, app: QueryableApp, router: StoreRouter, options: RemoteStoreOptions<never>) {
    // Wrong options are refused before anybody asks.
    resolveQueryOptions(options, {}, app.isolation)
    this.info = info
    this.#app = app
    this.#router = router
    this.#options = options
    // The keys are those of the store.
    this.#keyOptions = { partitioner: options.partitioner as Partitioner<unknown, null> | undefined }
    this.#serdes = new StoreSerdes(info.definition, app.applicationId)
  }

  key(bytes: Uint8Array): unknown {
    return this.#serdes.readKey(bytes)
  }

  value(bytes: Uint8Array): unknown {
    return this.#serdes.readValue(bytes)
  }

  keyBytes(key: unknown): Uint8Array {
    return this.#serdes.writeKey(key)
  }

  /** As `keyBytes`. Throws `TypeError` for no key. */
  requiredKey(key: unknown): Uint8Array {
    if (key !== null && key !== undefined) return this.keyBytes(key)
    throw new TypeError(`Cannot query store "${this.info.definition.name}": the key is ${key}, a key is required`)
  }

  /** The row of a key, of the partition to which the key belongs. */
  async one<X>(key: unknown, queryOf: (key: Uint8Array) => RowsQuery, { options, show }: OneRow<X>): Promise<X | null> {
    const query = queryOf(this.requiredKey(key))
    const resolved = resolveQueryOptions(this.#options, options ?? {}, this.#app.isolation)
    const partition = await this.#partitionOf(query)
    const { headers, tls } = this.#options
    const request = { partition: partition ?? 0, query, after: null, options: resolved, headers, tls }
    const [row] = (await this.#router.read(this.info, request)).rows
    return row === undefined ? null : show(this.value(row.value), row)
  }

  /** The rows of a query, page after page, of the partition of its key, or of all partitions one after the other. */
  async *scan<X>(query: RowsQuery, options: QueryOptions, show: (row: Row) => X): AsyncGenerator<X, void> {
    const resolved = resolveQueryOptions(this.#options, options, this.#app.isolation)
    const { headers, tls } = this.#options
    const one = await this.#partitionOf(query)
    for (const partition of one === null ? await this.#router.partitionsOf(this.info) : [one]) {
      let after: string | null = null
      do {
        const page = await this.#router.read(this.info, { partition, query, after, options: resolved, headers, tls })
        for (const row of page.rows) yield show(row)
        after = page.next
      } while (after !== null)
    }
  }

  /** The partition of the key of a query; `null`: it is about many keys. */
  async #partitionOf(query: RowsQuery): Promise<number | null> {
    const bytes = keyIn(query)
    const partitions = await this.#router.partitionsOf(this.info)
    if (bytes === null) return null
    return this.info.isGlobal ? -1 : (partitionOfKey(this.#app, this.info, this.key(bytes), this.#keyOptions) ?? partitions[0]!)
  }
}
