import {
  KafkaStreams,
  keyValueStore,
  type KeyValueStore,
  type KGroupedStream,
  type KStream,
  type KTable,
  serdes,
  type SessionStore,
  sessionStore,
  type StoreSpec,
  StreamsBuilder,
  topic,
  type Topic,
  type VersionedKeyValueStore,
  versionedKeyValueStore,
  type WindowStore,
  windowStore,
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
export const customersByNumber: Topic<number, Customer> = topic('customers-n', { key: serdes.int32, value: serdes.json<Customer>() })
export const counts: Topic<string, number> = topic('counts', { key: serdes.string, value: serdes.int64 })
export const kv: StoreSpec<KeyValueStore<string, number>, 'key-value', string, number> = keyValueStore('kv', {
  key: serdes.string,
  value: serdes.int64,
})
export const seen: StoreSpec<WindowStore<string, number>, 'window', string, number> = windowStore('seen', {
  key: serdes.string,
  value: serdes.int64,
  windowSize: '1m',
  retention: '1m',
})
export const visits: StoreSpec<SessionStore<string, number>, 'session', string, number> = sessionStore('visits', {
  key: serdes.string,
  value: serdes.int64,
  retention: '1h',
})
export const history: StoreSpec<VersionedKeyValueStore<string, number>, 'versioned', string, number> = versionedKeyValueStore('history', {
  key: serdes.string,
  value: serdes.int64,
  historyRetention: '1h',
})
export const builder: StreamsBuilder = new StreamsBuilder()
export const stream: KStream<string, Order> = builder.stream(orders)
export const grouped: KGroupedStream<string, Order> = stream.groupByKey()
export const table: KTable<string, Customer> = builder.table(customers)
export const streams: KafkaStreams = new KafkaStreams(builder, { applicationId: 'a' })
export const lookup = (id: string): Promise<Customer> => Promise.reject(new Error(id))
