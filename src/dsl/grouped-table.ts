import { requireKnownOptions } from '../base/known-options.ts'
import type { PlannedTable } from '../planner/planned-table.ts'
import { type PlannedTableGroup, planTableAggregate, planTableCount, planTableReduce } from '../planner/table-aggregation.ts'
import { callSite } from '../topology/call-site.ts'
import type { KGroupedTable, KTable } from './kstream.ts'
import type { AggregateOptions, Materialized } from './options/materialized.ts'
import type { kind } from './phantoms.ts'
import { requireFunction } from './require-function.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface KGroupedTable has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A grouped table under construction: forwards to the planner. */
export class GroupedTable implements Omit<KGroupedTable<Any, Any>, typeof kind> {
  readonly #planned: PlannedTableGroup
  readonly #tableOf: (planned: PlannedTable) => KTable<Any, Any, Any>

  /** `tableOf`: tables are made without importing their file, which imports this one. */
  constructor(planned: PlannedTableGroup, tableOf: (planned: PlannedTable) => KTable<Any, Any, Any>) {
    this.#planned = planned
    this.#tableOf = tableOf
  }

  count(options: Materialized<Any, number> = {}): KTable<Any, number> {
    requireKnownOptions('count()', options, optionNames.materialized)
    return this.#tableOf(planTableCount(this.#planned, { name: options.name, options, site: callSite(this, 'count') }))
  }

  reduce(adder: AnyFunction, subtractor: AnyFunction, options: Materialized<Any, Any> = {}): KTable<Any, Any> {
    requireKnownOptions('reduce()', options, optionNames.materialized)
    requireFunction(adder, 'reduce()')
    requireFunction(subtractor, 'reduce()')
    const call = { name: options.name, options, site: callSite(this, 'reduce') }
    return this.#tableOf(planTableReduce(this.#planned, { adder, subtractor }, call))
  }

  aggregate(initializer: AnyFunction, adder: AnyFunction, subtractor: AnyFunction, options: AggregateOptions<Any, Any>): KTable<Any, Any> {
    requireKnownOptions('aggregate()', options, optionNames.materialized)
    for (const given of [initializer, adder, subtractor]) requireFunction(given, 'aggregate()')
    const functions = { initializer, aggregator: adder, subtractor }
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return this.#tableOf(planTableAggregate(this.#planned, functions, call))
  }
}

/** The public grouped table of a plan. Its phantom properties exist in the type only. */
export function groupedTableOf(
  planned: PlannedTableGroup,
  tableOf: (planned: PlannedTable) => KTable<Any, Any, Any>,
): KGroupedTable<Any, Any> {
  return new GroupedTable(planned, tableOf) as unknown as KGroupedTable<Any, Any>
}
