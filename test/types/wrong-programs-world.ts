import {
  keyValueStore,
  type KeyValueStore,
  type KStream,
  type KTable,
  serdes,
  type StoreSpec,
  StreamsBuilder,
  topic,
  type Topic,
} from 'millrace'

export interface Order {
  readonly id: string
  readonly customerId: string
  readonly amount: number
}
export interface Customer {
  readonly id: string
  readonly name: string
}

export const orders: Topic<string, Order> = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
export const customers: Topic<string, Customer> = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
export const counts: Topic<string, number> = topic('counts', { key: serdes.string, value: serdes.int64 })
export const kv: StoreSpec<KeyValueStore<string, number>, 'key-value', string, number> = keyValueStore('kv', {
  key: serdes.string,
  value: serdes.int64,
})
export const builder: StreamsBuilder = new StreamsBuilder()
export const stream: KStream<string, Order> = builder.stream(orders)
export const table: KTable<string, Customer> = builder.table(customers)
export const lookup = (id: string): Promise<Customer> => Promise.reject(new Error(id))
