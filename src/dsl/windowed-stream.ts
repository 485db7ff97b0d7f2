import { requireKnownOptions } from '../base/known-options.ts'
import { TopologyError } from '../base/errors.ts'
import {
  planWindowedAggregate,
  planWindowedCount,
  planWindowedReduce,
  type PlannedWindows,
} from '../planner/windows/windowed-aggregation.ts'
import type { EmitStrategy } from '../planner/windows/window-plan.ts'
import { callSite } from '../topology/call-site.ts'
import type { TimeWindowedKStream } from './kstream.ts'
import type { WindowAggregateOptions, WindowMaterialized } from './options/materialized.ts'
import type { keyType, kind } from './phantoms.ts'
import { requireFunction } from './require-function.ts'
import { type StreamOf, tableOf } from './table.ts'
import { optionNames } from './options/option-names.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- one class serves all types: the interface TimeWindowedKStream has them
type Any = any
type AnyFunction = (...args: Any[]) => Any

/** A windowed stream under construction: forwards to the planner. */
export class TimeWindowedStream implements Omit<TimeWindowedKStream<Any, Any>, typeof kind | typeof keyType> {
  #planned: PlannedWindows
  readonly #streamOf: StreamOf

  constructor(planned: PlannedWindows, streamOf: StreamOf) {
    this.#planned = planned
    this.#streamOf = streamOf
  }

  emitStrategy(strategy: EmitStrategy): TimeWindowedKStream<Any, Any> {
    if (strategy !== 'on-window-update' && strategy !== 'on-window-close') {
      throw new TypeError(`Cannot use the emit strategy ${JSON.stringify(strategy)}: required is "on-window-update" or "on-window-close"`)
    }
    if (strategy === 'on-window-close' && this.#planned.windows.kind === 'unlimited') {
      throw new TopologyError('EMIT_STRATEGY', 'Cannot emit on window close: the windows are unlimited, required are windows that end')
    }
    this.#planned = { ...this.#planned, emitStrategy: strategy }
    return this as unknown as TimeWindowedKStream<Any, Any>
  }

  count(options: WindowMaterialized<Any, number> = {}): Any {
    requireKnownOptions('count()', options, optionNames.windowMaterialized)
    const table = planWindowedCount(this.#planned, { name: options.name, options, site: callSite(this, 'count') })
    return tableOf(table, this.#streamOf)
  }

  reduce(reducer: AnyFunction, options: WindowMaterialized<Any, Any> = {}): Any {
    requireKnownOptions('reduce()', options, optionNames.windowMaterialized)
    requireFunction(reducer, 'reduce()')
    const table = planWindowedReduce(this.#planned, reducer, { name: options.name, options, site: callSite(this, 'reduce') })
    return tableOf(table, this.#streamOf)
  }

  aggregate(initializer: AnyFunction, aggregator: AnyFunction, options: WindowAggregateOptions<Any, Any>): Any {
    requireKnownOptions('aggregate()', options, optionNames.windowMaterialized)
    requireFunction(initializer, 'aggregate()')
    requireFunction(aggregator, 'aggregate()')
    const call = { name: options.name, options, site: callSite(this, 'aggregate') }
    return tableOf(planWindowedAggregate(this.#planned, { initializer, aggregator }, call), this.#streamOf)
  }
}

/** The public windowed stream of a plan. Its phantom properties exist in the type only. */
export function timeWindowedStreamOf(planned: PlannedWindows, streamOf: StreamOf): TimeWindowedKStream<Any, Any> {
  return new TimeWindowedStream(planned, streamOf) as unknown as TimeWindowedKStream<Any, Any>
}
