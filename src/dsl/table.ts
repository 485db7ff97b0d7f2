import { requireKnownOptions } from '../base/known-options.ts'
import type { AggregateCall } from '../planner/aggregation.ts'
import { serdeOf } from '../planner/materialization.ts'
import type { PlannedStream } from '../planner/planned-stream.ts'
import type { PlannedTable } from '../planner/planned-table.ts'
import { planSelectKey } from '../planner/stream-operations.ts'
import { planSuppress } from '../planner/suppress.ts'
import { planTableGroupBy } from '../planner/table-aggregation.ts'
import { planTableFilter, planTableMapValues, planTableTransformValues, planToStream } from '../planner/table-operations.ts'
import type { StoreMap } from '../processor/processor.ts'
import type { Serde } from '../serdes/serde.ts'
import type { StoreHandle, storeType } from '../state/store-handle.ts'
import type { StoreKind } from '../state/store-spec.ts'
import { callSite } from '../topology/call-site.ts'
import type { Named } from '../topology/options/named.ts'
import type { StoreKeeper } from '../topology/store-openers.ts'
import type { Grouped } from './options/grouped.ts'
import { GlobalTable } from './global-table.ts'
import { groupedTableOf } from './grouped-table.ts'
import type { KGroupedTable, KStream, KTable } from './kstream.ts'
import type { Materialized } from './options/materialized.ts'
import type { deleteType, keyType, kind } from './phantoms.ts'
import { negated } from './negated.ts'
import { requireFunction } from './require-function.ts'
import { suppressCall, type Suppressed } from './options/suppressed.ts'
import { planJoinOfTables, type TableJoinInvocation } from './table-joins.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves tables of all types: the interface KTable has the types
type Any = any
type AnyFunction = (...args: Any[]) => Any
type AnyMaterialized = Materialized<Any, Any>
/** Makes the stream of a plan. */
export type StreamOf = (planned: PlannedStream) => KStream<Any, Any>

/** A table under construction: forwards to the planner. */
export class Table
  implements Omit<KTable<Any, Any, Any>, typeof kind | typeof keyType | typeof deleteType | typeof storeType>, StoreKeeper
{
  readonly #planned: PlannedTable
  readonly #streamOf: StreamOf

  constructor(planned: PlannedTable, streamOf: StreamOf) {
    this.#planned = planned
    this.#streamOf = streamOf
  }

  /** The plan of a table, `null` for what is none. */
  static plannedOf(given: unknown): PlannedTable | null {
    return given instanceof Table ? given.#planned : null
  }

  get queryableStoreName(): string | null {
    return this.#planned.queryableName
  }

  get storeName(): string | null {
    return this.#planned.state.store?.name ?? null
  }

  get storeKind(): StoreKind | undefined {
    return this.#planned.state.store?.kind
  }

  keepStore(): void {
    this.#planned.state.keepStore()
  }

  filter(predicate: AnyFunction, options: AnyMaterialized = {}): KTable<Any, Any, Any> {
    requireKnownOptions('filter()', options, optionNames.materialized)
    requireFunction(predicate, 'filter()')
    return this.#table(planTableFilter(this.#planned, predicate, callOf(options, callSite(this, 'filter'))))
  }

  filterNot(predicate: AnyFunction, options: AnyMaterialized = {}): KTable<Any, Any, Any> {
    requireKnownOptions('filterNot()', options, optionNames.materialized)
    requireFunction(predicate, 'filterNot()')
    return this.#table(planTableFilter(this.#planned, negated(predicate), callOf(options, callSite(this, 'filterNot'))))
  }

  mapValues(mapper: AnyFunction, options: AnyMaterialized = {}): KTable<Any, Any, Any> {
    requireKnownOptions('mapValues()', options, optionNames.materialized)
    requireFunction(mapper, 'mapValues()')
    return this.#table(planTableMapValues(this.#planned, mapper, callOf(options, callSite(this, 'mapValues'))))
  }

  transformValues(supplier: AnyFunction, options: AnyMaterialized & { readonly stores?: StoreMap | undefined }): KTable<Any, Any, Any> {
    requireKnownOptions('transformValues()', options, optionNames.transformed)
    requireFunction(supplier, 'transformValues()')
    const call = { ...callOf(options, callSite(this, 'transformValues')), stores: options.stores, keeperOf: tableKeeper }
    return this.#table(planTableTransformValues(this.#planned, supplier, call))
  }

  toStream(mapperOrOptions?: AnyFunction | Named, options: Named & { readonly key?: Serde<Any> | undefined } = {}): KStream<Any, Any> {
    const site = callSite(this, 'toStream')
    const mapper = typeof mapperOrOptions === 'function' ? (mapperOrOptions as AnyFunction) : null
    requireKnownOptions('toStream()', mapper === null ? mapperOrOptions : options, mapper === null ? optionNames.named : optionNames.keyed)
    if (mapper === null) return this.#streamOf(planToStream(this.#planned, { name: mapperOrOptions?.name, site }))
    // In Java the name is that of the first of the two nodes.
    const stream = planToStream(this.#planned, { name: options.name, site })
    return this.#streamOf(planSelectKey(stream, mapper, { key: options.key, site }))
  }

  suppress(suppressed: Suppressed<Any, Any>): KTable<Any, Any, Any> {
    return this.#table(planSuppress(this.#planned, suppressCall(suppressed, callSite(this, 'suppress'))))
  }

  groupBy(selector: AnyFunction, options: Grouped<Any, Any>): KGroupedTable<Any, Any> {
    requireKnownOptions('groupBy()', options, optionNames.grouped)
    requireFunction(selector, 'groupBy()')
    const call = { name: options.name, key: serdeOf(options.key), value: serdeOf(options.value), site: callSite(this, 'groupBy') }
    return groupedTableOf(planTableGroupBy(this.#planned, selector, call), (planned) => this.#table(planned))
  }

  join(other: unknown, ...given: Any[]): KTable<Any, Any, Any> {
    return this.#join({ method: 'join', other: Table.plannedOf(other), given, site: callSite(this, 'join') })
  }

  leftJoin(other: unknown, ...given: Any[]): KTable<Any, Any, Any> {
    return this.#join({ method: 'leftJoin', other: Table.plannedOf(other), given, site: callSite(this, 'leftJoin') })
  }

  outerJoin(other: unknown, ...given: Any[]): KTable<Any, Any, Any> {
    return this.#join({ method: 'outerJoin', other: Table.plannedOf(other), given, site: callSite(this, 'outerJoin') })
  }

  #join(call: TableJoinInvocation): KTable<Any, Any, Any> {
    return this.#table(planJoinOfTables(this.#planned, call))
  }

  #table(planned: PlannedTable): KTable<Any, Any, Any> {
    return tableOf(planned, this.#streamOf)
  }
}

/** The public table of a plan. Its phantom properties exist in the type only. */
export function tableOf(planned: PlannedTable, streamOf: StreamOf): KTable<Any, Any, Any> {
  return new Table(planned, streamOf) as unknown as KTable<Any, Any, Any>
}

/** The table behind a handle, `null` if it is none. */
export function tableKeeper(handle: StoreHandle<unknown>): StoreKeeper | null {
  const given: unknown = handle
  return given instanceof Table || given instanceof GlobalTable ? given : null
}

function callOf(options: AnyMaterialized, site: string | null): AggregateCall {
  return { name: options.name, options, site }
}
