import { planAggregate, planCount, planReduce } from '../planner/aggregation.ts'
import type { PlannedGroup } from '../planner/grouping.ts'
import type { TimeWindows, UnlimitedWindows } from '../model/time-windows.ts'
import { callSite } from '../topology/call-site.ts'
import type { KGroupedStream, KTable, TimeWindowedKStream } from './kstream.ts'
import type { AggregateOptions, Materialized } from './materialized.ts'
import type { keyType, kind } from './phantoms.ts'
import { requireFunction } from './require-function.ts'
import { type StreamOf, tableOf } from './table.ts'
import { timeWindowedStreamOf } from './windowed-stream.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface KGroupedStream has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A grouped stream under construction: forwards to the planner. */
export class GroupedStream implements Omit<KGroupedStream<Any, Any>, typeof kind | typeof keyType> {
  readonly #planned: PlannedGroup
  readonly #streamOf: StreamOf

  constructor(planned: PlannedGroup, streamOf: StreamOf) {
    this.#planned = planned
    this.#streamOf = streamOf
  }

  count(options: Materialized<Any, number> = {}): Any {
    const table = planCount(this.#planned, { name: options.name, options, site: callSite(this, 'count') })
    return tableOf(table, this.#streamOf)
  }

  reduce(reducer: AnyFunction, options: Materialized<Any, Any> = {}): Any {
    requireFunction(reducer, 'reduce()')
    const table = planReduce(this.#planned, reducer, { name: options.name, options, site: callSite(this, 'reduce') })
    return tableOf(table, this.#streamOf)
  }

  aggregate(initializer: AnyFunction, aggregator: AnyFunction, options: AggregateOptions<Any, Any>): KTable<Any, Any, Any> {
    requireFunction(initializer, 'aggregate()')
    requireFunction(aggregator, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return tableOf(planAggregate(this.#planned, { initializer, aggregator }, call), this.#streamOf)
  }

  windowedBy(windows: TimeWindows | UnlimitedWindows): TimeWindowedKStream<Any, Any> {
    const given = windows as { readonly kind?: unknown } | null | undefined
    if (given?.kind !== 'time' && given?.kind !== 'unlimited') {
      throw new TypeError('Cannot cut a stream into windows: the argument is none, required is what timeWindows or unlimitedWindows made')
    }
    return timeWindowedStreamOf({ group: this.#planned, windows }, this.#streamOf)
  }
}

/** The public grouped stream of a plan. Its phantom properties exist in the type only. */
export function groupedStreamOf(planned: PlannedGroup, streamOf: StreamOf): KGroupedStream<Any, Any> {
  return new GroupedStream(planned, streamOf) as unknown as KGroupedStream<Any, Any>
}
