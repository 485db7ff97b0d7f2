import { StreamsBuilder } from '../../../src/dsl/streams-builder.ts'
import { serdes } from '../../../src/serdes/serdes.ts'
import { topic } from '../../../src/serdes/topic.ts'
import type { TestCluster } from '../../../src/testing/test-cluster.ts'
import { checkNamedOrders, modelOfNamedOrders, type RowChange } from '../checks/check-named-orders.ts'
import type { StoreRows } from '../checks/check-stores.ts'
import type { Problems } from '../checks/observed.ts'
import { APPLICATION_ID, type ApplicationOptions, type SimulatedApplication, type SimulatedStore } from './application.ts'

const nullable = serdes.nullable(serdes.string)
const orders = topic('orders', { key: serdes.string, value: serdes.string })
const customers = topic('customers', { key: serdes.string, value: serdes.string })
const named = topic('named', { key: serdes.string, value: nullable })
const CUSTOMERS = ['x', 'y', 'z']

/** What is left to chance about a join by foreign key. */
export interface NamedOrdersOptions extends ApplicationOptions {
  readonly isLeft: boolean
}

/**
 * Orders joined with their customers by foreign key: two tables that are partitioned differently, and two internal topics between them.
 * Exactly-once only: at-least-once may leave a result wrong for good, as in Java, when the old value of a row is restored but the
 * subscription that it made is not written.
 */
export class NamedOrders implements SimulatedApplication {
  readonly topics: Readonly<Record<string, number>>
  readonly inputs: readonly string[] = [orders.name, customers.name]
  readonly stores: readonly SimulatedStore[] = ['orders-store', 'customers-store', 'named-store'].map((name) => ({
    name,
    changelog: `${APPLICATION_ID}-${name}-changelog`,
    showRow: String,
    showRecord: (value) => value.toString(),
  }))
  readonly #options: NamedOrdersOptions
  readonly #orders: RowChange[] = []
  readonly #customers: RowChange[] = []

  constructor(options: NamedOrdersOptions) {
    this.#options = options
    const { partitions } = options
    this.topics = { [orders.name]: partitions, [customers.name]: 1 + (partitions % 2), [named.name]: partitions }
  }

  topology(): StreamsBuilder {
    const builder = new StreamsBuilder()
    const left = builder.table(orders, { store: 'orders-store' })
    // A cache would answer for a customer that comes and is deleted between two flushes, and then give no change of it: in Java as here.
    const right = builder.table(customers, { store: 'customers-store', caching: false })
    const options = { value: serdes.string, store: 'named-store' }
    const customerOf = (order: string): string => order.slice(0, 1)
    const joiner = (order: string, customer: string | null): string => `${order}=${customer ?? '?'}`
    const joined = this.#options.isLeft ? left.leftJoin(right, customerOf, joiner, options) : left.join(right, customerOf, joiner, options)
    joined.toStream().to(named)
    return builder
  }

  feed(cluster: TestCluster): void {
    const { random } = this.#options
    for (let count = 1 + random.below(4); count > 0; count--) {
      const key = `o${random.below(5)}`
      const value = random.chance(0.15) ? null : `${random.pick(CUSTOMERS)}${this.#orders.length}`
      this.#orders.push({ key, value })
      cluster.produce(orders, [{ key, value: value as string }])
    }
    if (random.chance(0.4)) return
    const key = random.pick(CUSTOMERS)
    const value = random.chance(0.2) ? null : `n${this.#customers.length}`
    this.#customers.push({ key, value })
    cluster.produce(customers, [{ key, value: value as string }])
  }

  checkOutputs(cluster: TestCluster): Problems {
    return checkNamedOrders({ orders: this.#orders, customers: this.#customers, isLeft: this.#options.isLeft }, cluster.read(named))
  }

  modelOf(store: string): StoreRows['model'] {
    if (store === 'orders-store') return lastRows(this.#orders)
    if (store === 'customers-store') return lastRows(this.#customers)
    // Rows of an inner join may stay when their customer is deleted: see checkNamedOrders.
    if (!this.#options.isLeft) return null
    return modelOfNamedOrders({ orders: this.#orders, customers: this.#customers, isLeft: true })
  }
}

function lastRows(changes: readonly RowChange[]): ReadonlyMap<string, string> {
  const rows = new Map<string, string>()
  for (const { key, value } of changes) {
    if (value === null) rows.delete(key)
    else rows.set(key, value)
  }
  return rows
}
