import type { JoinWindows } from '../model/join-windows.ts'
import type { SlidingWindows } from '../model/sliding-windows.ts'
import type { SessionWindows } from '../model/session-windows.ts'
import type { TimeWindows, UnlimitedWindows } from '../model/time-windows.ts'
import type { Windowed } from '../model/windowed.ts'
import type { FixedKeyProcessorSupplier, ProcessingContext, ProcessorSupplier, StoreMap } from '../processor/processor.ts'
import type { Serde, SerdeFor } from '../serdes/serde.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import type { SessionStore } from '../state/sessions/session-store.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { WindowStore } from '../state/windows/window-store.ts'
import type { Named } from '../topology/options/named.ts'
import type { ProcessOptions } from '../topology/options/process-options.ts'
import type { Produced, Sink } from '../topology/options/produced.ts'
import type { Grouped, KeyValueOption, Repartitioned } from './options/grouped.ts'
import type { Joined } from './options/joined.ts'
import type { AggregateOptions, Aggregator, Materialized, WindowAggregateOptions, WindowMaterialized } from './options/materialized.ts'
import type { OuterJoiner, OuterJoinerWithKey } from './outer-joiner.ts'
import type { deleteType, keyType, kind, rowType } from './phantoms.ts'
import type { TableJoined } from './options/table-joined.ts'
import type { StreamJoined } from './options/stream-joined.ts'
import type { Suppressed } from './options/suppressed.ts'
import type { Action, NullIn, Present, Value } from './type-problem.ts'

// Streams, tables and their groupings name each other, so their interfaces live in one file.

/** The branches of `split`, by name. */
export type Predicates<K, V> = Readonly<Record<string, (key: K, value: V) => boolean>>

/** The streams of the branches. A type guard narrows its branch. */
export type Branches<K, V, B> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- matches a guard of any type
  readonly [N in keyof B]: B[N] extends ((key: any, value: any) => value is infer W) ? KStream<K, W & V> : KStream<K, V>
}

/** Options of `print`. */
export interface Printed<K, V> extends Named {
  /** Default: the name of the node whose output is printed. */
  readonly label?: string | undefined
  /** Default: key and value with a comma between them. */
  readonly mapper?: ((key: K, value: V) => string) | undefined
  /** A file to append to. Default: standard output. */
  readonly file?: string | undefined
}

/**
 * A stream of records: each one is a fact of its own. Streams are made by `StreamsBuilder.stream` and by operators, which never change
 * the stream that they are called on. All functions that are passed in are synchronous and are called once per record.
 *
 * Every operator takes a `name` for its node (`NAME_INVALID` for one that cannot be part of a topic's name). Serdes travel: an operator that makes new keys or values takes their serde, and the stream
 * carries it to the next repartition topic, store or sink. Where none is known there, the call throws `SERDE_MISSING` and names the
 * operator that lost it.
 */
export interface KStream<out K, out V> {
  readonly [kind]: 'stream'
  readonly [keyType]: K

  /**
   * Keeps the records for which `predicate` holds. A type guard narrows the type.
   *
   * ```ts
   * const big = orders.filter((_id, order) => order.amount > 100)
   * ```
   */
  filter<W extends V>(predicate: (key: K, value: V) => value is W, options?: Named): KStream<K, W>
  filter<L extends K>(predicate: (key: K, value: V) => key is L, options?: Named): KStream<L, V>
  filter(predicate: (key: K, value: V) => boolean, options?: Named): KStream<K, V>

  /**
   * Keeps the records for which `predicate` does not hold.
   *
   * ```ts
   * const paid = orders.filterNot((_id, order) => order.amount === 0)
   * ```
   */
  filterNot<W extends V>(predicate: (key: K, value: V) => value is W, options?: Named): KStream<K, Exclude<V, W>>
  filterNot(predicate: (key: K, value: V) => boolean, options?: Named): KStream<K, V>

  /**
   * Gives each record a new key and value. The key counts as changed: what groups by it later repartitions.
   *
   * ```ts
   * const amounts = orders.map((_id, order) => [order.customerId, order.amount], { key: serdes.string, value: serdes.int32 })
   * ```
   */
  map<KR, VR>(mapper: (key: K, value: V) => readonly [key: Value<KR>, value: Value<VR>], options?: KeyValueOption<KR, VR>): KStream<KR, VR>

  /**
   * Gives each record a new value. The key comes second and may be left out.
   *
   * ```ts
   * const amounts = orders.mapValues((order) => order.amount, { value: serdes.int32 })
   * ```
   */
  mapValues<VR>(mapper: (value: V, key: K) => Value<VR>, options?: Named & { readonly value?: Serde<VR> | undefined }): KStream<K, VR>

  /**
   * Makes any number of records of each one. The key counts as changed.
   *
   * ```ts
   * const items = orders.flatMap((id, order) => order.items.map((item) => [item.id, id]), { key: serdes.string, value: serdes.string })
   * ```
   */
  flatMap<KR, VR>(
    mapper: (key: K, value: V) => Iterable<readonly [key: Value<KR>, value: Value<VR>]>,
    options?: KeyValueOption<KR, VR>,
  ): KStream<KR, VR>

  /**
   * Makes any number of records of each one, all with its key.
   *
   * ```ts
   * const words = lines.flatMapValues((line) => line.split(' '), { value: serdes.string })
   * ```
   */
  flatMapValues<VR>(
    mapper: (value: V, key: K) => Iterable<Value<VR>>,
    options?: Named & { readonly value?: Serde<VR> | undefined },
  ): KStream<K, VR>

  /**
   * Gives each record a new key. What groups by it later repartitions.
   *
   * ```ts
   * const byCustomer = orders.selectKey((_id, order) => order.customerId, { key: serdes.string })
   * ```
   */
  selectKey<KR>(mapper: (key: K, value: V) => Value<KR>, options?: Named & { readonly key?: Serde<KR> | undefined }): KStream<KR, V>

  /**
   * Calls `action` for each record and passes the record on.
   *
   * ```ts
   * orders.peek((id, order) => logger.info({ id, amount: order.amount }, 'order'))
   * ```
   */
  peek<R>(action: (key: K, value: V) => Action<R>, options?: Named): KStream<K, V>

  /**
   * Calls `action` for each record. Nothing comes after it.
   *
   * ```ts
   * orders.foreach((id) => seen.add(id))
   * ```
   */
  foreach<R>(action: (key: K, value: V) => Action<R>, options?: Named): void

  /**
   * Prints `[label]: key, value` for each record. Nothing comes after it.
   *
   * ```ts
   * orders.print({ label: 'orders', mapper: (id, order) => `${id} ${order.amount}` })
   * ```
   */
  print(options?: Printed<K, V>): void

  /**
   * Splits the stream: each record goes to the first branch whose predicate holds, else to the default branch, else nowhere. The node of a
   * branch is named after the splitter and the branch. A branch named like a number is refused (`BRANCH_NAME`).
   *
   * ```ts
   * const { big, small } = orders.split({ big: (_id, order) => order.amount > 100 }, { default: 'small' })
   * ```
   */
  split<const B extends Predicates<K, V>>(branches: B, options?: Named & { readonly default?: undefined }): Branches<K, V, B>
  split<const B extends Predicates<K, V>, const D extends string>(
    branches: B,
    options: Named & { readonly default: D },
  ): Branches<K, V, B> & { readonly [N in D]: KStream<K, V> }

  /**
   * One stream of the records of both, in no particular order. Serdes travel on where both streams have the same.
   *
   * ```ts
   * const all = domestic.merge(foreign)
   * ```
   */
  merge<K2, V2>(other: KStream<K2, V2>, options?: Named): KStream<K | K2, V | V2>

  /**
   * Writes the records to an internal topic and reads them from there, partitioned by their keys or by the `partitioner`. Default number of
   * `partitions`: the greatest of the topics upstream.
   *
   * ```ts
   * const spread = orders.repartition({ name: 'orders-by-customer', partitions: 12 })
   * ```
   */
  repartition(options?: Repartitioned<K, V>): KStream<K, V>

  /**
   * Writes the records to a topic, to a topic named by text, or to one that a function chooses per record. Type-checked against the topic.
   *
   * ```ts
   * orders.to(archive)
   * orders.to((_id, order) => `orders-${order.country}`, { partitioner: (id, _order, partitions) => id.length % partitions })
   * ```
   */
  to(topic: Sink<K, V>, options?: Produced<K, V>): void

  /**
   * The stream as the changes of a table: the latest value of each key, `null` deletes. Records without a key are dropped.
   *
   * ```ts
   * const latest = orders.toTable({ store: 'latest-orders' })
   * ```
   */
  toTable(options?: Materialized<Present<K>, Present<V>>): KTable<Present<K>, Present<V>, NullIn<V>>

  /**
   * Groups by the key as it is. Records are repartitioned only if an operator before has changed the key.
   *
   * ```ts
   * const perCustomer = byCustomer.groupByKey().count()
   * ```
   */
  groupByKey(options?: Grouped<Present<K>, V>): KGroupedStream<Present<K>, V>

  /**
   * Groups by a new key, whose serde is required: the records are repartitioned.
   *
   * ```ts
   * const perCustomer = orders.groupBy((_id, order) => order.customerId, { key: serdes.string }).count()
   * ```
   */
  groupBy<KR>(
    selector: (key: K, value: V) => Value<KR>,
    options: Named & { readonly key: SerdeFor<Present<KR>>; readonly value?: SerdeFor<V> | undefined },
  ): KGroupedStream<Present<KR>, V>

  // Joins with streams come last: where nothing fits, the compiler explains the last overload (docs/internals/types.md).

  /**
   * Joins each record with the row of its key: the one that the table has at that moment, or, of a table that keeps versions, the one that
   * it had at the record's time. Changes of the table give no records. Both must be partitioned alike (a changed key is repartitioned, and
   * the topics need equally many partitions). Records without a key, a value or a row are left out. With `grace` records wait for rows that
   * come late: the table must keep versions (`TABLE_UNVERSIONED`) for at least as long (`STORE_OPTION`).
   *
   * ```ts
   * const enriched = byCustomer.join(customers, (order, customer) => ({ ...order, name: customer.name }))
   * ```
   */
  join<VO, VR, DO extends null>(
    table: AnyKTable<Present<K>, VO, DO>,
    joiner: (left: Present<V>, right: VO, key: Present<K>) => Value<VR>,
    options?: Joined<Present<K>, V, VO>,
  ): KStream<Present<K>, VR>

  /**
   * As `join`, but a record without a row, or without a key, is joined with `null`. Records without a value are left out.
   *
   * ```ts
   * const enriched = byCustomer.leftJoin(customers, (order, customer) => ({ ...order, name: customer?.name ?? 'unknown' }))
   * ```
   */
  leftJoin<VO, VR, DO extends null>(
    table: AnyKTable<Present<K>, VO, DO>,
    joiner: (left: Present<V>, right: VO | null, key: K) => Value<VR>,
    options?: Joined<Present<K>, V, VO>,
  ): KStream<K, VR>

  /**
   * Joins each record with the row of a global table whose key `keySelector` gives, as the table is at that moment. Nothing is repartitioned:
   * every instance has the whole table. The joiner gets both keys last. Records without a value, a global key or a row are left out.
   *
   * ```ts
   * const taxed = orders.join(countries, (_id, order) => order.country, (order, country) => ({ ...order, vat: country.vat }))
   * ```
   */
  join<KG, VG, VR>(
    global: GlobalKTable<KG, VG>,
    keySelector: (key: K, value: Present<V>) => KG | null,
    joiner: (left: Present<V>, right: VG, key: K, globalKey: KG) => Value<VR>,
    options?: Named,
  ): KStream<K, VR>
  /**
   * Joins the records of two streams that have the same key and lie in each other's windows: a result for each pair, with the later
   * timestamp of the two. Records without a key or value are dropped. Both streams must be partitioned alike (a changed key is
   * repartitioned, and the topics need equally many partitions). Throws `STORE_OPTION` for a described store that does not fit the windows.
   *
   * ```ts
   * const paid = orders.join(payments, (order, payment) => ({ ...order, ...payment }), joinWindows({ timeDifference: '1h', grace: '5m' }))
   * ```
   */
  join<VO, VR>(
    other: KStream<Present<K> | null, VO>,
    joiner: (left: Present<V>, right: Present<VO>, key: Present<K>) => Value<VR>,
    windows: JoinWindows,
    options?: StreamJoined<Present<K>, V, VO>,
  ): KStream<Present<K>, VR>

  /**
   * As `join` with a global table, but a record without a row, or without a global key, is joined with `null`. Records without a value are
   * left out.
   *
   * ```ts
   * const taxed = orders.leftJoin(countries, (_id, order) => order.country, (order, country) => ({ ...order, vat: country?.vat ?? 0.19 }))
   * ```
   */
  leftJoin<KG, VG, VR>(
    global: GlobalKTable<KG, VG>,
    keySelector: (key: K, value: Present<V>) => KG | null,
    joiner: (left: Present<V>, right: VG | null, key: K, globalKey: KG | null) => Value<VR>,
    options?: Named,
  ): KStream<K, VR>
  /**
   * As `join` with a stream, but a record of this stream that nothing joins gives a result, too, with `null` in the other's place: when its
   * window and the grace have passed, and a later record of either stream comes. One without a key gives it at once.
   *
   * ```ts
   * const unpaid = orders
   *   .leftJoin(payments, (order, payment) => (payment === null ? order : null), joinWindows({ before: 0, after: '1h', grace: '5m' }))
   *   .filter((_id, order) => order !== null)
   * ```
   */
  leftJoin<VO, VR>(
    other: KStream<Present<K> | null, VO>,
    joiner: (left: Present<V>, right: Present<VO> | null, key: K) => Value<VR>,
    windows: JoinWindows,
    options?: StreamJoined<Present<K>, V, VO>,
  ): KStream<K, VR>

  /**
   * As `leftJoin` with results for the records of both streams: the joiner gets `null` for the side that nothing was found on, never for
   * both. The key comes last and may be left out.
   *
   * ```ts
   * const either = left.outerJoin(right, (a, b) => `${a ?? '-'} ${b ?? '-'}`, joinWindows({ timeDifference: '10s', grace: 0 }))
   * ```
   */
  outerJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: OuterJoinerWithKey<Present<V>, Present<VO>, K, VR>,
    windows: JoinWindows,
    options?: StreamJoined<Present<K>, V, VO>,
  ): KStream<K, VR>
  outerJoin<VO, VR>(
    other: KStream<K, VO>,
    joiner: OuterJoiner<Present<V>, Present<VO>, VR>,
    windows: JoinWindows,
    options?: StreamJoined<Present<K>, V, VO>,
  ): KStream<K, VR>

  /**
   * Runs a processor of your own, with stores and punctuators. It may forward other keys, so they count as changed.
   *
   * ```ts
   * const totals = amounts.process(({ stores, forward }) => (record) => {
   *   const total = (stores.totals.get(record.key) ?? 0) + record.value
   *   stores.totals.put(record.key, total)
   *   forward(record.withValue(total))
   * }, { stores: { totals: keyValueStore('totals', { key: serdes.string, value: serdes.int32 }) } })
   * ```
   */
  process<KR = K, VR = V, S extends StoreMap = {}>(
    supplier: ProcessorSupplier<K, V, KR, VR, S>,
    options?: ProcessOptions<KR, VR, S>,
  ): KStream<KR, VR>

  /**
   * As `process` for a processor that keeps the keys: nothing is repartitioned for it.
   *
   * ```ts
   * const unique = payments.processValues(({ stores, forward }) => (payment) => {
   *   if (stores.seen.putIfAbsent(payment.value.id, true) === null) forward(payment)
   * }, { stores: { seen } })
   * ```
   */
  processValues<VR = V, S extends StoreMap = {}>(
    supplier: FixedKeyProcessorSupplier<K, V, VR, S>,
    options?: Named & { readonly stores?: S | undefined; readonly value?: Serde<VR> | undefined },
  ): KStream<K, VR>
}

/**
 * A table that every instance has whole: it is filled before the instance runs, and follows its topic from then on (P§7.10). Streams are
 * joined with it by any key of theirs; processors read it through their option `stores`. It gives no changes and has no operators.
 */
export interface GlobalKTable<out K, out V> extends StoreHandle<KeyValueStore<K, V>> {
  readonly [kind]: 'global-table'
  /** The name of its store. */
  readonly queryableStoreName: string
  readonly [rowType]: readonly [K, V]
}

/**
 * What tables of all kinds have. `D` is the type of their deletions: `null`, or `never` where rows cannot be deleted.
 *
 * Any of the options `store`, `key`, `value`, `caching`, `logging`, `supplier`, `engine` and `format` stands for Java's `Materialized`;
 * `store` makes the table queryable under that name.
 */
export interface AnyKTable<out K, out V, out D extends null = null> {
  readonly [kind]: 'table'
  readonly [keyType]: K
  readonly [deleteType]: D
  /** The name that was given to the store, `null` if none was. */
  readonly queryableStoreName: string | null

  /**
   * Keeps the rows for which `predicate` holds: the others are deletions. A type guard narrows the type.
   *
   * ```ts
   * const open = orders.filter((_id, order) => order.status === 'open', { store: 'open-orders' })
   * ```
   */
  filter<W extends V>(predicate: (key: K, value: V) => value is W, options?: Materialized<K, W>): KTable<K, W>
  filter(predicate: (key: K, value: V) => boolean, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Keeps the rows for which `predicate` does not hold.
   *
   * ```ts
   * const closed = orders.filterNot((_id, order) => order.status === 'open')
   * ```
   */
  filterNot(predicate: (key: K, value: V) => boolean, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Gives each row a new value; `null` deletes. Not called for deletions. The key comes second and may be left out.
   *
   * ```ts
   * const names = customers.mapValues((customer) => customer.name, { value: serdes.string })
   * ```
   */
  mapValues<VR>(mapper: (value: V, key: K) => Value<VR>, options?: Materialized<K, Present<VR>>): KTable<K, Present<VR>, D | NullIn<VR>>

  /**
   * Gives each row a new value, by a function that may use stores and the context of the record; `null` deletes. Unlike a mapper it is called
   * for deletions, too. The supplier is called once for each task, and once more for each operator downstream that looks rows up. Without
   * `store` the function is called again where the old value is needed, so it should give the same value for the same row. The serde of the
   * values is required.
   *
   * ```ts
   * const seen = customers.transformValues(
   *   ({ stores }) => (customer, id) => (customer === null ? null : { ...customer, visits: stores.visits.get(id) ?? 0 }),
   *   { stores: { visits }, value: serdes.json<Visitor>() },
   * )
   * ```
   */
  transformValues<VR, S extends StoreMap = {}>(
    supplier: (context: ProcessingContext<S>) => (value: V | D, key: K) => Value<VR>,
    options: AggregateOptions<K, Present<VR>> & { readonly stores?: S | undefined },
  ): KTable<K, Present<VR>, D | NullIn<VR>>

  /**
   * The changes as records; deletions have the value `null`. With a mapper, under new keys.
   *
   * ```ts
   * counts.toStream().to(wordCounts)
   * ```
   */
  toStream<KR>(mapper: (key: K, value: V | D) => Value<KR>, options?: Named & { readonly key?: Serde<KR> | undefined }): KStream<KR, V | D>
  toStream(options?: Named): KStream<K, V | D>

  /**
   * Holds changes back, and lets only the last one of each key go on: when its window is closed, or after a time. Both are by stream time, so
   * what is held waits for later records. Throws `WINDOWS_MISSING` for final results of what has no windows, `TABLE_VERSIONED` for a table that
   * keeps versions.
   *
   * ```ts
   * const final = perMinute.suppress(untilWindowCloses())
   * const calm = prices.suppress(untilTimeLimit('5m', { maxRecords: 1000 }))
   * ```
   */
  suppress<DR extends null>(suppressed: Suppressed<K, DR>): KTable<K, V, D & DR>

  /**
   * Groups the rows by a new key. Each change is taken out of its old group and put into its new one, so aggregations of it need both
   * directions. Both serdes are required: the changes go through a repartition topic.
   *
   * ```ts
   * const perCity = customers.groupBy((_id, customer) => [customer.city, 1], { key: serdes.string, value: serdes.int32 }).count()
   * ```
   */
  groupBy<KR, VR>(
    selector: (key: K, value: V) => readonly [key: KR, value: VR],
    options: Named & { readonly key: SerdeFor<Present<KR>>; readonly value: SerdeFor<Present<VR>> },
  ): KGroupedTable<Present<KR>, Present<VR>>

  /**
   * Joins each row with the row of another table whose key `foreignKey` finds in it (`null`: there is none, the row is left out). Many rows
   * may point at one: when it changes, all of them change. The tables need not be partitioned alike; two internal topics carry the keys
   * there and the rows back, so results come somewhat later than the changes. When the other row is deleted while this one changes, the old
   * result may stay, as in Kafka Streams; `leftJoin` is exact.
   *
   * ```ts
   * const named = orders.join(customers, (order) => order.customerId, (order, customer) => ({ ...order, name: customer.name }))
   * ```
   */
  join<KO, VO, D2 extends null, VR>(
    other: AnyKTable<KO, VO, D2>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: (left: V, right: VO, key: K) => Value<VR>,
    options?: TableJoined<K, KO, Present<VR>>,
  ): KTable<K, Present<VR>>

  /**
   * Joins the rows of two tables by their keys: a row for each key that is in both. Changes of either table change it. Both must be
   * partitioned alike, and their topics need equally many partitions. The joiner may return `null` = no row. Any option of `Materialized`
   * keeps the result in a store, also without a name.
   *
   * ```ts
   * const rated = albums.join(ratings, (album, stars) => ({ ...album, stars }))
   * ```
   */
  join<VO, D2 extends null, VR>(
    other: AnyKTable<K, VO, D2>,
    joiner: (left: V, right: VO, key: K) => Value<VR>,
    options?: Materialized<K, Present<VR>>,
  ): KTable<K, Present<VR>, D | D2 | NullIn<VR>>

  /**
   * As `join` by a foreign key with a row for each row of this table: where there is no other row, the joiner gets `null`.
   *
   * ```ts
   * const named = orders.leftJoin(customers, (order) => order.customerId, (order, customer) => ({ ...order, name: customer?.name ?? '?' }))
   * ```
   */
  leftJoin<KO, VO, D2 extends null, VR>(
    other: AnyKTable<KO, VO, D2>,
    foreignKey: (value: V, key: K) => KO | null,
    joiner: (left: V, right: VO | null, key: K) => Value<VR>,
    options?: TableJoined<K, KO, Present<VR>>,
  ): KTable<K, Present<VR>, D | NullIn<VR>>

  /**
   * As `join` with a row for each key of this table: where the other one has none, the joiner gets `null`.
   *
   * ```ts
   * const rated = albums.leftJoin(ratings, (album, stars) => ({ ...album, stars: stars ?? 0 }))
   * ```
   */
  leftJoin<VO, D2 extends null, VR>(
    other: AnyKTable<K, VO, D2>,
    joiner: (left: V, right: VO | null, key: K) => Value<VR>,
    options?: Materialized<K, Present<VR>>,
  ): KTable<K, Present<VR>, D | NullIn<VR>>

  /**
   * As `join` with a row for each key of either table: the joiner gets `null` for the one that has none, never for both.
   *
   * ```ts
   * const all = albums.outerJoin(ratings, (album, stars) => (album === null ? `? ${stars}` : `${album.title} ${stars ?? '-'}`))
   * ```
   */
  outerJoin<VO, D2 extends null, VR>(
    other: AnyKTable<K, VO, D2>,
    joiner: OuterJoinerWithKey<V, VO, K, VR>,
    options?: Materialized<K, Present<VR>>,
  ): KTable<K, Present<VR>, D | D2 | NullIn<VR>>
  outerJoin<VO, D2 extends null, VR>(
    other: AnyKTable<K, VO, D2>,
    joiner: OuterJoiner<V, VO, VR>,
    options?: Materialized<K, Present<VR>>,
  ): KTable<K, Present<VR>, D | D2 | NullIn<VR>>
}

/**
 * A table: the latest value of each key, and its changes. `D` is the type of its deletions: `null`, or `never` where rows cannot be
 * deleted. A table that keeps a store is a handle of it, for `process`, queries and tests; timestamps are hidden.
 */
export interface KTable<out K, out V, out D extends null = null> extends AnyKTable<K, V, D>, StoreHandle<KeyValueStore<K, V>> {}

/** A table of windows: the latest value of each key in each window. It is a handle of its window store; timestamps are hidden. */
export interface WindowedKTable<out K, out V, out D extends null = never>
  extends AnyKTable<Windowed<K>, V, D>, StoreHandle<WindowStore<K, V>> {}

/** A table of sessions: the latest value of each key in each session. It is a handle of its session store. */
export interface SessionKTable<out K, out V, out D extends null = null>
  extends AnyKTable<Windowed<K>, V, D>, StoreHandle<SessionStore<K, V>> {}

/**
 * A stream grouped by key, to be aggregated. Records without a key or value are dropped. An update has the greatest timestamp that took
 * part in it.
 */
export interface KGroupedStream<out K, out V> {
  readonly [kind]: 'grouped-stream'
  readonly [keyType]: K

  /**
   * The number of records of each key.
   *
   * ```ts
   * const counts = words.groupByKey().count({ store: 'word-counts' })
   * ```
   */
  count(options?: Materialized<K, number>): KTable<K, number, never>

  /**
   * Combines the values of each key; the first is taken as it is.
   *
   * ```ts
   * const largest = amounts.groupByKey().reduce((largest, amount) => Math.max(largest, amount))
   * ```
   */
  reduce(
    reducer: (aggregate: Present<V>, value: Present<V>) => Present<V>,
    options?: Materialized<K, Present<V>>,
  ): KTable<K, Present<V>, never>

  /**
   * Folds the values of each key into an aggregate; `null` from the aggregator deletes the row. The serde of the aggregate is required.
   *
   * ```ts
   * const totals = orders.groupByKey().aggregate(
   *   () => ({ orders: 0, amount: 0 }),
   *   (_id, order, total) => ({ orders: total.orders + 1, amount: total.amount + order.amount }),
   *   { value: serdes.json<Total>(), store: 'totals' },
   * )
   * ```
   */
  aggregate<VR, R extends VR | null = VR | null>(
    initializer: () => NoInfer<VR>,
    aggregator: Aggregator<K, Present<V>, VR, R>,
    options: AggregateOptions<K, VR>,
  ): KTable<K, VR, NullIn<R>>

  /**
   * Cuts the groups into windows of time, each of which is aggregated by itself.
   *
   * ```ts
   * const perMinute = words.groupByKey().windowedBy(timeWindows({ size: '1m', grace: '5s' })).count()
   * ```
   */
  windowedBy(windows: TimeWindows | UnlimitedWindows): TimeWindowedKStream<K, V>
  /** As for windows of time; records without a value are in none of them. */
  windowedBy(windows: SlidingWindows): TimeWindowedKStream<K, Present<V>>
  /**
   * Cuts the groups into sessions, each of which is aggregated by itself.
   *
   * ```ts
   * const visits = clicks.groupByKey().windowedBy(sessionWindows({ inactivityGap: '30m', grace: '5m' })).count()
   * ```
   */
  windowedBy(windows: SessionWindows): SessionWindowedKStream<K, V>

  /**
   * Begins an aggregation of several grouped streams into one table; `cogroup` of the result adds a stream. The streams need equally many
   * partitions. `value`: the serde of the aggregates, where the options of `aggregate` give none.
   *
   * ```ts
   * const carts = added
   *   .groupByKey()
   *   .cogroup((_user, item, cart: Cart) => ({ ...cart, items: [...cart.items, item] }))
   *   .cogroup(removed.groupByKey(), (_user, item, cart) => ({ ...cart, items: cart.items.filter((other) => other !== item) }))
   *   .aggregate(() => ({ items: [] }), { value: serdes.json<Cart>() })
   * ```
   */
  cogroup<VR>(
    aggregator: Aggregator<K, Present<V>, VR, NoInfer<VR> | null>,
    options?: { readonly value?: Serde<VR> | undefined },
  ): CogroupedKStream<K, VR>
}

/**
 * A stream grouped by key and window, to be aggregated. A record counts in each window that its timestamp is in, and a window takes records
 * until stream time has passed its end by the grace; later ones are dropped (metric `dropped-records`). Records without a key are dropped,
 * those without a value are not. An update has the greatest timestamp that took part in it.
 */
export interface TimeWindowedKStream<out K, out V> {
  readonly [kind]: 'time-windowed-stream'
  readonly [keyType]: K

  /**
   * When results are given. `on-window-update`, the default: each time one changes, as often as caching lets it. `on-window-close`: once for
   * each window, when stream time has passed its end and the grace; it is looked for with the next record of the same task, and once a second at
   * most. Throws `TopologyError` `EMIT_STRATEGY` for `on-window-close` of unlimited windows. Changes this object and returns it, as Java does.
   *
   * ```ts
   * const final = windowed.emitStrategy('on-window-close').count()
   * ```
   */
  emitStrategy(strategy: 'on-window-update' | 'on-window-close'): TimeWindowedKStream<K, V>

  /**
   * The number of records of each key in each window.
   *
   * ```ts
   * const perMinute = windowed.count({ store: 'words-per-minute', retention: '1d' })
   * ```
   */
  count(options?: WindowMaterialized<K, number>): WindowedKTable<K, number>

  /**
   * Combines the values of each key in each window; the first is taken as it is.
   *
   * ```ts
   * const largest = windowed.reduce((largest, amount) => Math.max(largest, amount))
   * ```
   */
  reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V>): WindowedKTable<K, V>

  /**
   * Folds the values of each key in each window into an aggregate; `null` from the aggregator deletes the row. The serde of the aggregate is
   * required.
   *
   * ```ts
   * const totals = windowed.aggregate(() => 0, (_id, order, total) => total + order.amount, { value: serdes.int32 })
   * ```
   */
  aggregate<VR, R extends VR | null = VR | null>(
    initializer: () => NoInfer<VR>,
    aggregator: Aggregator<K, V, VR, R>,
    options: WindowAggregateOptions<K, VR>,
  ): WindowedKTable<K, VR, NullIn<R>>
}

/**
 * A stream grouped by key and session, to be aggregated. Records that are not further apart than the gap are in one session; one that comes
 * between two sessions makes them one. A session is deleted when it becomes part of another, so that its table has deletions, unless
 * results are given only when sessions close: `D`. Late records are dropped (metric `dropped-records`), and those without a key; those
 * without a value are not. The time of an update is the end of its session, and it has no headers.
 */
export interface SessionWindowedKStream<out K, out V, out D extends null = null> {
  readonly [kind]: 'session-windowed-stream'
  readonly [keyType]: K
  readonly [deleteType]: D

  /**
   * When results are given. `on-window-update`, the default: each time one changes, as often as caching lets it. `on-window-close`: once for
   * each session, when stream time has passed its end by the gap and the grace; it is looked for with the next record of the same task, and
   * once a second at most. Returns another stream; this one stays as it is.
   *
   * ```ts
   * const finished = windowed.emitStrategy('on-window-close').count()
   * ```
   */
  emitStrategy(strategy: 'on-window-close'): SessionWindowedKStream<K, V, never>
  emitStrategy(strategy: 'on-window-update'): SessionWindowedKStream<K, V>

  /**
   * The number of records of each session.
   *
   * ```ts
   * const clicksPerVisit = windowed.count({ store: 'visits', retention: '1d' })
   * ```
   */
  count(options?: WindowMaterialized<K, number, 'session'>): SessionKTable<K, number, D>

  /**
   * Combines the values of each session, and those of sessions that become one; the first is taken as it is.
   *
   * ```ts
   * const largest = windowed.reduce((largest, amount) => Math.max(largest, amount))
   * ```
   */
  reduce(reducer: (aggregate: V, value: V) => V, options?: WindowMaterialized<K, V, 'session'>): SessionKTable<K, V, D>

  /**
   * Folds the values of each session into an aggregate; `merger` makes one of the aggregates of sessions that become one, in the order of
   * their ends, the first of them from the initializer. `null` from the aggregator deletes the session. The serde of the aggregate is
   * required.
   *
   * ```ts
   * const totals = windowed.aggregate(() => 0, (_id, order, total) => total + order.amount, (_id, a, b) => a + b, { value: serdes.int32 })
   * ```
   */
  aggregate<VR, R extends VR | null = VR | null>(
    initializer: () => NoInfer<VR>,
    aggregator: Aggregator<K, V, VR, R>,
    merger: (key: K, left: VR, right: VR) => NoInfer<VR>,
    options: WindowAggregateOptions<K, VR, 'session'>,
  ): SessionKTable<K, VR, D | NullIn<R>>
}

/**
 * Grouped streams that are aggregated together into one table, each with an aggregator of its own. The streams need equally many partitions;
 * where a key was changed a repartition topic comes first.
 */
export interface CogroupedKStream<out K, in out VR> {
  /**
   * Adds a stream, or gives one that is there already another aggregator. Changes this object and returns it, as Java does.
   *
   * ```ts
   * carts.cogroup(removed.groupByKey(), (_user, item, cart) => ({ ...cart, items: cart.items.filter((other) => other !== item) }))
   * ```
   */
  cogroup<V>(grouped: KGroupedStream<K, V>, aggregator: Aggregator<K, Present<V>, VR, VR | null>): CogroupedKStream<K, VR>

  /**
   * Aggregates the values of each key, of all streams; `null` from an aggregator deletes the row. Records without a key or value are dropped.
   *
   * ```ts
   * const table = carts.aggregate(() => ({ items: [] }), { store: 'carts', value: serdes.json<Cart>() })
   * ```
   */
  aggregate(initializer: () => VR, options?: Materialized<K, VR>): KTable<K, VR>

  /**
   * Cuts the groups into windows, each of which is aggregated by itself.
   *
   * ```ts
   * const perHour = carts.windowedBy(timeWindows({ size: '1h', grace: '5m' })).aggregate(() => ({ items: [] }))
   * ```
   */
  windowedBy(windows: TimeWindows | UnlimitedWindows | SlidingWindows): TimeWindowedCogroupedKStream<K, VR>
  /** As above, into sessions: records of all streams take part in them. */
  windowedBy(windows: SessionWindows): SessionWindowedCogroupedKStream<K, VR>
}

/** As `CogroupedKStream`, cut into sessions. */
export interface SessionWindowedCogroupedKStream<out K, in out VR> {
  /**
   * Aggregates the values of each session, of all streams; `merger` makes one of the aggregates of sessions that become one. Results come with
   * each update.
   *
   * ```ts
   * const visits = sessions.aggregate(() => ({ items: [] }), (_user, earlier, later) => ({ items: [...earlier.items, ...later.items] }))
   * ```
   */
  aggregate(
    initializer: () => VR,
    merger: (key: K, left: VR, right: VR) => VR,
    options?: WindowMaterialized<K, VR, 'session'>,
  ): SessionKTable<K, VR>
}

/** As `CogroupedKStream`, cut into windows. */
export interface TimeWindowedCogroupedKStream<out K, in out VR> {
  /**
   * Aggregates the values of each key and window. Results come with each update. What is late is decided for each stream by its own records:
   * give a `retention` that covers how far one may be behind another.
   *
   * ```ts
   * const perHour = windowed.aggregate(() => ({ items: [] }), { store: 'carts-per-hour', retention: '1d' })
   * ```
   */
  aggregate(initializer: () => VR, options?: WindowMaterialized<K, VR>): WindowedKTable<K, VR>
}

/**
 * A table grouped by a new key, to be aggregated. A change takes the old value of the row out of its group before it puts the new one in.
 */
export interface KGroupedTable<out K, out V> {
  readonly [kind]: 'grouped-table'

  /**
   * The number of rows of each group.
   *
   * ```ts
   * const perCity = byCity.count({ store: 'customers-per-city' })
   * ```
   */
  count(options?: Materialized<K, number>): KTable<K, number>

  /**
   * Combines the values of each group: `adder` puts one in, `subtractor` takes one out.
   *
   * ```ts
   * const sums = byCity.reduce((sum, n) => sum + n, (sum, n) => sum - n)
   * ```
   */
  reduce(adder: (aggregate: V, value: V) => V, subtractor: (aggregate: V, value: V) => V, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Folds the values of each group into an aggregate; `null` deletes the row. The serde of the aggregate is required.
   *
   * ```ts
   * const totals = byCity.aggregate(() => 0, (_city, n, sum) => sum + n, (_city, n, sum) => sum - n, { value: serdes.int32 })
   * ```
   */
  aggregate<VR>(
    initializer: () => NoInfer<VR>,
    adder: Aggregator<K, V, VR, NoInfer<VR> | null>,
    subtractor: Aggregator<K, V, VR, NoInfer<VR> | null>,
    options: AggregateOptions<K, VR>,
  ): KTable<K, VR>
}
